// How far a pair has come, whatever order its events arrive in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/core/events.ts'
import { type OutcomeKind, outcomeOf } from '../../src/core/outcome.ts'
import { PairProgress } from '../../src/reporters/pair-progress.ts'
import { keyOf } from './samples.ts'

const pair = 'alice'

function told(progress: PairProgress, kind: OutcomeKind, count: number): void {
  const outcome = outcomeOf(kind, { key: keyOf('k'), size: 10 })
  for (let index = 0; index < count; index += 1) progress.take({ pair, kind: 'outcome', outcome }, 0)
}

function listed(count: number): Event {
  return { pair, kind: 'listed', count, bytes: count * 10 }
}

function planned(toFetch: number): Event {
  return { pair, kind: 'planned', toFetch, bytes: toFetch * 10 }
}

function doneOf(progress: PairProgress): [number, number] | undefined {
  const view = progress.view(1000)
  return view && [view.done, view.total]
}

test('before the plan there are no numbers', () => {
  const progress = new PairProgress(pair)
  progress.take(listed(10), 0)
  told(progress, 'already-there', 10)
  assert.equal(progress.view(0), undefined)
  assert.equal(progress.share, 0)
})

test('what needs no fetching is no progress, whether it is told before the plan or after it', () => {
  const before = new PairProgress(pair)
  before.take(listed(100), 0)
  told(before, 'already-there', 60)
  before.take(planned(40), 0)
  assert.deepEqual(doneOf(before), [0, 40])
  told(before, 'copied', 7)
  assert.deepEqual(doneOf(before), [7, 40])

  const after = new PairProgress(pair)
  after.take(listed(100), 0)
  told(after, 'already-there', 50)
  after.take(planned(40), 0)
  told(after, 'filtered', 10)
  assert.deepEqual(doneOf(after), [0, 40])
  told(after, 'copied', 40)
  assert.deepEqual(doneOf(after), [40, 40])
})

test('a source without names is fetched whole every time, and that is progress', () => {
  const progress = new PairProgress(pair)
  progress.take(listed(50), 0)
  progress.take(planned(50), 0)
  told(progress, 'already-there', 20)
  assert.deepEqual(doneOf(progress), [20, 50])
})

test('after a lost session what is done stays done and the rest is added', () => {
  const progress = new PairProgress(pair)
  progress.take(listed(100), 0)
  told(progress, 'already-there', 20)
  progress.take(planned(80), 0)
  for (let index = 0; index < 35; index += 1) progress.take({ pair, kind: 'fetched', bytes: 10 }, 0)
  told(progress, 'copied', 30)
  progress.take(listed(101), 0)
  progress.take(planned(51), 0)
  assert.deepEqual(doneOf(progress), [30, 81])
  assert.equal(progress.bytes, 350)
  assert.equal(progress.share, 30 / 81 / 2 + 350 / (350 + 510) / 2)
  told(progress, 'copied', 51)
  assert.deepEqual(doneOf(progress), [81, 81])
})

test('more outcomes than planned never make more than all', () => {
  const progress = new PairProgress(pair)
  progress.take(listed(5), 0)
  progress.take(planned(5), 0)
  told(progress, 'failed', 5)
  told(progress, 'copied', 5)
  assert.deepEqual(doneOf(progress), [5, 5])
})

test('the share goes by messages and octets alike, and nothing to fetch is all of it', () => {
  const progress = new PairProgress(pair)
  progress.take(listed(10), 0)
  progress.take(planned(10), 0)
  progress.take({ pair, kind: 'fetched', bytes: 100 }, 0)
  assert.equal(progress.share, 0.5)
  told(progress, 'copied', 5)
  assert.equal(progress.share, 0.75)
  const nothing = new PairProgress(pair)
  nothing.take(listed(10), 0)
  told(nothing, 'already-there', 10)
  nothing.take(planned(0), 0)
  assert.equal(nothing.share, 1)
})

test('a pair waits until the next stage', () => {
  const progress = new PairProgress(pair)
  const error = { message: 'lost' } as never
  progress.take({ pair, kind: 'retrying', error, attempt: 1, delay: 500 }, 1000)
  assert.deepEqual(progress.waiting, { until: 1500, reason: 'lost' })
  progress.take({ pair, kind: 'stage', stage: 'connecting' }, 1500)
  assert.equal(progress.waiting, undefined)
})
