// The plan: one entry per listed message, whatever the ledger and the policy say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaders } from '../../src/core/headers.ts'
import type { OutcomeKind } from '../../src/core/outcome.ts'
import type { Policy } from '../../src/core/pair.ts'
import {
  attemptLimit,
  buildPlan,
  headersWanted,
  interruptionLimit,
  type PlanEntry,
  type PlanInput,
  tooBigReason,
} from '../../src/core/plan.ts'
import type { Known } from '../../src/core/ports.ts'
import { policyDigest } from '../../src/core/route.ts'
import { book, listed, mail, policy, row } from './rows.ts'

const run = 7

function input(changes: Partial<PlanInput>): PlanInput {
  return {
    messages: [],
    known: book(),
    policy: policy(),
    headers: new Map(),
    run,
    now: Date.UTC(2026, 0),
    retryFailed: false,
    ...changes,
  }
}

function say(entry: PlanEntry | undefined): string {
  if (entry === undefined) return 'nothing'
  return entry.action === 'fetch' ? `fetch ${entry.why} to ${entry.folder}` : entry.outcome.kind
}

const size = mail(1).length
const skip: Policy = policy({ duplicates: 'skip' })
const leftOut = (outcome: OutcomeKind, changes: Partial<Known> = {}) =>
  row('a', mail(1), { state: 'left-out', outcome, placed: undefined, ...changes })

const table: [string, Partial<PlanInput>, string][] = [
  ['a new message', {}, 'fetch new to INBOX'],
  ['settled in an earlier run', { known: book(row('a', mail(1))) }, 'already-there'],
  ['settled a moment ago in this run', { known: book(row('a', mail(1), { run })) }, 'copied'],
  ['adopted a moment ago', { known: book(row('a', mail(1), { run, outcome: 'adopted' })) }, 'adopted'],
  [
    'settled, now listed with another size',
    { known: book(row('a', mail(1), { listedSize: 1 })) },
    'fetch resized to INBOX',
  ],
  [
    'settled, listed again after it was gone (A21)',
    { known: book(row('a', mail(1), { absentSince: 1 })) },
    'fetch returned to INBOX',
  ],
  [
    'settled, listed again after it was removed (A21)',
    { known: book(row('a', mail(1), { removal: 'absent-confirmed' })) },
    'fetch returned to INBOX',
  ],
  [
    'rejected, listed again after it was gone (A21)',
    { known: book(leftOut('rejected', { absentSince: 1 })) },
    'fetch returned to INBOX',
  ],
  [
    'failed too often, listed again after it was gone (A21)',
    { known: book(row('a', mail(1), { state: 'failed', outcome: 'failed', attempts: 99, absentSince: 1 })) },
    'fetch returned to INBOX',
  ],
  ['an append without an answer', { known: book(row('a', mail(1), { state: 'begun' })) }, 'fetch again to INBOX'],
  ['failed before', { known: book(row('a', mail(1), { state: 'failed', outcome: 'failed' })) }, 'fetch again to INBOX'],
  ['failed in this run', { known: book(row('a', mail(1), { state: 'failed', outcome: 'failed', run })) }, 'failed'],
  [
    'failed too often',
    { known: book(row('a', mail(1), { state: 'failed', outcome: 'failed', attempts: attemptLimit })) },
    'failed',
  ],
  [
    'failed too often, but asked to retry',
    {
      known: book(row('a', mail(1), { state: 'failed', outcome: 'failed', attempts: attemptLimit })),
      retryFailed: true,
    },
    'fetch again to INBOX',
  ],
  [
    'put off by the destination, however often',
    { known: book(row('a', mail(1), { state: 'failed', outcome: 'pending', attempts: 99 })) },
    'fetch again to INBOX',
  ],
  [
    'cut off too often by dying runs',
    { known: book(row('a', mail(1), { state: 'failed', outcome: 'pending', interrupted: interruptionLimit })) },
    'failed',
  ],
  [
    'cut off too often by dying runs, but asked to retry',
    {
      known: book(row('a', mail(1), { state: 'failed', outcome: 'pending', interrupted: interruptionLimit })),
      retryFailed: true,
    },
    'fetch again to INBOX',
  ],
  ['rejected before', { known: book(leftOut('rejected')) }, 'rejected'],
  ['rejected before, asked to retry', { known: book(leftOut('rejected')), retryFailed: true }, 'fetch again to INBOX'],
  [
    'a duplicate under the same policy',
    { policy: skip, known: book(leftOut('duplicate', { policy: policyDigest(skip) }), row('b', mail(1))) },
    'duplicate',
  ],
  [
    'a duplicate of a message that never arrived',
    { policy: skip, known: book(leftOut('duplicate', { policy: policyDigest(skip) })) },
    'fetch again to INBOX',
  ],
  [
    'a duplicate under another policy',
    { known: book(leftOut('duplicate', { policy: policyDigest(skip) })) },
    'fetch again to INBOX',
  ],
  [
    'larger than wanted',
    { policy: policy({ select: { maxSize: 10, since: undefined, before: undefined } }) },
    'filtered',
  ],
  [
    'older than wanted, by the headers read ahead',
    {
      policy: policy({ select: { maxSize: undefined, since: Date.UTC(2021, 0), before: undefined } }),
      headers: new Map([[1, parseHeaders(mail(1))]]),
    },
    'filtered',
  ],
  [
    'a template, by the headers read ahead',
    { policy: policy({ folder: 'Archive/{year}' }), headers: new Map([[1, parseHeaders(mail(1))]]) },
    'fetch new to Archive/2020',
  ],
]

for (const [name, changes, expected] of table) {
  test(`plan: ${name}`, () => {
    const plan = buildPlan(input({ messages: [listed(1, 'a', size)], ...changes }))
    assert.equal(say(plan.entries[0]), expected)
    assert.equal(plan.entries.length, 1)
    assert.equal(plan.bytes, size)
  })
}

test('plan: a nameless message is fetched in every run', () => {
  const plan = buildPlan(input({ messages: [listed(1, undefined, size)], known: book(row('a', mail(1))) }))
  assert.equal(say(plan.entries[0]), 'fetch no-key to INBOX')
})

test('plan: keys are compared as bytes, case and all', () => {
  const plan = buildPlan(input({ messages: [listed(1, 'A', size)], known: book(row('a', mail(1))) }))
  assert.equal(say(plan.entries[0]), 'fetch new to INBOX')
})

test('headers are read ahead only for new messages, and only where the policy needs them', () => {
  const messages = [listed(1, 'a', size), listed(2, 'b', 10)]
  const known = book(row('a', mail(1)))
  assert.deepEqual(headersWanted(input({ messages, known })), [])
  const dated = policy({ folder: 'Archive/{year}' })
  assert.deepEqual(headersWanted(input({ messages, known, policy: dated })), [messages[1]])
})

test('a size limit is named with both sizes', () => {
  const quota = { used: 1_999_999, limit: 2_000_000 }
  assert.equal(tooBigReason(10, { appendLimit: undefined, quota: undefined }), undefined)
  assert.equal(tooBigReason(10, { appendLimit: 10, quota: undefined }), undefined)
  assert.match(tooBigReason(2_000_000, { appendLimit: 1_000_000, quota }) ?? '', /^2 MB .* 1 MB that the destination/)
  assert.equal(tooBigReason(2_000_000, { appendLimit: undefined, quota }), undefined, 'room may be made')
  assert.match(tooBigReason(3_000_000, { appendLimit: undefined, quota }) ?? '', /^3 MB .* 2 MB of its whole quota/)
  assert.equal(tooBigReason(10, { appendLimit: undefined, quota: { used: 0, limit: 0 } }), undefined, 'no limit at all')
})
