// What the ledger knows, as people read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderStatus, type StatusPair } from '../../src/reporters/status-view.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { hostileText, keyOf, sampleTime } from './samples.ts'
import { statusView } from './view-samples.ts'

const [busy] = statusView.pairs
if (!busy) throw new Error('the sample has no pair')

/** A pair with so many failed messages. */
function failing(count: number, reason: string): StatusPair {
  const amount = { count, bytes: count }
  const messages = Array.from({ length: count }, (_, index) => ({
    key: keyOf(`key-${index}`),
    size: 1,
    outcome: 'failed' as const,
    reason,
    attempts: 1,
    changedAt: sampleTime,
  }))
  return {
    ...busy,
    pair: 'two words',
    failed: [{ outcome: 'failed', reason, amount }],
    leftOut: [],
    messages,
  } as StatusPair
}

test('busy, clean and never run', () => {
  const text = renderStatus(statusView, plainPage)
  assertFits(text)
  matchesGolden('reporters/status.txt', text)
})

test('twenty messages are listed unless all are asked for', () => {
  const view = { pairs: [failing(50, 'lost')], exitCode: 3 }
  const some = renderStatus(view, plainPage)
  assert.equal(some.match(/^ +key-/gm)?.length, 20)
  assert.match(some, /and 30 more/)
  assert.match(some, /All: mailhaul status 'two words'/)
  const all = renderStatus(view, { ...plainPage, limit: Number.POSITIVE_INFINITY })
  assert.equal(all.match(/^ +key-/gm)?.length, 50)
  assert.doesNotMatch(all, /and \d+ more|All:/)
})

test('hostile reasons and keys', () => {
  const hostile = { ...failing(3, hostileText), pair: hostileText }
  const text = renderStatus({ pairs: [hostile], exitCode: 3 }, plainPage)
  assertFits(text)
  assert.match(text, /\\x1b/)
})

test('colours change nothing but colours', () => {
  assertColours((options) => renderStatus(statusView, options))
})
