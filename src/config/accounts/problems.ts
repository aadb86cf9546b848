// Tells what is wrong with a list of accounts: one line for rows with the same problem, and never a word of a cell.
import { quote } from '../problem.ts'
import type { ListProblem, RawMap } from './list.ts'

const mostSpans = 20

/** One line each: `accounts.csv row 17, host1: this is missing; …`; rows with the same problem share one. */
export function formatListProblems(problems: readonly ListProblem[], file: string): string[] {
  const groups = Map.groupBy(problems, ({ column, message, hint }) => `${column}\n${message}\n${hint}`)
  const lines = [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const rows = [...new Set(group.map(({ row }) => row))].toSorted((one, other) => one - other)
    const place = first.column === '' ? '' : `, ${quote(first.column).slice(1, -1)}`
    return [{ row: rows[0] ?? 0, text: `${file} ${rowWords(rows)}${place}: ${first.message}; ${first.hint}` }]
  })
  return lines.toSorted((one, other) => one.row - other.row).map(({ text }) => text)
}

/** `row 17`, or `rows 2-40, 42 and 45`. */
function rowWords(rows: readonly number[]): string {
  const spans: { from: number; to: number }[] = []
  for (const row of rows) {
    const last = spans.at(-1)
    if (last && last.to === row - 1) last.to = row
    else spans.push({ from: row, to: row })
  }
  const shown = spans.slice(0, mostSpans).map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`))
  const told = spans.slice(0, mostSpans).reduce((sum, { from, to }) => sum + to - from + 1, 0)
  const more = rows.length > told ? ` and ${rows.length - told} more` : ''
  return `${rows.length === 1 ? 'row' : 'rows'} ${shown.join(', ')}${more}`
}

/**
 * A message of the schema without the values of this row: where a separator is missing in one cell, what is taken for
 * the name of a host may be a password.
 */
export function withoutCells(message: string, pair: RawMap): string {
  let shown = message
  for (const cell of cellsOf(pair)) {
    shown = shown.replaceAll(quote(cell), 'this')
    if (shown.startsWith(`${cell} is `)) shown = `this${shown.slice(cell.length)}`
    // What is shorter stands in ordinary words.
    if (cell.length > 2) shown = shown.replaceAll(cell, 'it')
  }
  return shown
}

function cellsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(cellsOf) : []
}
