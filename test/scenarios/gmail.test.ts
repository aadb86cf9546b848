// Gmail at either end: a POP account that flows into it, and one that leaves it over POP, day by day.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PairSummary } from '../../src/core/events.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { type Gmail, gmailAppendLimit, gmailServer } from '../servers/imap-providers.ts'
import { gmail, gmailCapabilities } from '../servers/pop3-providers.ts'
import { mortalRun } from './dying.ts'
import { hash, type RunOptions, served, type World, withWorld } from './world.ts'

const morning = Date.UTC(2026, 2, 28, 3)
const messages = Array.from({ length: 20 }, (_, number) => mail(number + 10, 'x'.repeat(500)))
const size = served(messages[0] ?? Buffer.alloc(0)).length
const twin = messages[3] ?? Buffer.alloc(0)
const family = Buffer.from('From: Aunt <aunt@family.example>\r\nSubject: photos\r\n\r\nHello.\r\n')
const huge = mail(999)
const all = [...messages.slice(0, 12), twin, family, huge, ...messages.slice(12)]

function on(day: number): Pick<RunOptions, 'clock'> {
  return { clock: { ...hastyClock(), now: () => morning + day * 24 * 3_600_000 } }
}

function hashes(of: readonly Uint8Array[]): string[] {
  return of.map((bytes) => hash(served(bytes))).sort()
}

/** A POP account of which one message is listed as larger than Gmail takes, and one is there twice. */
function intoGmail(perDay: number, work: (world: World, server: Gmail) => Promise<void>): Promise<void> {
  const server = gmailServer('alice', 'correct horse', perDay)
  const isHuge = (bytes: Uint8Array) => Buffer.from(bytes).equals(huge)
  const list = { size: ({ bytes }: { bytes: Uint8Array }) => (isHuge(bytes) ? gmailAppendLimit + 1 : bytes.length) }
  const routes = [
    {
      when: { kind: 'address', field: 'from', pattern: '*@family.example' } as const,
      folder: 'Family',
      flags: undefined,
    },
  ]
  const options = {
    messages: all,
    destinationProvider: 'gmail',
    policy: { routes },
    pop3: { faults: { list } },
    imap: server.options,
  } as const
  return withWorld(options, (world) => work(world, server))
}

/** Everything has come once, whatever Gmail threw away; what it does not take is told. */
async function assertArrived(world: World, last: PairSummary): Promise<void> {
  assert.deepEqual([last.exitCode, last.tally['too-big'].count, last.tally.pending.count], [3, 1, 0])
  assert.match(last.exceptions[0]?.reason ?? '', /35\.7 MB/)
  assert.deepEqual(world.stored(), hashes(messages), 'the twin was thrown away')
  assert.deepEqual(world.stored('Family'), hashes([family]))
  assert.deepEqual(world.stored('[Gmail]/All Mail'), hashes([...messages, family]))
  const appended = world.imap.appends.length
  assert.equal((await world.run(on(9))).tally['already-there'].count, all.length - 1)
  assert.equal(world.imap.appends.length, appended, 'nothing is sent again (B18)')
}

test('a POP account flows into Gmail: within its daily budget, over days, each message once', () =>
  intoGmail(8 * size, async (world, server) => {
    const rates = { destinationRates: { bytesPerDay: 8 * size } }
    const days: number[] = []
    let last = await world.run({ ...on(0), rates })
    for (let day = 1; last.exitCode === 6 && day < 9; day += 1) {
      assert.equal(last.error?.code, 'throttled')
      assert.ok(server.taken() <= 8 * size)
      days.push(last.tally.copied.count)
      const { exitCode, tally } = await world.run({ ...on(day - 1), rates })
      assert.deepEqual([exitCode, tally.copied.count], [6, 0], 'the same day, once more')
      server.newDay()
      last = await world.run({ ...on(day), rates })
    }
    assert.deepEqual(days, [8, 8])
    assert.equal(server.sentAway(), 0, 'Gmail has never had to say it')
    assert.equal(world.pop3.count('RETR'), all.length - 1, 'nothing was fetched in vain')
    await assertArrived(world, last)
    world.maildrop.add({ uidl: 'new', bytes: mail(500) })
    assert.equal((await world.run({ ...on(10), rates })).tally.copied.count, 1)
  }))

test('without a budget of its own Gmail says when it is enough, and the next day goes on (B21)', () =>
  intoGmail(8 * size, async (world, server) => {
    let last = await world.run(on(0))
    for (let day = 1; last.exitCode === 6 && day < 9; day += 1) {
      assert.equal(last.error?.code, 'throttled')
      server.newDay()
      last = await world.run(on(day))
    }
    assert.ok(server.sentAway() > 0)
    await assertArrived(world, last)
  }))

test('what Gmail has under another label gets one label more', () =>
  intoGmail(1e9, async (world) => {
    const flags: readonly string[] = []
    for (const folder of ['[Gmail]/All Mail', 'Archived'])
      world.imap.seed(
        'alice',
        folder,
        messages.slice(0, 5).map((bytes) => ({ bytes: served(bytes), flags })),
      )
    await assertArrived(world, await world.run(on(0)))
    assert.deepEqual(world.stored('Archived'), hashes(messages.slice(0, 5)))
  }))

test('what Gmail threw away as a duplicate is not removed at the source on its word', () =>
  intoGmail(1e9, async (world) => {
    const policy = { ...world.pair.policy, leave: { kind: 'delete', afterDays: 0, proof: 'size' } as const }
    const summary = await world.run({ ...on(0), policy })
    const left = world.maildrop.messages.map(({ bytes }) => hash(served(bytes)))
    assert.ok(left.includes(hash(served(huge))))
    assert.equal(summary.removal.removed, all.length - left.length)
    for (const one of hashes(all)) assert.ok(left.includes(one) || stored(world).includes(one), 'nothing is lost')
  }))

function stored(world: World): string[] {
  return [...world.stored(), ...world.stored('Family')]
}

for (const pops of ['at-retr', 'at-quit'] as const) {
  test(`Gmail over POP leaves for another server, message by message popped ${pops}, over days`, () => {
    const pop3 = { capabilities: gmailCapabilities, faults: gmail(5, pops) }
    return withWorld({ messages, provider: 'gmail', pop3 }, async (world) => {
      const rates = { sourceRates: { bytesPerDay: 8 * size } }
      const counts: number[] = []
      let last = await world.run({ ...on(0), rates })
      for (let day = 1; last.exitCode === 6 && day < 9; day += 1) {
        counts.push(last.tally.copied.count)
        assert.match(last.window ?? '', /^This may not be the whole mailbox: Gmail shows/)
        assert.doesNotMatch(last.warnings.join(), /goes on showing/)
        last = await world.run({ ...on(day), rates })
      }
      assert.deepEqual([counts, last.exitCode, last.tally.copied.count], [[8, 8], 0, 4])
      assert.deepEqual(world.stored(), hashes(messages))
      assert.deepEqual([world.pop3.count('RETR'), world.pop3.count('RSET')], [20, 0], 'each is fetched once')
      assert.equal(world.maildrop.messages.length, 20, 'its settings keep the mail')
    })
  })

  test(`the same (${pops}), killed in the middle of a day: what was fetched then is counted, and nothing is lost`, () => {
    const pop3 = { capabilities: gmailCapabilities, faults: gmail(5, pops) }
    const deadly = mail(99, 'x'.repeat(510))
    const some = messages.with(6, deadly)
    return withWorld({ messages: some, provider: 'gmail', pop3 }, async (world) => {
      const rates = { sourceRates: { bytesPerDay: 8.5 * size } }
      assert.ok((await mortalRun(world, { appending: served(deadly).length }, { ...on(0), rates })).died)
      for (let day = 0; day < 9; day += 1) await world.run({ ...on(day), rates })
      const missing = hashes(some).filter((one) => !world.stored().includes(one))
      // What is popped by RETR alone was shown for the last time before the process died.
      if (pops === 'at-quit') assert.deepEqual(missing, [])
      assert.equal(new Set(world.stored()).size, world.stored().length)
      assert.ok(world.maildrop.messages.length === 20)
    })
  })
}
