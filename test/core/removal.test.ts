// What is due for removal, how much of it at once, and which confirmation is good for which policy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consentOf, deletionLimit, dueOf, isCovered, type Removing, removalBatch } from '../../src/core/removal.ts'
import { book, listed, row } from './rows.ts'

const day = 24 * 60 * 60 * 1000
const bytes = Buffer.from('Subject: x\r\n\r\n')
const removing = (afterDays: number, proof: 'size' | 'hash' = 'size'): Removing => ({
  kind: 'delete',
  afterDays,
  proof,
})
const dueNames = (leave: Removing, rows: Parameters<typeof book>, messages: Parameters<typeof dueOf>[1], now: number) =>
  dueOf(leave, messages, book(...rows), now).map(({ row: { key } }) => String(key))

test('only settled messages with a name and a size as before are due, whose removal has not been sent', () => {
  const { length } = bytes
  const rows = [
    row('good', bytes),
    row('resized', bytes),
    row('failed', bytes, { state: 'failed', placed: undefined }),
    row('sent', bytes, { removal: 'dele-sent' }),
    row('quit', bytes, { removal: 'quit-sent' }),
    row('not listed', bytes),
    // Listed again after it was gone, and not compared since: it may be another message (A21).
    row('returned', bytes, { absentSince: 1 }),
  ]
  const messages = [
    listed(1, 'good', length),
    listed(2, 'resized', length + 1),
    listed(3, 'failed', length),
    listed(4, 'sent', length),
    listed(5, 'quit', length),
    listed(6, undefined, length),
    listed(7, 'unknown', length),
    listed(8, 'returned', length),
  ]
  assert.deepEqual(dueNames(removing(0), rows, messages, 5), ['good'])
})

test('days count from the first proof, not from what happened to the row since, and not at all where there are none', () => {
  const rows = [
    row('old', bytes, { settledAt: 0, changedAt: 30 * day }),
    row('young', bytes, { settledAt: 1, changedAt: 0 }),
    row('undated', bytes, { settledAt: undefined }),
  ]
  const messages = ['old', 'young', 'undated'].map((name, at) => listed(at + 1, name, bytes.length))
  assert.deepEqual(dueNames(removing(30), rows, messages, 30 * day), ['old'])
  assert.deepEqual(dueNames(removing(0), rows, messages, -day), ['old', 'young', 'undated'])
})

test('a run removes 100 messages or a tenth of the mailbox, unless maxDeletions says otherwise; a batch half of that', () => {
  const limits = [0, 900, 1000, 1001, 50_000].map((count) => deletionLimit({ maxDeletions: undefined }, count))
  assert.deepEqual(limits, [100, 100, 100, 101, 5000])
  assert.equal(deletionLimit({ maxDeletions: 7 }, 50_000), 7)
  assert.deepEqual([10, 2000, 50_000].map(removalBatch), [100, 100, 2500])
})

test('a confirmation is good for its policy and for milder ones', () => {
  const isGood = (given: Removing, now: Removing) => isCovered(now, consentOf(given))
  assert.equal(isGood(removing(30), removing(30)), true)
  assert.equal(isGood(removing(30), removing(31, 'hash')), true)
  assert.equal(isGood(removing(30), removing(29)), false)
  assert.equal(isGood(removing(0, 'hash'), removing(0)), false)
  assert.equal(isCovered(removing(30), undefined), false)
  assert.equal(isCovered(removing(30), 'nonsense'), false)
})
