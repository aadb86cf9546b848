// Daily budgets, end to end: counted in the ledger, shared by runs and pairs, never overrun, and nothing fetched in vain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dailyBudgets } from '../../src/core/daily-budget.ts'
import type { Pair } from '../../src/core/pair.ts'
import type { Clock } from '../../src/core/ports.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { onAppend } from '../servers/imap-faults.ts'
import { startPop3Server } from '../servers/pop3-server.ts'
import { mortalRun } from './dying.ts'
import { hash, type RunOptions, saidIn, served, type World, withWorld } from './world.ts'

const messages = Array.from({ length: 12 }, (_, number) => mail(number + 10, 'x'.repeat(1000)))
const [size = 0] = messages.map((bytes) => served(bytes).length)
const noon = Date.UTC(2026, 2, 28, 12)
const nextDay = Date.UTC(2026, 2, 29)

function clockAt(instant: number): Clock {
  return { ...hastyClock(), now: () => instant }
}

/** A budget for so many of the messages at one end. */
function appending(count: number): Pick<Pair, 'destinationRates'> {
  return { destinationRates: { bytesPerDay: count * size } }
}

function fetching(count: number): Pick<Pair, 'sourceRates'> {
  return { sourceRates: { bytesPerDay: count * size } }
}

/** What today's counts add up to in the ledger, in messages. */
function counted({ ledgerPath, pair }: World, name: string, day = '2026-03-28'): number {
  const ledger = openLedger({ path: ledgerPath, clock: clockAt(noon), readOnly: true })
  try {
    return (ledger.read(pair.name).counted(day, [name])[0] ?? 0) / size
  } finally {
    ledger.close()
  }
}

test('a used-up budget ends the run with what it has moved, and the next day goes on (B21)', () =>
  withWorld({ messages }, async (world) => {
    const summary = await world.run({ rates: appending(5), clock: clockAt(noon) })
    assert.deepEqual([summary.exitCode, summary.error?.code], [6, 'throttled'])
    assert.deepEqual([summary.tally.copied.count, summary.tally.pending.count], [5, 7])
    assert.match(
      summary.exceptions[0]?.reason ?? '',
      /^The daily budget of 5\.\d kB for 127\.0\.0\.1 .* at 00:00 UTC\.$/,
    )
    assert.equal(world.pop3.count('RETR'), 5, 'nothing is fetched that may not be appended')
    assert.match(summary.warnings.join(), /the rest takes 2 more days, after 00:00 UTC/)
    assert.equal(world.pop3.count('QUIT'), 1, 'the session ends properly')

    // The same day, in a new process: nothing more, and nobody logs in at the destination.
    const logins = world.imap.logins
    const again = await world.run({ rates: appending(5), clock: clockAt(nextDay - 1) })
    assert.deepEqual([again.exitCode, again.tally.pending.count, again.tally['already-there'].count], [6, 7, 5])
    assert.deepEqual([world.imap.logins, world.pop3.count('RETR')], [logins, 5])

    const next = await world.run({ rates: appending(5), clock: clockAt(nextDay) })
    assert.deepEqual([next.exitCode, next.tally.copied.count], [6, 5])
    const last = await world.run({ rates: appending(5), clock: clockAt(nextDay + 24 * 3_600_000) })
    assert.deepEqual([last.exitCode, last.tally.copied.count], [0, 2])
    assert.deepEqual(world.stored(), world.source())
  }))

test('ten runs of a day share what the source gives out', () =>
  withWorld({ messages }, async (world) => {
    for (let run = 0; run < 10; run += 1) {
      await world.run({ rates: fetching(4), clock: clockAt(noon + run * 1000) })
      assert.equal(world.pop3.count('RETR'), 4)
    }
    await world.run({ rates: fetching(4), clock: clockAt(nextDay) })
    assert.equal(world.pop3.count('RETR'), 8)
  }))

test('pairs share the budget of their host', async () => {
  const others = Array.from({ length: 6 }, (_, number) => mail(number + 50, 'x'.repeat(1000)))
  const pop3 = await startPop3Server({
    users: [
      { user: 'alice', password: 'correct horse', messages: others.map((bytes, at) => ({ uidl: `o${at}`, bytes })) },
    ],
  })
  try {
    await withWorld({ messages: messages.slice(0, 6) }, async (world) => {
      const limits = { bytesPerDay: 8 * size }
      const runs = [
        world.run({ limits, clock: clockAt(noon) }),
        world.run({ limits, clock: clockAt(noon), pair: 'two', pop3 }),
      ]
      const summaries = await Promise.all(runs)
      const copied = summaries.reduce((sum, { tally }) => sum + tally.copied.count, 0)
      assert.equal(copied, 8, 'two ledger connections, as of two processes, and none overspends')
      assert.ok(summaries.some(({ exitCode }) => exitCode === 6))
      assert.equal(world.stored().length, 8)
    })
  } finally {
    await pop3.stop()
  }
})

test('a process that is killed has spent what it moved', () => {
  const deadly = mail(98, 'x'.repeat(1100))
  return withWorld({ messages: messages.with(3, deadly) }, async (world) => {
    const limited = { limits: { bytesPerDay: 6.5 * size }, clock: clockAt(noon) }
    assert.ok((await mortalRun(world, { appending: served(deadly).length }, limited)).died)
    const spent = dailyBudgets(world.pair, limited.limits, '').map(({ name }) => counted(world, name))
    assert.ok(
      spent.every((one) => one >= 4),
      `${spent}`,
    )
    await world.run(limited)
    await world.run(limited)
    assert.ok(world.pop3.count('RETR') <= 7 && world.stored().length <= 6)
    for (const day of [0, 1, 2]) await world.run({ ...limited, clock: clockAt(nextDay + day * 24 * 3_600_000) })
    assert.deepEqual(world.stored(), world.source())
  })
})

test('what lies at the destination already costs nothing there', () =>
  withWorld({ messages }, async (world) => {
    world.imap.seed(
      'alice',
      'INBOX',
      messages.slice(0, 9).map((bytes) => ({ bytes: served(bytes) })),
    )
    const summary = await world.run({ rates: appending(4), clock: clockAt(noon) })
    assert.deepEqual([summary.exitCode, summary.tally.adopted.count, summary.tally.copied.count], [0, 9, 3])
    assert.deepEqual(world.stored(), world.source())
  }))

test('what is sent twice counts twice at the destination', () => {
  const append = onAppend(1, { kind: 'drop', at: 'after-literal' })
  return withWorld({ messages: messages.slice(0, 1), imap: { faults: { append } } }, async (world) => {
    const limits = { bytesPerDay: 100 * size }
    const { exitCode, tally } = await world.run({ limits, clock: clockAt(noon) })
    assert.deepEqual([exitCode, tally.copied.count, world.imap.count('APPEND')], [0, 1, 2])
    const spent = dailyBudgets(world.pair, limits, '').map(({ name, end }) => [end, counted(world, name)])
    assert.deepEqual(spent, [
      ['source', 1],
      ['destination', 2],
    ])
  })
})

test('sizes as listed are hints: true ones are counted', () =>
  withWorld(
    { messages, pop3: { faults: { list: { size: ({ bytes }) => Math.floor(bytes.length / 2) } } } },
    async (world) => {
      const summary = await world.run({ rates: fetching(6), clock: clockAt(noon) })
      assert.equal(summary.exitCode, 6)
      // One portion is in flight when the first true size is known.
      assert.ok(summary.tally.copied.count >= 6 && summary.tally.copied.count <= 7, `${summary.tally.copied.count}`)
    },
  ))

test('a message that is larger than a whole budget goes, as the first of a day', () => {
  const large = mail(99, 'x'.repeat(9000))
  return withWorld({ messages: [...messages.slice(0, 2), large, ...messages.slice(2, 4)] }, async (world) => {
    const first = await world.run({ rates: appending(5), clock: clockAt(noon) })
    assert.equal(first.tally.copied.count, 2)
    assert.match(first.error?.message ?? '', /no room for the next message, of 9\.\d kB/)
    assert.match(first.error?.hint ?? '', /larger than the whole budget: it goes alone, as the first of a day/)
    const second = await world.run({ rates: appending(5), clock: clockAt(nextDay) })
    assert.equal(second.tally.copied.count, 1)
    assert.match(second.warnings.join(), /A message of 9\.\d kB is larger than the whole daily budget of 127\.0\.0\.1/)
    assert.ok(world.stored().includes(hash(served(large))))
    await world.run({ rates: appending(5), clock: clockAt(nextDay + 24 * 3_600_000) })
    assert.deepEqual(world.stored(), world.source())
  })
})

test('what is moved the same day is removed, budget or no budget', () =>
  withWorld({ messages, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } }, async (world) => {
    const summary = await world.run({ rates: appending(5), clock: clockAt(noon) })
    assert.deepEqual([summary.exitCode, summary.removal.removed, world.maildrop.messages.length], [6, 5, 7])
  }))

test('check says what a provider publishes, and what becomes of it', () =>
  withWorld({ messages, provider: 'gmail', destinationProvider: 'outlook' }, async (world) => {
    const { source, destination } = await world.check()
    assert.match(source.notes.join(), /gives out 1250 MB a day over POP3 at most: source\.limits lets sync go beyond/)
    assert.match(destination.notes.join(), /Outlook and Microsoft 365 take 3600 messages and 300 MB an hour at most: /)
  }))

test('a dry run says how far the budget reaches, and counts nothing', () =>
  withWorld({ messages, destinationProvider: 'gmail' }, async (world) => {
    const rates = appending(5)
    const said = saidIn(await world.preview({ rates, clock: clockAt(noon) }))
    assert.match(said, /Gmail takes 500 MB a day over IMAP at most: destination\.limits keeps sync below that/)
    assert.match(said, /5\.\d kB of the daily budget of 5\.\d kB for 127\.0\.0\.1 are left today/)
    await world.run({ rates, clock: clockAt(noon) })
    assert.match(saidIn(await world.preview({ rates, clock: clockAt(noon) })), /0 B of the daily/)
  }))

test('without a budget nothing is written for one', () =>
  withWorld({ messages }, async (world) => {
    let counts = 0
    const ledger: RunOptions['ledger'] = (original) => ({
      open: (...given) =>
        new Proxy(original.open(...given), {
          get: (target, name) => {
            if (name === 'count' || name === 'counted') counts += 1
            const value: unknown = Reflect.get(target, name, target)
            return typeof value === 'function' ? value.bind(target) : value
          },
        }),
      read: (pair) => original.read(pair),
      close: () => original.close(),
    })
    await world.run({ ledger })
    assert.equal(counts, 0)
    assert.equal(counted(world, 'anything'), 0)
  }))
