// The closing report of a thousand pairs: failures by cause, the rest counted, and never a row for each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { causes } from '../../src/core/cause.ts'
import { type ErrorCode, exitCodeOf, interrupted, MailhaulError } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { renderSummary } from '../../src/reporters/summary.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { hostileText, outcomes, summaryOf } from './samples.ts'

function failing(code: ErrorCode, message: string, hint = 'Mend it.'): Partial<PairSummary> {
  const error = new MailhaulError({ code, scope: 'pair', retry: 'never', message, hint })
  return { error, exitCode: exitCodeOf[code] }
}

/** A thousand customers, of whom one in fifty fails. */
function fleet(): PairSummary[] {
  return Array.from({ length: 1000 }, (_, at) => {
    const pair = `c${String(at).padStart(4, '0')}`
    const user = `user${at}@customer.example`
    const refused = failing('auth', `The server refused the login of ${user}.`, 'Check the user name and password.')
    if (at % 100 === 7) return summaryOf([], { pair, ...refused })
    if (at % 250 === 8) return summaryOf([], { pair, ...failing('connect', `Nothing answers at pop${at}.example.`) })
    if (at === 9) return summaryOf(outcomes('pending', 5, 10), { pair, ...failing('quota', 'The mailbox is full.') })
    if (at % 500 === 10) {
      const reason = 'the destination said: too large'
      return summaryOf([...outcomes('copied', 7, 1000), ...outcomes('too-big', 2, 90_000_000, { reason })], {
        pair,
        exitCode: 3,
      })
    }
    const warnings = at % 200 === 11 ? ['The source sends LF where CRLF belongs.'] : []
    return summaryOf([...outcomes('copied', at % 3, 2000), ...outcomes('already-there', 20, 2000)], { pair, warnings })
  })
}

test('a thousand pairs: what failed comes first, by cause, and the rest is counted', () => {
  const text = renderSummary(fleet(), plainPage)
  assertFits(text)
  assertColours((options) => renderSummary(fleet(), options))
  assert.ok(text.split('\n').length < 60)
  matchesGolden('reporters/summary-many.txt', text)
})

test('a table of results that is written anyway is not asked for', () => {
  assert.match(renderSummary(fleet(), plainPage), /For all of them: --results FILE writes a table\./)
  const text = renderSummary(fleet(), { ...plainPage, results: 'results.csv' })
  assert.match(text, /All of them are in results\.csv\./)
  assert.doesNotMatch(text, /--results/)
})

test('where all went well, little is said', () => {
  const text = renderSummary(
    fleet().map(({ pair }) => summaryOf(outcomes('copied', 2, 1000), { pair })),
    plainPage,
  )
  assertFits(text)
  assert.deepEqual(text.split('\n').length, 7)
  assert.match(text, /^2,000 listed = 2,000 copied\nAll pairs went through\.$/m)
})

test('every cause has its line, hostile texts do no harm, and nothing grows with the number of pairs', () => {
  const codes = Object.keys(exitCodeOf).filter((code): code is ErrorCode => code in exitCodeOf)
  const all = codes.flatMap((code) =>
    Array.from({ length: 300 }, (_, at) =>
      summaryOf([], {
        pair: `${code}${at}${hostileText}`,
        ...failing(code, `${hostileText}${at}`, `${hostileText}${at}`),
      }),
    ),
  )
  const text = renderSummary([...all, summaryOf([], { pair: 'good' })], plainPage)
  assertFits(text)
  assert.ok(text.split('\n').length < 600, String(text.split('\n').length))
  for (const cause of causes) if (cause !== 'partial') assert.match(text, new RegExp(`^${cause} `, 'm'))
})

test('a sum that is wrong in one of many is not hidden in the sum of all', () => {
  const summaries = fleet()
  summaries[500] = summaryOf(outcomes('copied', 1, 10), { pair: 'c0500', listed: { count: 2, bytes: 20 } })
  assert.match(renderSummary(summaries, plainPage), /c0500:\n {2}THIS DOES NOT ADD UP/)
})

test('pairs that were not reached are one group', () => {
  const stopped = Array.from({ length: 900 }, (_, at) =>
    summaryOf([], { pair: `p${at}`, error: interrupted(), exitCode: 130 }),
  )
  const text = renderSummary(stopped, plainPage)
  assert.match(text, /^interrupted, 900 pairs: the run was stopped before the pair was through$/m)
  assert.match(text, /and 895 more/)
})
