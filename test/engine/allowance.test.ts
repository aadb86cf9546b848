// The daily budgets after all is said: what was reserved by listed sizes ends as the octets that were really moved.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { DailyBudget } from '../../src/core/daily-budget.ts'
import type { Listed } from '../../src/core/message.ts'
import type { Pair } from '../../src/core/pair.ts'
import type { Fetched } from '../../src/core/ports.ts'
import { providers } from '../../src/core/providers.ts'
import { Allowance } from '../../src/engine/allowance.ts'
import { RunRecord } from '../../src/engine/run-record.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { listed, policy } from '../core/rows.ts'
import { heldClock } from './held-clock.ts'
import { heldMessage } from './held-message.ts'

const today = '2026-01-01'
const tomorrow = '2026-01-02'
const ends = { sourceProvider: providers.none, destinationProvider: providers.none }
const pair: Pair = {
  ...{ name: 'pair', sourceHost: 'a.test', destinationHost: 'b.test', order: 'any', policy: policy() },
  ...ends,
}

/** An allowance with a budget at each end, on a real ledger that counts on the first days of 2026. */
async function place(t: TestContext, limit = 1_000_000) {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-allowance-'))
  const clock = heldClock()
  const ledger = openLedger({ path: join(directory, 'ledger.db'), clock })
  t.after(async () => {
    ledger.close()
    await rm(directory, { recursive: true })
  })
  const book = ledger.open('pair', 'account')
  const budgets: DailyBudget[] = (['source', 'destination'] as const).map((end) => {
    return { name: `${end} x`, end, host: `${end}.test`, limit }
  })
  const allowance = new Allowance({ pair, budgets, book, record: new RunRecord('pair', () => {}, clock), clock })
  const counted = (day = today) => book.counted(day, ['source x', 'destination x'])
  return { allowance, clock, counted }
}

const claimed = (...sizes: number[]): Listed[] => sizes.map((size, at) => listed(at + 1, `u${at + 1}`, size))

/** What a source brings: messages of these sizes, in order; it is lost where they end before the listing does. */
function bringing(...sizes: (number | 'vanished')[]) {
  return async function* (messages: readonly Listed[]): AsyncGenerator<Fetched> {
    for (const one of messages) {
      const size = sizes.shift()
      if (size === undefined) throw new Error('lost')
      if (size === 'vanished') yield { kind: 'vanished', listed: one, reason: 'gone' }
      else yield { kind: 'message', listed: one, message: heldMessage(new Uint8Array(size)) }
    }
  }
}

test('sizes that were listed wrongly are put right, and what was not there costs nothing', async (t) => {
  const { allowance, counted } = await place(t)
  const seen: (readonly number[])[] = []
  for await (const _ of allowance.within(claimed(100, 200, -1, 50), bringing(110, 150, 7, 'vanished'))) {
    seen.push(counted())
  }
  assert.deepEqual(seen[0], [350, 350], 'reserved before the first one came')
  allowance.close()
  assert.deepEqual(counted(), [267, 267])
})

test('what a lost session has not brought is given back', async (t) => {
  const { allowance, counted } = await place(t)
  const taking = Array.fromAsync(allowance.within(claimed(100, 200, 300), bringing(100)))
  await assert.rejects(taking, /lost/)
  allowance.close()
  assert.deepEqual(counted(), [100, 100])
  const again = await Array.fromAsync(allowance.within(claimed(200, 300), bringing(200, 300)))
  allowance.close()
  assert.deepEqual([again.length, counted()], [2, [600, 600]])
})

test('each end counts what it has done: fetched again, not sent, sent again', async (t) => {
  const { allowance, counted } = await place(t)
  await Array.fromAsync(allowance.within(claimed(1000), bringing(1000)))
  allowance.fetchedAgain(30)
  allowance.notSent(200)
  allowance.sentAgain(4)
  assert.deepEqual(counted(), [1000, 1000], 'written down with the next portion, or at the end')
  allowance.close()
  allowance.close()
  assert.deepEqual(counted(), [1030, 804])
})

test('what is owed since yesterday belongs to yesterday', async (t) => {
  const { allowance, counted, clock } = await place(t)
  await Array.fromAsync(allowance.within(claimed(100), bringing(900)))
  await clock.pass(24 * 60 * 60_000)
  await Array.fromAsync(allowance.within(claimed(50), bringing(50)))
  allowance.close()
  assert.deepEqual(
    [counted(today), counted(tomorrow)],
    [
      [100, 100],
      [50, 50],
    ],
  )
})

test('what is owed counts before the next portion is reserved', async (t) => {
  const { allowance, counted } = await place(t, 1000)
  await Array.fromAsync(allowance.within(claimed(100), bringing(990)))
  const more = await Array.fromAsync(allowance.within(claimed(100, 100), bringing(100, 100)))
  assert.deepEqual([more.length, allowance.end?.code], [0, 'throttled'])
  allowance.close()
  assert.deepEqual(counted(), [990, 990])
})
