// Several pairs in one table: a line for each, a line for all, and the proof that nothing is missing.
import type { PairSummary } from '../core/events.ts'
import { formatBytes, formatDuration } from '../core/format.ts'
import type { Tally } from '../core/outcome.ts'
import { amountSum, tallySum } from './amount-sum.ts'
import { type Page, paragraph } from './page.ts'
import { isUnlisted, partsOf, sumLines } from './sums.ts'
import { type Column, type Row, tableLines } from './table.ts'
import { countOfUnmade } from './unmade.ts'
import { counted, grouped } from './words.ts'

const columns: readonly Column[] = [
  { title: 'pair', align: 'left', whenTight: 'shrink' },
  { title: 'listed', align: 'right' },
  { title: 'copied', align: 'right' },
  { title: 'size', align: 'right', whenTight: 'drop' },
  { title: 'there', align: 'right', whenTight: 'drop' },
  { title: 'left out', align: 'right', whenTight: 'drop' },
  { title: 'open', align: 'right' },
  { title: 'time', align: 'right', whenTight: 'drop' },
  { title: 'trouble', align: 'left' },
]

/** The lines of the table; `size` is what was copied, `open` what did not make it or was not reached. */
export function summaryTable(summaries: readonly PairSummary[], page: Page): string[] {
  const tally = tallySum(summaries)
  const listed = amountSum(summaries.map((summary) => summary.listed)).count
  const rows: Row[] = summaries.map((summary) => ({
    cells: pairCells(summary),
    tone: summary.exitCode === 0 ? 'plain' : 'bad',
  }))
  const total = `total of ${grouped(summaries.length)}`
  rows.push({ cells: cellsOf(total, listed, tally, elapsedTime(summaries), ''), tone: 'strong' })
  return [...tableLines(columns, rows, page, 0), '', ...closingLines(summaries, page)]
}

/** The proof that nothing is missing, and whether all went through. */
export function closingLines(summaries: readonly PairSummary[], page: Page): string[] {
  const listed = amountSum(summaries.map((summary) => summary.listed)).count
  const troubled = summaries.filter((summary) => summary.exitCode !== 0).length
  const partial = summaries.filter(({ window }) => window !== undefined).length
  const part = partial === 0 ? '' : ` Of ${counted(partial, 'source')}, perhaps only part was seen.`
  const verdict =
    troubled === 0
      ? `All pairs went through.${part}`
      : `${counted(troubled, 'pair')} of ${grouped(summaries.length)} did not go through.${part}`
  const unlisted = summaries.filter(isUnlisted).length
  const whose = unlisted === 1 ? 'was not listed: its' : 'were not listed: their'
  const without = `${counted(unlisted, 'pair')} of ${grouped(summaries.length)} ${whose} mail was not looked at.`
  return [
    ...(unlisted < summaries.length ? sumLines(listed, partsOf(tallySum(summaries)), page, 0) : []),
    ...(unlisted > 0 ? paragraph(without, page, 0, 'warn') : []),
    ...paragraph(verdict, page, 0, troubled > 0 ? 'bad' : partial > 0 ? 'warn' : 'good'),
  ]
}

/** Whether there is something to be said that is no error. */
export function isWarned({ warnings, window }: PairSummary): boolean {
  return warnings.length > 0 || window !== undefined
}

function pairCells(summary: PairSummary): string[] {
  const { pair, listed, tally, milliseconds } = summary
  const cells = cellsOf(pair, listed.count, tally, milliseconds, troubleOf(summary))
  if (!isUnlisted(summary)) return cells
  // The line below the table says in words what a dash means: here it would cost a column.
  return [pair, ...Array.from({ length: 6 }, () => '-'), ...cells.slice(-2)]
}

function cellsOf(pair: string, listed: number, tally: Tally, milliseconds: number, trouble: string): string[] {
  const { copied, adopted, duplicate, filtered, empty } = tally
  const there = tally['already-there'].count + adopted.count
  const leftOut = duplicate.count + filtered.count + empty.count
  const moved = [grouped(listed), grouped(copied.count), formatBytes(copied.bytes)]
  const others = [there, leftOut, countOfUnmade(tally)].map(grouped)
  return [pair, ...moved, ...others, formatDuration(milliseconds), trouble]
}

function troubleOf(summary: PairSummary): string {
  if (summary.error) return summary.error.code
  return isWarned(summary) ? 'warning' : ''
}

/** The time that these pairs took, in words. */
export function elapsed(summaries: readonly PairSummary[]): string {
  return formatDuration(elapsedTime(summaries))
}

/** From the start of the first pair to the end of the last: pairs run side by side. */
function elapsedTime(summaries: readonly PairSummary[]): number {
  let start = Number.POSITIVE_INFINITY
  let end = Number.NEGATIVE_INFINITY
  for (const { startedAt, milliseconds } of summaries) {
    start = Math.min(start, startedAt)
    end = Math.max(end, startedAt + milliseconds)
  }
  return end - start
}
