// The plan as a table: it adds up, and no cell of it is a formula.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { planCsvHeader, renderPlanCsv } from '../../src/reporters/plan-csv.ts'
import { planDocumentOf } from '../../src/reporters/plan-document.ts'
import { matchesGolden } from '../golden.ts'
import { hostileText } from './samples.ts'
import { planPair, planView, planViewOfSeveral } from './view-samples.ts'

function rowsOf(text: string): Record<string, string>[] {
  return parse(text, { columns: true })
}

test('a row for each pair and folder, and for each reason to leave', () => {
  const text = renderPlanCsv(planDocumentOf(planViewOfSeveral, '0'))
  assert.ok(text.startsWith(planCsvHeader))
  matchesGolden('reporters/plan.csv', text)
})

test('the rows of a pair add up to what it lists; a pair with nothing has a row as well', () => {
  const empty = { ...planPair, pair: 'empty', listed: { count: 0, bytes: 0 }, folders: [], left: [], tooBig: undefined }
  const rows = rowsOf(renderPlanCsv(planDocumentOf({ ...planView, pairs: [planPair, empty] }, '0')))
  const sum = (pair: string) =>
    rows.filter((row) => row.pair === pair).reduce((total, { messages }) => total + Number(messages), 0)
  assert.deepEqual([sum('alice'), sum('empty'), rows.at(-1)?.part], [2000, 0, 'nothing'])
})

test('names and reasons from anywhere stay text', () => {
  const formulas = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx', 'a,"b"\r\nc', hostileText]
  const amount = { count: 1, bytes: 1 }
  const pair = {
    ...planPair,
    folders: formulas.map((folder) => ({ folder, exists: true, copy: amount, compare: { count: 0, bytes: 0 } })),
    left: formulas.map((reason) => ({ outcome: 'filtered' as const, reason, amount })),
  }
  const rows = rowsOf(renderPlanCsv(planDocumentOf({ ...planView, pairs: [pair] }, '0')))
  assert.equal(rows.length, 2 * formulas.length + 1)
  for (const { folder = '', reason = '' } of rows) assert.doesNotMatch(folder + reason, /^[=+\-@\t\r]/)
  assert.equal(rows.find(({ folder }) => folder?.startsWith('a,'))?.folder, 'a,"b"\r\nc')
})
