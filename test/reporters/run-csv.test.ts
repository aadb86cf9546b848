// A run as a table: it adds up, and no cell of it is a formula or acts on a terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { pairRunDocument, runDocumentOf, runOfPairs } from '../../src/reporters/json-run.ts'
import { renderRunCsv, runCsvHeader } from '../../src/reporters/run-csv.ts'
import { matchesGolden } from '../golden.ts'
import { hostileText, keyOf, mixedSummary, outcomes, refusedSummary, summaryOf } from './samples.ts'

function rowsOf(text: string): Record<string, string>[] {
  return parse(text, { columns: true })
}

test('a row for every message out of the ordinary, and one for all others of a kind', () => {
  const text = renderRunCsv(runDocumentOf({ summaries: [mixedSummary(), refusedSummary()], exitCode: 4, run: 42 }, '0'))
  assert.ok(text.startsWith(runCsvHeader))
  const stopped = rowsOf(text).filter(({ outcome }) => outcome === 'stopped')
  assert.deepEqual(
    stopped.map(({ pair, messages }) => [pair, messages]),
    [['carol', 'not listed']],
  )
  matchesGolden('reporters/run.csv', text)
})

test('the rows of a pair add up to what it lists, whether listed or counted', () => {
  const summary = summaryOf([
    ...outcomes('copied', 7, 10),
    ...outcomes('filtered', 4, 10, { isCarried: true, reason: 'old' }),
    ...outcomes('rejected', 3, 10, { code: 'nul' }),
    ...outcomes('pending', 5, 10),
  ])
  for (const which of ['all', 'new'] as const) {
    const rows = rowsOf(renderRunCsv(runOfPairs([pairRunDocument(summary, which)], 1, 3, '0')))
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)
    assert.deepEqual([sum('messages'), sum('bytes')], [19, 190])
    assert.equal(rows.length, which === 'all' ? 1 + 12 : 1 + 1 + 3 + 1)
  }
})

test('names, keys and reasons from anywhere stay text', () => {
  const formulas = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx', '\r=1', 'a,"b"\r\nc', hostileText]
  const all = formulas.flatMap((reason) =>
    outcomes('rejected', 1, 1, { reason, folder: reason, kept: reason }).map((one) => ({ ...one, key: keyOf(reason) })),
  )
  const text = renderRunCsv(runDocumentOf({ summaries: [summaryOf(all)], exitCode: 3 }, '0'))
  assert.doesNotMatch(text, /[^\P{C}\n]/u)
  for (const row of rowsOf(text)) {
    for (const cell of Object.values(row)) assert.doesNotMatch(cell, /^[=+\-@\t\r]/)
  }
  assert.ok(rowsOf(text).some(({ reason }) => reason === 'a,"b"\\x0d\\x0ac'))
})
