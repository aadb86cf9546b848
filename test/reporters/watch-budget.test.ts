// What a watch says of a pair that has moved what a day allows: that, and when it goes on; no word of a failure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetUsedUp } from '../../src/core/daily-budget.ts'
import { WatchLines } from '../../src/reporters/watch-lines.ts'
import { now, watchedPair } from '../http/views.ts'
import { outcomes, summaryOf } from './samples.ts'

const budget = { name: 'destination x', end: 'destination', host: 'imap.gmail.com', limit: 5e8 } as const

test('a used-up budget is told plainly, and not at all where nobody wants to hear it', () => {
  const all = [...outcomes('copied', 3, 21_000), ...outcomes('pending', 900, 21_000)]
  const summary = summaryOf(all, { error: budgetUsedUp(budget, now), exitCode: 6 })
  const pair = watchedPair('alice', { next: now + 5 * 3_600_000 })
  const said = (quiet: boolean) => new WatchLines({ verbose: false, quiet }).pass(summary, pair, now)
  assert.deepEqual(said(false).slice(1), [
    {
      text: 'alice: The daily budget of 500 MB for imap.gmail.com is used up; it goes on at 00:00 UTC. Next pass in 5 h.',
      tone: 'plain',
    },
  ])
  assert.deepEqual(said(true), [])
})
