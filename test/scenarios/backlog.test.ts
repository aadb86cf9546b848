// Start from now: what lies in the maildrop when a pair is first seen stays there if it is not wanted, all else is moved.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backlog } from '../../src/core/backlog.ts'
import type { Policy } from '../../src/core/pair.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { forgetEnd } from '../ledger/place.ts'
import { newestOnly } from '../servers/pop3-providers.ts'
import { mortalRun } from './dying.ts'
import { forgetLedger } from './forget-ledger.ts'
import { Steps } from './steps.ts'
import { hash, saidIn, served, type World, type WorldOptions, withWorld } from './world.ts'

const start = Date.UTC(2026, 2, 10, 12)
const day = 24 * 60 * 60_000

/** A message delivered so many days after the start. */
function delivered(number: number, days: number, body = 'Hello.'): Uint8Array {
  const date = new Date(start + days * day).toUTCString().replace('GMT', '+0000')
  return Buffer.from(
    `Received: from a by b; ${date}\r\nMessage-ID: <${number}@example.com>\r\nSubject: ${number}\r\n\r\n${body}\r\n`,
  )
}

const old = Array.from({ length: 6 }, (_, at) => delivered(at + 1, at - 40))
const fresh = Array.from({ length: 3 }, (_, at) => delivered(at + 101, at + 1))

function world(backlog: Backlog, more: Partial<WorldOptions> = {}): WorldOptions {
  return { messages: old, ...more, policy: { backlog, ...more.policy } }
}

/** Runs so many days after the start. */
function at(days: number) {
  return { clock: { ...hastyClock(), now: () => start + days * day } }
}

function arrive({ maildrop }: World, messages: readonly Uint8Array[], prefix = 'n'): void {
  messages.forEach((bytes, index) => void maildrop.add({ uidl: `${prefix}${maildrop.messages.length + index}`, bytes }))
}

function hashes(...messages: readonly (readonly Uint8Array[])[]): string[] {
  return messages
    .flat()
    .map((bytes) => hash(served(bytes)))
    .sort()
}

function policyWith({ pair }: World, backlog: Backlog): Policy {
  return { ...pair.policy, backlog }
}

test('skip: what is there is neither fetched nor looked into, and stays; what comes is moved', () =>
  withWorld(world({ kind: 'skip' }), async (world) => {
    const { left, ...more } = await world.preview(at(0))
    assert.deepEqual(
      left.map(({ outcome, reason, amount }) => [outcome, reason, amount.count]),
      [['filtered', 'in the maildrop before the first run (backlog: skip)', 6]],
    )
    assert.match(saidIn(more), /This is the first run of the pair/)
    const first = await world.run(at(0))
    assert.deepEqual([first.exitCode, first.tally.filtered.count], [0, 6])
    assert.match(first.warnings.join(), /ledger rebuild --write/)
    arrive(world, fresh)
    const second = await world.run(at(3))
    assert.deepEqual([second.exitCode, second.tally.filtered.count, second.tally.copied.count], [0, 6, 3])
    assert.deepEqual([first.fresh.filtered.count, second.fresh.filtered.count], [6, 0], 'what stays is news once')
    assert.deepEqual(second.warnings, [])
    assert.equal((await world.run(at(4))).tally['already-there'].count, 3)
    assert.deepEqual(world.stored(), hashes(fresh))
    assert.deepEqual([world.pop3.count('TOP'), world.pop3.count('RETR')], [0, 3])
  }))

test('skip of an empty maildrop: everything that comes is moved', () =>
  withWorld(world({ kind: 'skip' }, { messages: [] }), async (world) => {
    await world.run(at(0))
    // Dated long ago, and here only now.
    arrive(world, old)
    assert.equal((await world.run(at(1))).tally.copied.count, 6)
  }))

test('newest: so many of the last, also when the first run dies on the way, and only a part may be shown', async () => {
  const deadly = delivered(5, -36, 'A length of its own.')
  const options = { messages: old.with(4, deadly), provider: 'wildduck' } as const
  await withWorld(world({ kind: 'newest', count: 3 }, options), async (world) => {
    assert.ok((await mortalRun(world, { fetching: served(deadly).length }, at(0))).died)
    arrive(world, fresh)
    const { exitCode, tally } = await world.run(at(3))
    assert.deepEqual([exitCode, tally.filtered.count], [0, 3])
    assert.deepEqual(
      world.stored(),
      hashes(
        [deadly, old[3], old[5]].flatMap((one) => one ?? []),
        fresh,
      ),
    )
  })
})

test('newest: stopped at every step of the first run, then resumed with new mail, it is the same ones that stay', async () => {
  const few = old.slice(0, 4)
  for (let step = 1, isReached = true; isReached; step += 1) {
    await withWorld(world({ kind: 'newest', count: 2 }, { messages: few }), async (world) => {
      const steps = new Steps(step, 'stop')
      await world.run({ ...at(0), ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
      isReached = steps.names.length >= step
      forgetEnd(world.ledgerPath)
      // Before the backlog is written down it is that of the next run.
      const isFixed = steps.names.includes('after ledger settle') || world.stored().length > 0
      if (isFixed) arrive(world, fresh)
      const { exitCode, tally } = await world.run(at(3))
      assert.deepEqual([exitCode, tally.filtered.count], [0, 2], steps.names.at(-1))
      assert.deepEqual(world.stored(), hashes(few.slice(2), isFixed ? fresh : []), steps.names.at(-1))
    })
  }
})

for (const top of ['TOP', 'no TOP'] as const) {
  test(`since: by date, with ${top}, and what comes is moved whatever it is dated`, () => {
    const faults = top === 'TOP' ? {} : { top: 'unsupported' as const }
    return withWorld(world({ kind: 'since', instant: start - 36.5 * day }, { pop3: { faults } }), async (world) => {
      const first = await world.run(at(0))
      assert.deepEqual([first.exitCode, first.tally.filtered.count, first.tally.copied.count], [0, 4, 2])
      const undated = Buffer.from('Date: Mon, 3 Feb 2020 10:00:00 +0000\r\nSubject: old date\r\n\r\nHere only now.\r\n')
      arrive(world, [...fresh, undated])
      const second = await world.run(at(3))
      assert.deepEqual([second.exitCode, second.tally.filtered.count, second.tally.copied.count], [0, 4, 4])
      if (top === 'TOP') assert.equal(world.pop3.count('RETR'), 6)
    })
  })
}

test('copy later: what was skipped is picked up, and what lies at the destination meanwhile is adopted', () =>
  withWorld(world({ kind: 'skip' }), async (world) => {
    await world.run(at(0))
    world.imap.seed(
      'alice',
      'INBOX',
      old.slice(0, 2).map((bytes) => ({ bytes: served(bytes) })),
    )
    arrive(world, fresh)
    await world.run(at(3))
    const { tally } = await world.run({ ...at(4), policy: policyWith(world, { kind: 'copy' }) })
    assert.deepEqual([tally.adopted.count, tally.copied.count, tally['already-there'].count], [2, 4, 3])
    assert.deepEqual(world.stored(), world.source())
  }))

test('another choice later is applied to what was skipped', () =>
  withWorld(world({ kind: 'skip' }), async (world) => {
    await world.run(at(0))
    arrive(world, fresh)
    const newest = { ...at(3), policy: policyWith(world, { kind: 'newest', count: 2 }) }
    assert.equal((await world.run(newest)).tally.copied.count, 5)
    assert.equal((await world.run(newest)).tally.filtered.count, 4)
    const since = { ...at(4), policy: policyWith(world, { kind: 'since', instant: start - 38.5 * day }) }
    assert.equal((await world.run(since)).tally.copied.count, 2)
    assert.deepEqual(world.stored(), hashes(old.slice(2), fresh))
    const { tally } = await world.run({ ...at(5), policy: policyWith(world, { kind: 'skip' }) })
    assert.deepEqual([tally.filtered.count, tally['already-there'].count], [2, 7])
  }))

test('asked for too late, it has no effect, and says so once', () =>
  withWorld({ messages: old }, async (world) => {
    await world.run(at(0))
    arrive(world, fresh)
    const skip = { ...at(3), policy: policyWith(world, { kind: 'skip' }) }
    const summary = await world.run(skip)
    assert.equal(summary.tally.copied.count, 3)
    assert.match(summary.warnings.join(), /The setting backlog has no effect/)
    assert.deepEqual((await world.run(skip)).warnings, [])
    assert.match(saidIn(await world.preview(skip)), /The setting backlog has no effect/)
  }))

test('a source without names goes by the date of delivery, and says so', () => {
  const options = world({ kind: 'skip' }, { pop3: { faults: { uidl: { unsupported: true } } } })
  return withWorld(options, async (world) => {
    const first = await world.run(at(0))
    assert.deepEqual([first.exitCode, first.tally.filtered.count, world.pop3.count('RETR')], [0, 6, 0])
    assert.match(first.warnings.join(), /no lasting names: what belongs to the backlog is told by the date of delivery/)
    arrive(world, fresh)
    const second = await world.run(at(3))
    assert.deepEqual([second.tally.filtered.count, second.tally.copied.count], [6, 3])
    assert.deepEqual(world.stored(), hashes(fresh))
    const newest = await world.run({ ...at(4), pair: 'other', policy: policyWith(world, { kind: 'newest', count: 2 }) })
    assert.equal(newest.error?.code, 'unsupported')
    assert.match(newest.error?.hint ?? '', /since/)
  })
})

test('names that are mere message numbers do not make a new message pass for an old one', () => {
  const numbered = { line: (position: number): string => `${position} ${position}` }
  return withWorld(world({ kind: 'skip' }, { pop3: { faults: { uidl: numbered } } }), async (world) => {
    await world.run(at(0))
    world.maildrop.remove('u1')
    arrive(world, fresh)
    const { tally } = await world.run(at(3))
    assert.deepEqual([tally.filtered.count, tally.copied.count], [5, 3])
    assert.deepEqual(world.stored(), hashes(fresh))
  })
})

test('other names for everything (A20): the backlog stays, and what comes with them is moved', () =>
  withWorld(world({ kind: 'skip' }), async (world) => {
    await world.run(at(0))
    world.maildrop.renumber()
    arrive(world, fresh)
    for (const days of [3, 4]) {
      const { tally } = await world.run(at(days))
      assert.equal(tally.filtered.count, 6)
    }
    world.maildrop.renumber()
    assert.equal((await world.run(at(5))).tally.filtered.count, 6)
    assert.deepEqual(world.stored(), hashes(fresh))
  }))

test('a window on the maildrop: old mail that comes into sight belongs to the backlog', () =>
  withWorld(world({ kind: 'skip' }, { provider: 'wildduck', pop3: { faults: newestOnly(4) } }), async (world) => {
    assert.equal((await world.run(at(0))).tally.filtered.count, 4)
    world.pop3.faults = newestOnly(6)
    arrive(world, fresh.slice(0, 1))
    const { tally } = await world.run(at(3))
    assert.deepEqual([tally.copied.count, tally.filtered.count], [1, 5])
    assert.deepEqual(world.stored(), hashes(fresh.slice(0, 1)))
  }))

test('what is skipped is not removed', () =>
  withWorld(
    world({ kind: 'skip' }, { policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } }),
    async (world) => {
      await world.run(at(0))
      arrive(world, fresh)
      await world.run(at(3))
      assert.deepEqual([world.source(), world.stored()], [hashes(old), hashes(fresh)])
    },
  ))

test('a lost ledger, rebuilt: the backlog stays, and what came after the last that was moved is moved', () =>
  withWorld(world({ kind: 'skip' }), async (world) => {
    await world.run(at(0))
    arrive(world, fresh.slice(0, 2))
    await world.run(at(2))
    arrive(world, fresh.slice(2))
    await forgetLedger(world.ledgerPath)
    const rebuilt = await world.run({ ...at(3), adoptOnly: true, retryFailed: true })
    assert.deepEqual([rebuilt.tally.adopted.count, rebuilt.tally.pending.count], [2, 7])
    assert.match(rebuilt.warnings.join(), /Taken for the backlog, and left there by the next sync: 6 messages/)
    const { tally } = await world.run(at(4))
    assert.deepEqual([tally.filtered.count, tally.copied.count, tally['already-there'].count], [6, 1, 2])
    assert.deepEqual(world.stored(), hashes(fresh))
  }))

test('Gmail, which shows what nobody has fetched, is said to be in the way', () =>
  withWorld(world({ kind: 'skip' }, { provider: 'gmail' }), async (world) => {
    assert.match(saidIn(await world.preview(at(0))), /what is skipped stays in front, and may hide what comes/)
    assert.match((await world.run(at(0))).warnings.join(), /POP is for mail that arrives from now on/)
  }))
