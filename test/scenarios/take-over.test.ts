// Taking over from another program: what it has delivered is never copied, never removed, and adopted where it is found.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Settlement } from '../../src/core/ports.ts'
import { planTakeOver, type SeenElsewhere, type TakeOver, takeBack } from '../../src/engine/take-over.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { newestOnly } from '../servers/pop3-providers.ts'
import { hash, served, type World, withWorld } from './world.ts'

const six = Array.from({ length: 6 }, (_, number) => mail(number))

function seen(names: readonly string[], nameOf: (key: string) => string = (key) => key): SeenElsewhere {
  return { program: 'getmail', file: 'oldmail-x', names: new Set(names), nameOf }
}

/** Imports as the command does; `writes: false` is its dry run. */
async function importInto(world: World, what: SeenElsewhere, writes = true): Promise<TakeOver> {
  const ledger = openLedger({ path: world.ledgerPath, clock: hastyClock() })
  try {
    return await world.withEnds(async ({ source, destination }) => {
      const stop = new AbortController().signal
      const locked = writes ? ledger.open(world.pair.name, destination.account) : undefined
      const book = locked ?? ledger.read(world.pair.name)
      const { report, settlements } = await planTakeOver(world.pair, { source, book, stop }, what)
      locked?.settle(settlements)
      locked?.close()
      return report
    })
  } finally {
    ledger.close()
  }
}

async function undo(world: World): Promise<readonly Settlement[]> {
  const ledger = openLedger({ path: world.ledgerPath, clock: hastyClock() })
  try {
    const book = ledger.open(world.pair.name, 'account')
    const settlements = takeBack(book, 'getmail')
    book.settle(settlements)
    return settlements
  } finally {
    ledger.close()
  }
}

function hashes(messages: readonly Uint8Array[]): string[] {
  return messages.map((bytes) => hash(served(bytes))).sort()
}

const counts = ({ listed, taken, known, fresh, unclear, gone, ahead }: TakeOver) => ({
  listed: listed.count,
  taken: taken.count,
  known: known.count,
  fresh: fresh.count,
  unclear: unclear.count,
  gone,
  ahead,
})

test('what was delivered before stays where it is and is not fetched; the rest is moved', () =>
  withWorld({ messages: six }, async (world) => {
    const names = ['u1', 'u2', 'u4', 'long-gone']
    const dry = await importInto(world, seen(names), false)
    assert.deepEqual(counts(dry), { listed: 6, taken: 3, known: 0, fresh: 3, unclear: 0, gone: 1, ahead: 0 })
    assert.deepEqual(world.known(), [])
    assert.deepEqual(counts(await importInto(world, seen(names))), counts(dry))
    assert.deepEqual(
      world.known().map(({ key, state, outcome, reason }) => [key, state, outcome, reason]),
      ['u1', 'u2', 'u4'].map((key) => [key, 'left-out', 'filtered', 'delivered by getmail before']),
    )
    const { left } = await world.preview()
    assert.deepEqual(
      left.map(({ reason, amount }) => [reason, amount.count]),
      [['delivered by getmail before', 3]],
    )
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.filtered.count, tally.copied.count], [0, 3, 3])
    assert.deepEqual(world.stored(), hashes([2, 4, 5].flatMap((at) => six[at] ?? [])))
    const again = await world.run()
    assert.deepEqual([again.exitCode, again.fresh.filtered.count, world.pop3.count('RETR')], [0, 0, 3])
    assert.equal((await world.verify(false)).problems.length, 0)
  }))

test('importing twice changes nothing; rows that are there stay as they are', () =>
  withWorld({ messages: six.slice(0, 3) }, async (world) => {
    await world.run()
    world.maildrop.add({ uidl: 'u4', bytes: mail(4) }, { uidl: 'u5', bytes: mail(5) })
    const expected = { listed: 5, taken: 1, known: 3, fresh: 1, unclear: 0, gone: 0, ahead: 0 }
    assert.deepEqual(counts(await importInto(world, seen(['u1', 'u2', 'u3', 'u4']))), expected)
    const before = world.known()
    const twice = counts(await importInto(world, seen(['u1', 'u2', 'u3', 'u4'])))
    assert.deepEqual(twice, { ...expected, taken: 0, known: 4 })
    assert.deepEqual(world.known(), before)
    assert.equal((await world.run()).tally['already-there'].count, 3)
  }))

test('another policy does not bring them back, and leave does not remove them', () =>
  withWorld({ messages: six }, async (world) => {
    await importInto(world, seen(['u1', 'u2']))
    const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
    const routes = [
      { when: { kind: 'header', name: 'Subject', pattern: '*' }, folder: 'Else', flags: undefined },
    ] as const
    const { tally } = await world.run({ policy: { ...world.pair.policy, leave, routes, duplicates: 'skip' } })
    assert.deepEqual([tally.filtered.count, tally.copied.count], [2, 4])
    assert.deepEqual(world.source(), hashes(six.slice(0, 2)))
    assert.equal((await world.run({ retryFailed: true })).tally.filtered.count, 2)
  }))

test('with a backlog: what was delivered stays whatever the backlog says, now and later', () =>
  withWorld({ messages: six, policy: { backlog: { kind: 'newest', count: 3 } } }, async (world) => {
    await importInto(world, seen(['u1', 'u5']))
    const first = await world.run()
    assert.deepEqual([first.tally.filtered.count, first.tally.copied.count], [4, 2])
    assert.deepEqual(world.stored(), hashes([3, 5].flatMap((at) => six[at] ?? [])))
    assert.deepEqual(
      first.warnings.filter((text) => /has no effect/.test(text)),
      [],
    )
    const { tally } = await world.run({ policy: { ...world.pair.policy, backlog: { kind: 'copy' } } })
    assert.deepEqual([tally.filtered.count, tally.copied.count], [2, 2])
  }))

test('rebuild adopts those that lie at the destination; the others stay left out', () =>
  withWorld({ messages: six.slice(0, 3) }, async (world) => {
    await importInto(world, seen(['u1', 'u2']))
    world.imap.seed('alice', 'INBOX', [{ bytes: served(mail(0)) }])
    const rebuilt = await world.run({ adoptOnly: true, retryFailed: true })
    const { adopted, filtered, pending } = rebuilt.tally
    assert.deepEqual([adopted.count, filtered.count, pending.count], [1, 1, 1])
    const { tally } = await world.run()
    assert.deepEqual([tally['already-there'].count, tally.filtered.count, tally.copied.count], [1, 1, 1])
    assert.deepEqual(world.stored(), hashes([mail(0), mail(2)]))
  }))

test('undone: sync moves them, unless they lie at the destination', () =>
  withWorld({ messages: six.slice(0, 4) }, async (world) => {
    await importInto(world, seen(['u1', 'u2', 'u3']))
    await world.run()
    world.imap.seed('alice', 'INBOX', [{ bytes: served(mail(1)) }])
    assert.equal((await undo(world)).length, 3)
    assert.equal((await undo(world)).length, 0)
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.copied.count, tally['already-there'].count], [0, 2, 1])
    assert.deepEqual(world.stored(), world.source())
    // And imported once more, nothing is left out that is settled by now.
    assert.equal((await importInto(world, seen(['u1', 'u2', 'u3']))).known.count, 4)
  }))

test('an import that was taken back can be made again before the next sync', () =>
  withWorld({ messages: six.slice(0, 2) }, async (world) => {
    await importInto(world, seen(['u1']))
    await undo(world)
    assert.equal((await importInto(world, seen(['u1']))).taken.count, 1)
    assert.equal((await world.run()).tally.filtered.count, 1)
  }))

test('two keys that the program writes down as one: neither is taken for delivered', () =>
  withWorld({}, async (world) => {
    world.maildrop.add(...['a/b', 'a-b', 'c/d'].map((uidl, number) => ({ uidl, bytes: mail(number) })))
    const slashless = seen(['a-b', 'c-d'], (key) => key.replaceAll('/', '-'))
    assert.deepEqual(counts(await importInto(world, slashless)), {
      ...{ listed: 3, taken: 1, known: 0, fresh: 0, unclear: 2, gone: 0, ahead: 0 },
    })
    assert.equal((await world.run()).tally.copied.count, 2)
  }))

test('names that are mere numbers are refused, and so is a file of which nothing is listed', async () => {
  const numbered = { line: (position: number): string => `${position} ${position}` }
  await withWorld({ messages: six, pop3: { faults: { uidl: numbered } } }, async (world) => {
    await assert.rejects(importInto(world, seen(['1', '2'])), { code: 'unsupported', hint: /ledger rebuild --write/ })
    assert.deepEqual(world.known(), [])
  })
  await withWorld({ messages: six }, async (world) => {
    await assert.rejects(importInto(world, seen(['x1', 'x2'])), {
      code: 'usage',
      message: /^Of the 2 messages in oldmail-x, 127\.0\.0\.1 lists none for pair "pair"/,
    })
    assert.deepEqual(world.known(), [])
  })
})

test('a source that shows only a part: what comes into sight later was delivered, too', () =>
  withWorld({ messages: six, provider: 'wildduck', pop3: { faults: newestOnly(2) } }, async (world) => {
    const report = await importInto(world, seen(['u1', 'u2', 'u5']))
    assert.deepEqual([report.listed.count, report.taken.count, report.gone, report.ahead], [2, 1, 2, 2])
    world.pop3.faults = newestOnly(6)
    const { tally } = await world.run()
    assert.deepEqual([tally.filtered.count, tally.copied.count], [3, 3])
  }))

test('gone from the source and listed again: its name may be another message’s, so it is fetched', () =>
  withWorld({ messages: six.slice(0, 3) }, async (world) => {
    await importInto(world, seen(['u1']))
    const [first] = world.maildrop.messages
    assert.ok(first)
    world.maildrop.remove('u1')
    await world.run()
    world.maildrop.add({ uidl: 'u1', bytes: mail(77) })
    assert.equal((await world.run()).tally.copied.count, 1)
    assert.ok(world.stored().includes(hash(served(mail(77)))))
  }))

test('a login that fails leaves nothing behind', () =>
  withWorld({ messages: six, pop3: { faults: { uidl: { unsupported: true } } } }, async (world) => {
    await assert.rejects(importInto(world, seen(['u1'])), { code: 'usage' })
    assert.deepEqual(world.known(), [])
  }))
