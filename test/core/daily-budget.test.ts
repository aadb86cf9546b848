// Daily budgets: whose they are, how many messages fit in, and what is said of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  budgetNotes,
  budgetUsedUp,
  type DailyBudget,
  dailyBudgets,
  dayOf,
  portionOf,
  untilNewDay,
} from '../../src/core/daily-budget.ts'
import type { Pair } from '../../src/core/pair.ts'
import { providers } from '../../src/core/providers.ts'
import { policy } from './rows.ts'

const evening = Date.UTC(2026, 0, 31, 21, 30)

function pairOf(changes: Partial<Pair>): Pair {
  const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }
  const ends = { sourceProvider: providers.none, destinationProvider: providers.none }
  return { name: 'pair', ...hosts, ...ends, policy: policy(), ...changes }
}

function budget(limit: number): DailyBudget {
  return { name: `destination ${limit}`, end: 'destination', host: 'imap.example', limit }
}

test('a day begins at 00:00 UTC', () => {
  assert.equal(dayOf(evening), '2026-01-31')
  assert.equal(untilNewDay(evening), 2.5 * 60 * 60_000)
  assert.equal(dayOf(evening + untilNewDay(evening)), '2026-02-01')
  assert.equal(dayOf(evening + untilNewDay(evening) - 1), '2026-01-31')
})

test('pairs of one account share its budget, and all pairs of a host share that of the host', () => {
  const rates = { sourceRates: { bytesPerDay: 10 }, destinationRates: { bytesPerDay: 20 } }
  const names = (pair: Partial<Pair>, account: string) =>
    dailyBudgets(pairOf({ ...rates, ...pair }), { bytesPerDay: 30 }, account).map(({ name }) => name)
  const one = names({ sourceAccount: 'a' }, 'x')
  const two = names({ sourceAccount: 'b', sourceHost: 'POP.example', name: 'other' }, 'x')
  assert.equal(new Set(one).size, 4)
  assert.deepEqual(
    one.map((name, at) => name === two[at]),
    [false, true, true, true],
  )
  assert.notEqual(names({}, 'x')[0], names({ name: 'other' }, 'x')[0], 'without an account it is the pair that counts')
  assert.doesNotMatch(one.join(), /example|alice/)
  assert.deepEqual(dailyBudgets(pairOf({}), {}, 'x'), [])
})

test('as many messages as fit into every budget', () => {
  const count = (sizes: number[], budgets: DailyBudget[], counts: number[]) => portionOf(sizes, budgets, counts).count
  assert.equal(count([10, 10, 10], [budget(10_000), budget(6_400)], [0, 0]), 3)
  assert.equal(count([10, 10, 10], [budget(10_000), budget(6_400)], [0, 6_385]), 1)
  assert.equal(count([10], [budget(100)], [90]), 1)
  assert.equal(count([10], [budget(100)], [91]), 0)
  assert.equal(count([0], [budget(100)], [100]), 0, 'a size of nothing is a hint like any other')
  assert.equal(portionOf([10], [budget(100), budget(50)], [0, 45]).end?.limit, 50)
})

test('a portion is a small part of the smallest budget, and no more than some hundred messages', () => {
  const small = Array.from({ length: 2000 }, () => 1000)
  assert.equal(portionOf(small, [budget(6_400_000), budget(1e12)], [0, 0]).count, 100)
  assert.equal(portionOf(small, [budget(1e12)], [0]).count, 500)
  assert.equal(portionOf([5e6, 5e6, 5e6], [budget(1e12)], [0]).count, 2)
})

test('a message larger than a whole budget goes alone, as the first of a day', () => {
  assert.equal(portionOf([150, 10], [budget(100)], [0]).count, 1)
  assert.equal(portionOf([150], [budget(100)], [1]).count, 0)
  assert.equal(portionOf([150], [budget(100), budget(1000)], [0, 900]).count, 0, 'the other budget has a say too')
  assert.match(
    budgetUsedUp(budget(100), evening, 150).hint ?? '',
    /larger than the whole budget: it goes alone, as the/,
  )
})

test('what is used up says so, and when it goes on', () => {
  const error = budgetUsedUp(budget(5e8), evening)
  const { code, retry, retryAfter, message, hint } = error
  assert.deepEqual([code, retry, retryAfter], ['throttled', 'later', 2.5 * 60 * 60_000])
  assert.equal(message, 'The daily budget of 500 MB for imap.example is used up; it goes on at 00:00 UTC.')
  assert.match(hint ?? '', /^Run sync again after 00:00 UTC, in 2 h 30 min\. .*destination\.limits\.bytesPerDay/)
  assert.match(budgetUsedUp(budget(5e8), evening, 3e6).message, /has no room for the next message, of 3 MB;/)
})

test('how far the budgets reach is told where they do not reach for everything', () => {
  assert.deepEqual(budgetNotes([budget(100)], [40], 60), [])
  assert.deepEqual(budgetNotes([budget(5e8)], [4e8], 3e8), [
    '100 MB of the daily budget of 500 MB for imap.example are left today, and up to 300 MB are to be moved: ' +
      'the rest goes on the next day, after 00:00 UTC.',
  ])
  assert.match(budgetNotes([budget(5e8)], [4e8], 3e9).join(), /the rest takes 6 more days, after 00:00 UTC\./)
})
