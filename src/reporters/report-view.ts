// A run that was kept, and the list of such runs, as people read them.
import type { UnfinishedRun } from '../core/archive.ts'
import { formatDuration } from '../core/format.ts'
import { outcomeKinds } from '../core/outcome.ts'
import type { PairRunDocument, RunDocument } from '../documents/run-document.ts'
import { summaryOfKept } from './kept-run.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { renderSummary } from './summary.ts'
import { type Column, tableLines } from './table.ts'
import { isUnmade } from './unmade.ts'
import { counted, dateTime, grouped, outcomeWords, partWords, shellWord } from './words.ts'

/** One run, and those after it that have no end. */
export interface ReportView {
  readonly run: RunDocument | undefined
  /** Pairs are configured that were not kept of it: whether they took part is not known. */
  readonly mayBePart?: boolean
  readonly unfinished: readonly UnfinishedRun[]
  readonly exitCode: number
}

/** A line of the list. */
export interface ReportListRow {
  readonly run: number
  readonly startedAt: number
  readonly milliseconds: number
  readonly exitCode: number
  readonly pairs: readonly string[]
  readonly listed: number
  readonly copied: number
  readonly unmade: number
}

/** The list. */
export interface ReportListView {
  readonly runs: readonly ReportListRow[]
  /** Older ones are kept that are not among them. */
  readonly hasMore: boolean
  readonly unfinished: readonly UnfinishedRun[]
  readonly exitCode: number
}

const nothingKept = 'No run has had anything to tell yet: the first one that moves mail, or fails, is kept.'

/** The report of a run as text, ready to be written. */
export function renderReport({ run, mayBePart, unfinished }: ReportView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = unfinishedLines(unfinished, page)
  if (lines.length > 0 && run) lines.push('')
  if (run === undefined) return `${(lines.length > 0 ? lines : paragraph(nothingKept, page, 0)).join('\n')}\n`
  const end = Date.parse(run.startedAt) + run.milliseconds
  const times = `${dateTime(Date.parse(run.startedAt))}, ended ${dateTime(end)}`
  lines.push(...paragraph(`Run ${grouped(run.run ?? 0)} began ${times}.`, page, 0, 'strong'))
  if (mayBePart) lines.push(...paragraph(partWords, page, 0, 'faint'))
  lines.push('')
  const summary = renderSummary(run.pairs.map(summaryOfKept), options)
  const earlier = run.pairs.flatMap((pair) => earlierLines(pair, page))
  if (earlier.length > 0) earlier.unshift('')
  return [...lines, summary, ...earlier.map((line) => `${line}\n`)]
    .map((line) => (line.endsWith('\n') ? line : `${line}\n`))
    .join('')
}

/** What earlier runs had decided, and this one only counted. */
function earlierLines({ pair, unlisted }: PairRunDocument, page: Page): string[] {
  const lines: string[] = []
  for (const { outcome, count, reason, carried } of unlisted) {
    if (!carried || !isUnmade(outcome)) continue
    const why = reason === null ? '' : `: ${reason}`
    const text = `${pair}: ${counted(count, 'message')} ${outcomeWords(outcome)} in earlier runs${why}`
    lines.push(...paragraph(text, page, { first: 0, rest: 2 }))
  }
  if (lines.length > 0) lines.push(...paragraph(`They are listed by: mailhaul status ${shellWord(pair)}`, page, 0))
  return lines
}

const lives = {
  running: 'and is still at work',
  gone: 'and has no end: it was killed, or its machine stopped. The next run settles what it left open',
  unknown: 'and has no end yet. It is, or was, at work where it cannot be seen from here',
} as const

function unfinishedLines(unfinished: readonly UnfinishedRun[], page: Page): string[] {
  return unfinished.flatMap(({ pair, number, startedAt, life, outcomes, unsettled }) => {
    const name = number === undefined ? 'A run' : `Run ${grouped(number)}`
    const text = `${name} of ${pair} began ${dateTime(startedAt)}, ${lives[life]}.`
    const done = outcomeKinds.flatMap((kind) => {
      const amount = outcomes[kind]
      return amount === undefined ? [] : [`${grouped(amount.count)} ${outcomeWords(kind)}`]
    })
    const open = unsettled === 0 ? [] : [`${counted(unsettled, 'append')} without an answer`]
    const known = [...done, ...open]
    const tone = life === 'gone' ? 'bad' : 'warn'
    return [
      ...paragraph(text, page, { first: 0, rest: 2 }, tone),
      ...paragraph(known.length === 0 ? 'It had brought nothing to an end.' : `So far: ${known.join(', ')}.`, page, 2),
    ]
  })
}

const columns: readonly Column[] = [
  { title: 'run', align: 'right' },
  { title: 'began', align: 'left' },
  { title: 'took', align: 'right', whenTight: 'drop' },
  { title: 'pairs', align: 'left', whenTight: 'shrink' },
  { title: 'listed', align: 'right', whenTight: 'drop' },
  { title: 'copied', align: 'right' },
  { title: 'open', align: 'right' },
  { title: 'exit', align: 'right' },
]

/** The list as text, ready to be written. */
export function renderReportList({ runs, hasMore, unfinished }: ReportListView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = unfinishedLines(unfinished, page)
  if (lines.length > 0 && runs.length > 0) lines.push('')
  if (runs.length === 0) {
    if (lines.length === 0) lines.push(...paragraph(nothingKept, page, 0))
    return `${lines.join('\n')}\n`
  }
  const rows = runs.map(({ run, startedAt, milliseconds, exitCode, pairs, listed, copied, unmade }) => {
    const who = pairs.length === 1 ? (pairs[0] ?? '') : counted(pairs.length, 'pair')
    const cells = [String(run), dateTime(startedAt), formatDuration(milliseconds), who]
    return {
      cells: [...cells, grouped(listed), grouped(copied), grouped(unmade), String(exitCode)],
      tone: exitCode === 0 ? ('plain' as const) : ('bad' as const),
    }
  })
  lines.push(...tableLines(columns, rows, page, 0))
  if (hasMore) lines.push(...paragraph('Older ones are kept as well: --json lists all.', page, 0, 'faint'))
  return `${[...lines, '', 'One of them: mailhaul report --run NUMBER'].join('\n')}\n`
}
