// Removing settled messages at the source: only when asked, only what was just seen at the destination, never half.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RemovalQuestion } from '../../src/core/removal.ts'
import { mail, policy } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { type Mishap, Steps } from './steps.ts'
import { type World, type WorldOptions, withWorld } from './world.ts'

const messages = [mail(1), mail(2), mail(3)]
const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
const remove: WorldOptions = { messages, policy: { leave } }
const day = 24 * 60 * 60 * 1000
/** As a timer would run it, and nobody is there. */
const alone = { removalConfirmed: false } as const

const mails = (count: number) => Array.from({ length: count }, (_, at) => mail(at + 1))
const clockAfter = (days: number) => ({ ...hastyClock(), now: () => Date.now() + days * day })

const removals = (world: World) => world.known().map(({ removal }) => removal)

test('by default nothing is removed, whatever happens', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    assert.equal(world.pop3.count('DELE'), 0)
    assert.equal(world.maildrop.messages.length, 3)
  }))

test('what is settled and seen at the destination is removed, and its absence confirmed by the next listing', () =>
  withWorld(remove, async (world) => {
    const all = world.source()
    const { removal } = await world.run()
    assert.deepEqual(removal, { removed: 3, toConfirm: 3, kept: [] })
    assert.deepEqual(world.source(), [])
    assert.deepEqual(world.stored(), all)
    assert.deepEqual(removals(world), ['quit-sent', 'quit-sent', 'quit-sent'])
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(removals(world), ['absent-confirmed', 'absent-confirmed', 'absent-confirmed'])
  }))

describe('the copy at the destination', () => {
  test('that its owner has deleted keeps the message at the source', () =>
    withWorld({ messages }, async (world) => {
      await world.run()
      world.imap.folder('alice', 'INBOX').messages.splice(1, 1)
      const again = await world.run({ policy: policy(remove.policy) })
      assert.equal(again.removal.removed, 2)
      assert.equal(world.maildrop.messages.length, 1)
      assert.match(again.warnings.join(), /1 message due for removal stays at the source: no longer at the destination/)
    }))

  test('whose folder was rebuilt keeps the message at the source', () =>
    withWorld({ messages }, async (world) => {
      await world.run()
      await world.imap.bumpUidValidity('alice', 'INBOX')
      const again = await world.run({ policy: policy(remove.policy) })
      assert.equal(world.maildrop.messages.length, 3)
      assert.match(again.warnings.join(), /rebuilt/)
    }))

  for (const [name, rewrite, left] of [
    ['with other line ends is read back and found the same', (bytes: Buffer) => toCrlf(bytes), 0],
    ['with other content is read back and keeps the message at the source', (bytes: Buffer) => spoilt(bytes), 1],
  ] as const) {
    test(name, () =>
      withWorld({ ...remove, messages: [Buffer.from('Subject: lf\n\nbare\nline ends\n')] }, async (world) => {
        world.imap.faults = { rewrite }
        const { removal, warnings } = await world.run()
        assert.equal(world.maildrop.messages.length, left)
        assert.equal(removal.removed, 1 - left)
        assert.equal(/differ from what was sent/.test(warnings.join()), left === 1)
      }),
    )
  }

  for (const [proof, left] of [
    ['size', 0],
    ['hash', 3],
  ] as const) {
    test(`with the same size and other bytes: proof: ${proof} ${left === 0 ? 'does not notice' : 'does'}`, () =>
      withWorld({ messages, policy: { leave: { ...leave, proof } } }, async (world) => {
        world.imap.faults = { rewrite: (bytes) => Buffer.from(bytes.toString('latin1').replace('Hello', 'Hallo')) }
        await world.run()
        assert.equal(world.maildrop.messages.length, left)
      }))
  }

  test('is read back by proof: hash, and then the message goes', () =>
    withWorld({ messages, policy: { leave: { ...leave, proof: 'hash' } } }, async (world) => {
      assert.equal((await world.run()).removal.removed, 3)
    }))
})

test('with days to wait, they count from the first proof, whatever has happened to the message since', () =>
  withWorld({ messages, policy: { leave: { ...leave, afterDays: 30 } } }, async (world) => {
    await world.run()
    await world.run({ clock: clockAfter(29) })
    assert.equal(world.maildrop.messages.length, 3)
    world.maildrop.renumber()
    await world.run({ clock: clockAfter(29) })
    await world.run({ clock: clockAfter(31) })
    assert.equal(world.maildrop.messages.length, 0)
  }))

describe('batches', () => {
  test('of a hundred, each with a QUIT of its own; the listing of one confirms the one before', () =>
    withWorld({ ...remove, messages: mails(250) }, async (world) => {
      const { removal } = await world.run()
      assert.deepEqual(removal, { removed: 250, toConfirm: 50, kept: [] })
      const sessions = world.pop3.log.join('\n').split(/^QUIT$/m)
      assert.deepEqual(
        sessions.map((session) => session.match(/^DELE /gm)?.length ?? 0),
        [100, 100, 50, 0],
      )
      assert.deepEqual(world.source(), [])
    }))

  test('a run stops at the cap and says so; the next goes on; --yes takes all', () =>
    withWorld({ policy: remove.policy ?? {} }, async (world) => {
      await world.run()
      world.maildrop.add(...mails(350).map((bytes, at) => ({ uidl: `m${at}`, bytes })))
      const capped = await world.run(alone)
      assert.deepEqual([capped.removal.removed, world.maildrop.messages.length, capped.exitCode], [100, 250, 0])
      assert.match(capped.warnings.join(), /250 messages due .* at most 100 \(maxDeletions\).*--yes/)
      assert.deepEqual(capped.removal.kept.length, 1)
      await world.run({ ...alone, policy: policy({ leave, maxDeletions: 20 }) })
      assert.equal(world.maildrop.messages.length, 230)
      await world.run()
      assert.equal(world.maildrop.messages.length, 0)
    }))

  test('a server that wants a pause between logins is left alone until the next run', () =>
    withWorld({ ...remove, messages: mails(150) }, async (world) => {
      world.pop3.faults = {
        script: (verb) =>
          verb === 'PASS' && world.pop3.count('DELE') > 0 ? '-ERR [LOGIN-DELAY] later\r\n' : undefined,
        sasl: {},
        capabilities: { clear: ['USER'], transaction: ['UIDL', 'PIPELINING'] },
      }
      const first = await world.run()
      assert.deepEqual([first.exitCode, first.removal.removed, world.maildrop.messages.length], [0, 100, 50])
      assert.match(first.warnings.join(), /pause between two logins/)
      world.pop3.faults = {}
      await world.run()
      assert.equal(world.maildrop.messages.length, 0)
    }))

  test('a cap that is reached with an answer to QUIT lost: what became of the batch is asked all the same', () =>
    withWorld({ policy: { leave, maxDeletions: 20 } }, async (world) => {
      await world.run()
      world.maildrop.add(...mails(30).map((bytes, at) => ({ uidl: `m${at}`, bytes })))
      world.pop3.faults = { quit: 'deletes-silently' }
      const { removal, warnings } = await world.run(alone)
      assert.deepEqual([removal.removed, removal.toConfirm, world.maildrop.messages.length], [20, 0, 10])
      assert.match(warnings.join(), /10 messages due for removal .* at most 20/)
    }))

  test('what the source refuses to remove is told, and the rest goes', () =>
    withWorld(remove, async (world) => {
      world.pop3.faults = {
        script: (verb, argument) => (verb === 'DELE' && argument === '2' ? '-ERR no\r\n' : undefined),
      }
      const { removal, warnings } = await world.run()
      assert.equal(removal.removed, 2)
      assert.match(warnings.join(), /the source refused/)
      world.pop3.faults = {}
      await world.run()
      assert.deepEqual(world.source(), [])
    }))
})

describe('before the first removal of a pair', () => {
  test('with nobody to ask, the mail is moved, nothing is removed, and the run says what is needed', () =>
    withWorld(remove, async (world) => {
      const summary = await world.run(alone)
      assert.deepEqual([summary.error?.code, summary.exitCode], ['unconfirmed', 2])
      assert.match(summary.error?.hint ?? '', /mailhaul sync --yes/)
      assert.equal(summary.tally.copied.count, 3)
      assert.equal(world.pop3.count('DELE'), 0)
      assert.deepEqual(
        summary.removal.kept.map(({ count }) => count),
        [3],
      )
      assert.equal((await world.run()).removal.removed, 3)
      world.maildrop.add({ uidl: 'new', bytes: mail(9) })
      assert.equal((await world.run(alone)).removal.removed, 1, 'it is remembered')
    }))

  test('--yes counts for later, even where nothing is due yet', () =>
    withWorld({ messages, policy: { leave: { ...leave, afterDays: 30 } } }, async (world) => {
      await world.run()
      const later = await world.run({ ...alone, clock: clockAfter(31) })
      assert.deepEqual([later.exitCode, later.removal.removed], [0, 3])
    }))

  test('a no removes nothing, is no failure, and is asked again', () =>
    withWorld(remove, async (world) => {
      const asked: RemovalQuestion[] = []
      const confirmRemoval = async (question: RemovalQuestion) => {
        asked.push(question)
        return false
      }
      const summary = await world.run({ confirmRemoval })
      assert.equal(summary.exitCode, 0)
      assert.match(summary.warnings.join(), /the answer was no/)
      await world.run({ confirmRemoval })
      assert.equal(world.maildrop.messages.length, 3)
      const bytes = messages.reduce((sum, { length }) => sum + length, 0)
      const question = { pair: 'pair', sourceHost: '127.0.0.1', count: 3, bytes, leave }
      assert.deepEqual(asked, [question, question])
    }))

  test('a yes is remembered for this policy and milder ones, and lifts the cap of its run', () =>
    withWorld({ messages: mails(150) }, async (world) => {
      let asked = 0
      const confirmRemoval = async () => {
        asked += 1
        assert.equal(world.pop3.count('QUIT'), world.pop3.logins, 'the maildrop is not held while a person thinks')
        return true
      }
      const weekly = policy({ leave: { ...leave, afterDays: 7 } })
      await world.run()
      await world.run({ confirmRemoval, policy: weekly, clock: clockAfter(8) })
      assert.deepEqual([asked, world.maildrop.messages.length], [1, 0])
      world.maildrop.add({ uidl: 'new', bytes: mail(901) })
      const monthly = policy({ leave: { ...leave, afterDays: 30, proof: 'hash' } })
      await world.run({ confirmRemoval, policy: monthly })
      await world.run({ confirmRemoval, policy: monthly, clock: clockAfter(31) })
      assert.deepEqual([asked, world.maildrop.messages.length], [1, 0])
      world.maildrop.add({ uidl: 'newer', bytes: mail(902) })
      await world.run({ confirmRemoval, policy: policy({ leave }) })
      assert.deepEqual([asked, world.maildrop.messages.length], [2, 0], 'at once is more than after a week')
    }))

  test('a question that is broken off ends the run, and nothing is removed', () =>
    withWorld(remove, async (world) => {
      const stop = new AbortController()
      const summary = await world.run({
        stop: stop.signal,
        confirmRemoval: async () => {
          stop.abort()
          throw new Error('broken off')
        },
      })
      assert.equal(summary.exitCode, 130)
      assert.equal(world.pop3.count('DELE'), 0)
    }))

  test('the plan says what would go, whom it would ask, and how much at once; and does nothing', () =>
    withWorld({ policy: remove.policy ?? {} }, async (world) => {
      world.maildrop.add(...mails(150).map((bytes, at) => ({ uidl: `m${at}`, bytes })))
      const before = (await world.preview()).removal
      assert.deepEqual([before?.count, before?.asks, before?.limit], [150, true, undefined])
      await world.run(alone)
      const due = (await world.preview()).removal
      assert.deepEqual([due?.count, due?.asks, due?.limit], [150, true, undefined])
      assert.equal(world.pop3.count('DELE'), 0)
      await world.run()
      assert.equal((await world.preview()).removal, undefined)
      world.maildrop.add(...mails(150).map((bytes, at) => ({ uidl: `n${at}`, bytes })))
      const later = (await world.preview()).removal
      assert.deepEqual([later?.count, later?.asks, later?.limit], [150, false, 100])
    }))
})

for (const mishap of ['stop', 'fail'] as const) {
  test(`${mishap === 'stop' ? 'stopped' : 'failing'} at every step of a run that removes: nothing lost, nothing doubled, all removed in the end`, async () => {
    const count = await withSteps(0, mishap)
    for (let at = 1; at <= count; at++) await withSteps(at, mishap)
  })
}

/** A run with a mishap at one step, and another one after it; returns how many steps there were. */
async function withSteps(at: number, mishap: Mishap): Promise<number> {
  const steps = new Steps(at, mishap)
  await withWorld(remove, async (world) => {
    const all = world.source()
    await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
    for (const { key, removal } of world.known()) {
      const isThere = world.maildrop.messages.some(({ uidl }) => uidl === key)
      assert.ok(isThere || removal !== 'none', `gone, and nothing of it is written down: ${steps.names[at - 1]}`)
      assert.ok(!isThere || removal !== 'absent-confirmed', `said to be absent: ${steps.names[at - 1]}`)
    }
    const { exitCode, error } = await world.run()
    const name = steps.names[at - 1]
    assert.equal(exitCode, 0, `${name}: ${error?.message}`)
    assert.deepEqual(world.stored(), all, name)
    assert.deepEqual(world.source(), [], name)
    assert.equal(world.imap.appends.flatMap(({ uids }) => uids).length, 3, name)
  })
  return steps.names.length
}

function toCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1')
}

function spoilt(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from('One more line.\r\n')])
}

test('messages without a name of their own are kept, and that is said', () =>
  withWorld({ messages: [mail(1), mail(2), mail(3)], ...remove }, async (world) => {
    world.maildrop.messages = world.maildrop.messages.map((one, at) => (at < 2 ? { ...one, uidl: 'same' } : one))
    const { removal, warnings } = await world.run({ removalConfirmed: true })
    assert.deepEqual([removal.removed, world.maildrop.messages.length], [1, 2])
    assert.match(warnings.join(), /2 messages .* stay at the source: they have no name of their own/)
  }))
