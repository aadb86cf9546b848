// The closing report of a run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { interrupted, MailhaulError } from '../../src/core/errors.ts'
import { outcomeKinds, outcomeOf } from '../../src/core/outcome.ts'
import { renderSummary } from '../../src/reporters/summary.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
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

test('one pair that went well', () => {
  const text = renderSummary([goodSummary()], plainPage)
  assertFits(text)
  matchesGolden('reporters/summary-good.txt', text)
})

test('one pair with every kind of outcome', () => {
  const text = renderSummary([mixedSummary()], plainPage)
  assertFits(text)
  for (const kind of outcomeKinds) assert.match(text, new RegExp(`^  ${kind.replaceAll('-', ' ')} {2,}`, 'm'))
  matchesGolden('reporters/summary-mixed.txt', text)
})

test('a pair that was refused: one sentence and a hint; causes with --verbose; never a stack trace', () => {
  const text = renderSummary([refusedSummary()], plainPage)
  const verbose = renderSummary([refusedSummary()], { ...plainPage, verbose: true })
  assertFits(verbose)
  assert.doesNotMatch(verbose, /^\s+at /m)
  assert.ok(!text.includes('Authentication failed'), 'causes only with --verbose')
  matchesGolden('reporters/summary-refused.txt', `${text}\n# --verbose\n${verbose}`)
})

test('several pairs: a table, the sum, and the pairs in trouble', () => {
  const longName = summaryOf(outcomes('already-there', 123_456, 21_000), {
    pair: 'a.person.with.a.long.name@department.company.example',
    milliseconds: 96_300_000,
  })
  const text = renderSummary([goodSummary(), mixedSummary(), refusedSummary(), longName], plainPage)
  assertFits(text)
  matchesGolden('reporters/summary-several.txt', text)
})

test('pairs that were never listed have no sum of nothing', () => {
  const text = renderSummary([refusedSummary(), refusedSummary()], plainPage)
  assert.match(text, /^carol +- +-.+auth$/m)
  assert.match(text, /^2 pairs of 2 were not listed: their mail was not looked at\.$/m)
  assert.doesNotMatch(text, /0 listed/)
})

test('the time of all pairs is from the first start to the last end: they run side by side', () => {
  const first = { ...goodSummary(), startedAt: 1_000_000, milliseconds: 60_000 }
  const second = { ...goodSummary(), pair: 'bob', startedAt: 1_030_000, milliseconds: 60_000 }
  assert.match(renderSummary([second, first], plainPage), /^total of 2 .* 1 min 30 s$/m)
})

test('small things said right: nothing new, empty mailbox, adopted only, interrupted, no pairs', () => {
  const pending = [...outcomes('copied', 1, 10), ...outcomes('pending', 99, 20)]
  const texts = [
    renderSummary([summaryOf(outcomes('already-there', 3, 1000))], plainPage),
    renderSummary([summaryOf([])], plainPage),
    renderSummary([summaryOf(outcomes('adopted', 12, 1000))], plainPage),
    renderSummary([summaryOf(pending, { error: interrupted(), exitCode: 130, milliseconds: 1200 })], plainPage),
    renderSummary([], plainPage),
  ]
  for (const text of texts) assertFits(text)
  matchesGolden('reporters/summary-small.txt', texts.join(`${'-'.repeat(80)}\n`))
})

test('where only part of a mailbox may have been seen, nothing says that it was all, and the reason stands first', () => {
  const window = 'This may not be the whole mailbox: the source counts 500 and lists 250.'
  const empty = renderSummary([summaryOf([], { window })], plainPage)
  const nothingNew = renderSummary([summaryOf(outcomes('already-there', 3, 1000), { window })], plainPage)
  const several = renderSummary([summaryOf(outcomes('copied', 3, 1000), { window }), goodSummary()], plainPage)
  for (const text of [empty, nothingNew, several]) {
    assertFits(text)
    assert.match(text, /Warning: This may not be the whole mailbox: the source counts 500 and lists\s+250\./)
    assert.doesNotMatch(text, /mailbox is empty|nothing new \(/)
  }
  assert.match(several, /All pairs went through\. Of 1 source, perhaps only part was seen\./)
})

test('a sum that does not add up is said loudly, for one pair and in the table', () => {
  const wrong = { ...goodSummary(), listed: { count: 2001, bytes: 1 } }
  const one = renderSummary([wrong], plainPage)
  const several = renderSummary([wrong, goodSummary()], plainPage)
  for (const text of [one, several]) {
    assertFits(text)
    assert.match(text, /THIS DOES NOT ADD UP: [24],001 listed, but/)
    assert.match(text, /1 message unaccounted for: this is a fault in mailhaul, please report it\./)
  }
  const tooMany = renderSummary([{ ...goodSummary(), listed: { count: 1998, bytes: 1 } }], plainPage)
  assert.match(tooMany, /2 messages too many/)
  assert.doesNotMatch(renderSummary([goodSummary()], plainPage), /ADD UP/)
})

test('two wrong sums that cancel each other out are still noticed', () => {
  const more = { ...goodSummary(), pair: 'more', listed: { count: 2001, bytes: 1 } }
  const less = { ...goodSummary(), pair: 'less', listed: { count: 1999, bytes: 1 } }
  const text = renderSummary([more, less], plainPage)
  assert.equal(text.match(/THIS DOES NOT ADD UP/g)?.length, 2)
})

test('messages that did not make it: twenty per pair, every reason among them, the rest counted', () => {
  const failed = [
    ...outcomes('rejected', 500, 4000, { reason: 'NUL' }),
    ...outcomes('failed', 1, 4000, { reason: 'lost four times' }),
  ]
  const text = renderSummary([summaryOf(failed, { exitCode: 3 })], plainPage)
  assert.equal(text.match(/^ {6}rejected-\d{4} {2}4 kB$/gm)?.length, 19)
  assert.match(text, /and 481 more/)
  assert.match(text, /failed-0001 {2}4 kB/)
  assert.match(text, /501 messages did not make it/)
})

test('a reason of its own for every message does not flood the page', () => {
  const failed = Array.from({ length: 3000 }, (_, index) =>
    outcomeOf('rejected', { key: keyOf(`k${index}`), size: 1 }, { reason: `refused with code ${index}` }),
  )
  const text = renderSummary([summaryOf(failed, { exitCode: 3 })], plainPage)
  assert.match(text, /and 2,980 more messages for 2,980 more reasons/)
  assert.ok(text.split('\n').length < 70)
})

test('hostile texts everywhere: escaped, bounded, within eighty columns', () => {
  const error = new MailhaulError({
    code: 'protocol',
    scope: 'pair',
    retry: 'never',
    message: hostileText,
    hint: endlessText,
    cause: new Error(hostileText + endlessText),
  })
  const key = keyOf('\x1b]0;owned\x07\r\n\x9b31m\xe9'.repeat(30))
  const bad = [
    outcomeOf('rejected', { key, size: 1 }, { reason: hostileText + endlessText }),
    outcomeOf('failed', { key: undefined, size: 1 }, { reason: hostileText }),
  ]
  const warnings = [endlessText, ...Array.from({ length: 5000 }, (_, index) => `${hostileText}${index}`)]
  const summary = summaryOf(bad, { pair: hostileText, error, exitCode: 1, warnings })
  for (const summaries of [[summary], [summary, summary]]) {
    const text = renderSummary(summaries, { ...plainPage, verbose: true })
    assertFits(text)
    assert.ok(text.length < 60_000, `${text.length} characters`)
    assert.match(text, /\\x1b\]0;owned\\x07/)
    assert.match(text, /\\u202e/)
  }
})

test('colours change nothing but colours', () => {
  assertColours((options) => renderSummary([mixedSummary()], options))
  assertColours((options) => renderSummary([goodSummary(), mixedSummary(), refusedSummary()], options))
})

test('fits any page from forty columns on, with any names, counts and times', () => {
  const counts = fc.record({
    copied: fc.nat(3),
    rejected: fc.nat(3),
    size: fc.integer({ min: 0, max: 1e13 }),
    milliseconds: fc.integer({ min: 0, max: 1e10 }),
    pair: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 70 }),
    reason: fc.string({ unit: 'grapheme', maxLength: 200 }),
  })
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1, maxLength: 4 }), fc.integer({ min: 40, max: 130 }), (all, columns) => {
      const summaries = all.map(({ copied, rejected, size, milliseconds, pair, reason }) => {
        const made = [...outcomes('copied', copied, size), ...outcomes('rejected', rejected, size, { reason })]
        return summaryOf(made, { pair, milliseconds, exitCode: rejected > 0 ? 3 : 0 })
      })
      const text = renderSummary(summaries, { columns, colour: false })
      assertFits(text, columns)
    }),
    { numRuns: 200 },
  )
})

test('what was tried again, settled and read back is told where there was any of it', () => {
  const summary = goodSummary()
  const figures = {
    ...summary.figures,
    reconnects: 2,
    retries: [{ code: 'disconnected' as const, message: 'lost', count: 3, waitedMilliseconds: 4200 }],
    settled: { found: 10, missing: 2 },
    verdicts: { identical: 1, canonicalEqual: 2, different: 0 },
    rewrites: [{ rule: '8-bit headers' as const, count: 2 }],
  }
  const text = renderSummary([{ ...summary, figures }], { columns: 100, colour: false })
  assert.match(text, /\n {2}2 more logins at the source; tried again 3 times, 4\.2 s waited\n/)
  assert.match(text, /\n {2}12 appends without an answer: 10 had arrived, 2 had not\n/)
  assert.match(
    text,
    /\n {2}Copies that were read back: 1 identical, 2 canonical-equal \(rewritten: 2 by 8-bit headers\),/,
  )
})
