// The plan as a table for spreadsheets (CSV, RFC 4180): a row for each pair and folder, and for each reason to leave.
import { stringify } from 'csv-stringify/sync'
import type { PlanDocument, PlanPairDocument } from '../documents/plan-document.ts'

/** The columns. The messages and bytes of a pair's rows add up to what it lists. */
const columns = ['pair', 'part', 'folder', 'created', 'outcome', 'reason', 'messages', 'bytes'] as const

type Row = Readonly<Record<(typeof columns)[number], string | number>>

/** The first line of every such table. */
export const planCsvHeader = `${columns.join(',')}\n`

/** The whole table. What a spreadsheet would take for a formula is told from one by a quote in front. */
export function renderPlanCsv({ pairs }: PlanDocument): string {
  const rows = pairs.flatMap((pair) => rowsOf(pair))
  return planCsvHeader + stringify(rows, { columns: [...columns], escape_formulas: true })
}

function rowsOf(pair: PlanPairDocument): readonly Row[] {
  const row = (part: string, { count, bytes }: { count: number; bytes: number }, more: Partial<Row> = {}): Row => {
    const none = { folder: '', created: '', outcome: '', reason: '' }
    return { pair: pair.pair, part, ...none, ...more, messages: count, bytes }
  }
  const { error, folders, left, total, appendLimit } = pair
  if (error) return [row('no plan', pair.listed, { outcome: error.code, reason: error.message })]
  const rows = folders.flatMap(({ folder, exists, copy, compare }) => {
    const where = { folder, created: exists ? 'no' : 'yes' }
    return [row('copy', copy, where), row('compare', compare, where)].filter(({ messages }) => messages !== 0)
  })
  const leaving = left.map(({ outcome, reason, ...amount }) => row('leave', amount, { outcome, reason: reason ?? '' }))
  const most = appendLimit === null ? '' : `the destination takes ${appendLimit} octets at most`
  const tooBig = total.tooBig.count === 0 ? [] : [row('too big', total.tooBig, { outcome: 'too-big', reason: most })]
  const all = [...rows, ...leaving, ...tooBig]
  return all.length === 0 ? [row('nothing', pair.listed)] : all
}
