// The results of a run as a table: a row for each pair, worst causes first, and nothing in it that a spreadsheet runs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { causes } from '../../src/core/cause.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import { type Result, renderResults, resultOf, resultsHeader } from '../../src/reporters/results-csv.ts'
import { endlessText, goodSummary, hostileText, mixedSummary, refusedSummary, summaryOf } from './samples.ts'

function about(pair: string) {
  return { pair, sourceHost: 'pop.example', sourceUser: pair, destinationHost: 'imap.example', destinationUser: pair }
}

function rowsOf(results: readonly Result[]): Record<string, string>[] {
  const text = renderResults(results)
  assert.ok(text.startsWith(resultsHeader))
  return parse<Record<string, string>>(text, { columns: true })
}

test('what became of each, in numbers that add up', () => {
  const results = [goodSummary(), mixedSummary(), refusedSummary()].map((summary) => ({
    pair: about(summary.pair),
    end: resultOf(summary),
  }))
  const rows = rowsOf([
    ...results,
    { pair: about('dora'), end: undefined },
    { pair: about('emil'), end: 'passed over' },
  ])
  assert.deepEqual(
    rows.map(({ cause, pair, exit_code }) => `${cause} ${pair} ${exit_code}`),
    ['auth carol 4', 'partial bob 3', 'not-reached dora ', 'done alice 0', 'passed-over emil '],
  )
  const number = (row: Record<string, string> | undefined, column: string) => Number(row?.[column])
  const [carol, bob] = rows
  assert.deepEqual([carol?.listed, carol?.copied, carol?.bytes_listed], ['not listed', '', ''])
  const parts = ['copied', 'already_there', 'adopted', 'left_out', 'not_made', 'not_reached']
  assert.equal(
    number(bob, 'listed'),
    parts.reduce((sum, column) => sum + number(bob, column), 0),
  )
  assert.deepEqual([number(bob, 'not_made'), number(bob, 'not_reached')], [26, 7])
  assert.match(bob?.message ?? '', /^too big: larger than the 35\.7 MB/)
  assert.match(bob?.warnings ?? '', /LF where CRLF/)
})

test('a cell is one line, not endless, and never the beginning of a formula', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(hostileText, '=1+1', '+1', '-1', '@x', '\t=1', '\r\n=1', '"', ',', ' =1', '\u2028=1', '\u0000=1'),
  )
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, message, hint) => {
      const error = new MailhaulError({ code: 'auth', scope: 'pair', retry: 'never', message, hint })
      const end = resultOf(summaryOf([], { pair: name, error, exitCode: 4, warnings: [message] }))
      const text = renderResults([{ pair: about(name), end }])
      const rows = parse(text)
      assert.equal(rows.length, 2)
      for (const cell of rows[1] ?? []) {
        assert.doesNotMatch(cell, /^[=+\-@\t\r]/)
        assert.doesNotMatch(cell, /[\p{Cc}\p{Zl}\p{Zp}]/u)
      }
      assert.equal(text.split('\n').length, 3)
    }),
  )
  const long = resultOf(summaryOf([], { warnings: [endlessText] }))
  assert.ok(renderResults([{ pair: about('a'), end: long }]).length < 2000)
})

test('the order of causes is that in which they should be looked at', () => {
  assert.deepEqual([causes[0], causes.at(-1)], ['auth', 'done'])
  assert.ok(causes.indexOf('tls') < causes.indexOf('partial'))
})

test('ten thousand rows do not take long to write', () => {
  const end = resultOf(refusedSummary())
  const results = Array.from({ length: 10_000 }, (_, at) => ({ pair: about(`c${at}`), end }))
  assert.equal(renderResults(results).split('\n').length, 10_002)
})
