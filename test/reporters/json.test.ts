// The JSON documents that scripts read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../src/core/errors.ts'
import { keyFromBytes } from '../../src/core/message.ts'
import { outcomeKinds, outcomeOf } from '../../src/core/outcome.ts'
import { planDocument } from '../../src/documents/plan-document.ts'
import { runDocument } from '../../src/documents/run-document.ts'
import { renderJson } from '../../src/reporters/json.ts'
import { pairRunDocument, runDocumentOf } from '../../src/reporters/json-run.ts'
import { planDocumentOf } from '../../src/reporters/plan-document.ts'
import { assertDocument } from '../documents/strict.ts'
import { matchesGolden } from '../golden.ts'
import {
  endlessText,
  goodSummary,
  hostileText,
  keyOf,
  mixedSummary,
  outcomes,
  refusedSummary,
  summaryOf,
} from './samples.ts'
import { checkView, planViewOfSeveral, planViewWithEntries, statusView, verifyView } from './view-samples.ts'

const placed = { folder: 'INBOX', uidValidity: 17, uid: 4711 }

/** A run with an adopted and a refused message, small enough to be read. */
function smallRun() {
  const bad = keyOf('\x1b[31mred\xe9')
  const all = [
    ...outcomes('copied', 2, 1000),
    outcomeOf('adopted', { key: keyOf('uid-3'), size: 900 }, { placed, folder: 'INBOX', dateRule: 'date' }),
    outcomeOf('rejected', { key: bad, size: 12 }, { reason: 'NUL', code: 'append-refused', folder: 'INBOX' }),
    outcomeOf('empty', { key: undefined, size: 0 }),
  ]
  return summaryOf(all, {
    exitCode: 3,
    warnings: ['sizes differ'],
    milliseconds: 1234.56,
    removal: { removed: 1, toConfirm: 1, kept: [{ reason: 'not at the destination', count: 2 }] },
  })
}

test('sync: one document for all pairs', () => {
  const text = renderJson('sync', { summaries: [smallRun(), refusedSummary()], exitCode: 4 }, '0.0.0')
  matchesGolden('reporters/sync.json', text)
})

test('sync: the document is what its schema says, and nothing else', () => {
  for (const summary of [goodSummary(), mixedSummary(), refusedSummary(), smallRun()]) {
    assertDocument(runDocument, JSON.parse(renderJson('sync', { summaries: [summary], exitCode: 0 }, '0')))
  }
  assert.throws(() => assertDocument(runDocument, { ...runDocumentOf({ summaries: [], exitCode: 0 }, '0'), more: 1 }))
})

test('what is new is listed, what was decided before and what was not reached is counted; together they are all', () => {
  const carried = outcomes('filtered', 3, 10, { reason: 'larger than 5 B', isCarried: true })
  const summary = summaryOf([
    ...outcomes('copied', 2, 7),
    ...carried,
    ...outcomes('filtered', 1, 10, { reason: 'larger than 5 B' }),
    ...outcomes('rejected', 1, 10, { code: 'nul', reason: 'NUL', isCarried: true }),
    ...outcomes('pending', 4, 10, { reason: 'the link was lost', code: 'disconnected' }),
  ])
  const all = pairRunDocument(summary, 'all')
  assert.deepEqual([all.exceptions.length, all.unlisted], [9, []])
  assert.deepEqual(
    all.exceptions.map(({ carried }) => carried),
    [true, true, true, false, true, false, false, false, false],
  )
  const document = pairRunDocument(summary, 'new')
  assert.deepEqual(
    document.exceptions.map(({ outcome }) => outcome),
    ['filtered'],
  )
  assert.deepEqual(
    document.unlisted.map(({ outcome, count, bytes, carried }) => [outcome, count, bytes, carried]),
    [
      ['filtered', 3, 30, true],
      ['rejected', 1, 10, true],
      ['pending', 4, 40, false],
    ],
  )
  assert.match(document.unlisted[1]?.remedy ?? '', /repair/)
})

test('plan, check, verify, status and secret', () => {
  matchesGolden('reporters/plan.json', renderJson('plan', planViewOfSeveral, '0.0.0'))
  for (const view of [planViewOfSeveral, planViewWithEntries])
    assertDocument(planDocument, planDocumentOf(view, '0.0.0'))
  matchesGolden('reporters/plan-entries.json', renderJson('plan', planViewWithEntries, '0.0.0'))
  matchesGolden('reporters/check.json', renderJson('check', checkView, '0.0.0'))
  matchesGolden('reporters/verify.json', renderJson('verify', verifyView, '0.0.0'))
  matchesGolden('reporters/status.json', renderJson('status', statusView, '0.0.0'))
  matchesGolden('reporters/secret.json', renderJson('secret', { accounts: ['alice/source'] }, '0.0.0'))
})

test('every document begins alike, ends with one line end, and knows its kind', () => {
  const text = renderJson('status', statusView, '1.2.3')
  assert.deepEqual(Object.entries(JSON.parse(text)).slice(0, 3), [
    ['mailhaul', '1.2.3'],
    ['format', 1],
    ['kind', 'status'],
  ])
  assert.ok(text.endsWith('}\n'))
})

test('every outcome is there, zero or not, in report order', () => {
  const { total, pairs } = JSON.parse(renderJson('sync', { summaries: [goodSummary()], exitCode: 0 }, '0'))
  assert.deepEqual(Object.keys(total.outcomes), outcomeKinds)
  assert.deepEqual(pairs[0].outcomes, goodSummary().tally)
  assert.equal(pairs[0].addsUp, true)
})

test('no two fields depend on the order in which values were made', () => {
  const { pair, ...rest } = goodSummary()
  const turned = Object.fromEntries(Object.entries({ ...rest, pair }).reverse())
  const straight = renderJson('sync', { summaries: [goodSummary()], exitCode: 0 }, '0')
  assert.equal(renderJson('sync', { summaries: [{ ...goodSummary(), ...turned }], exitCode: 0 }, '0'), straight)
})

test('a key is given exactly: readable where that is all of it, in base64 where it is not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 120 }), (bytes) => {
      const summary = summaryOf([outcomeOf('rejected', { key: keyFromBytes(bytes), size: 1 })])
      const { pairs } = JSON.parse(renderJson('sync', { summaries: [summary], exitCode: 3 }, '0'))
      const { key, keyBase64 } = pairs[0].exceptions[0]
      const back = keyBase64 === null ? Buffer.from(key, 'latin1') : Buffer.from(keyBase64, 'base64')
      assert.deepEqual(new Uint8Array(back), bytes)
    }),
  )
})

test('hostile texts: nothing in the document acts on a terminal, and it still says what was said', () => {
  const error = new MailhaulError({
    code: 'protocol',
    scope: 'host',
    retry: 'later',
    message: `${hostileText}\u{e0041}`,
    hint: endlessText,
    cause: new Error(hostileText),
  })
  const summary = summaryOf(outcomes('rejected', 1, 1, { reason: hostileText, folder: hostileText }), {
    pair: hostileText,
    error,
    exitCode: 1,
    warnings: [hostileText, '\ud800 half a pair'],
  })
  const text = renderJson('sync', { summaries: [summary], exitCode: 1 }, '0')
  assert.doesNotMatch(text, /[^\P{C}\n]|[\u2028\u2029]/u)
  const { pairs } = JSON.parse(text)
  assert.equal(pairs[0].pair, hostileText)
  assert.equal(pairs[0].error.message, `${hostileText}\u{e0041}`)
  assert.equal(pairs[0].exceptions[0].folder, hostileText)
  assert.equal(pairs[0].error.hint.length, 2001)
})
