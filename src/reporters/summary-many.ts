// The closing report of a run with very many pairs: a line for each cause, the first of each, and all others counted.
import { type Cause, causeMeaning, causeOf, causes } from '../core/cause.ts'
import type { PairSummary } from '../core/events.ts'
import { formatBytes } from '../core/format.ts'
import { amountSum, tallySum } from './amount-sum.ts'
import { type Page, paragraph } from './page.ts'
import { closingLines, elapsed, isWarned } from './summary-table.ts'
import { addsUp, isUnlisted, partsOf, sumLines, unlistedWords } from './sums.ts'
import { type Column, type Row, tableLines } from './table.ts'
import { countOfUnmade, isUnmade, reasonOf } from './unmade.ts'
import { counted, grouped } from './words.ts'

/** Up to so many pairs are told one by one. */
export const mostPairsInFull = 20

const columns: readonly Column[] = [
  { title: 'ended', align: 'left' },
  { title: 'pairs', align: 'right' },
  { title: 'listed', align: 'right' },
  { title: 'copied', align: 'right' },
  { title: 'size', align: 'right', whenTight: 'drop' },
  { title: 'there', align: 'right', whenTight: 'drop' },
  { title: 'open', align: 'right' },
  { title: 'time', align: 'right', whenTight: 'drop' },
]

/** The lines of the report: failures by cause, each reason once, and what to do next. */
export function manyLines(summaries: readonly PairSummary[], page: Page): string[] {
  const groups = Map.groupBy(summaries, (summary) => causeOf(summary))
  const shown = causes.flatMap((cause) => {
    const group = groups.get(cause)
    return group ? [{ cause, group }] : []
  })
  const rows: Row[] = shown.map(({ cause, group }) => {
    return { cells: cellsOf(cause, group), tone: cause === 'done' ? 'good' : 'bad' }
  })
  rows.push({ cells: cellsOf('all', summaries), tone: 'strong' })
  const failing = shown.filter(({ cause }) => cause !== 'done')
  return [
    ...tableLines(columns, rows, page, 0),
    '',
    ...closingLines(summaries, page),
    ...summaries
      .filter((summary) => !addsUp(summary))
      .slice(0, mostTold)
      .flatMap((summary) => wrongSum(summary, page)),
    ...failing.flatMap(({ cause, group }) => ['', ...causeLines(cause, group, page)]),
    ...warningLines(summaries, page),
    ...(failing.length === 0 ? [] : ['', ...paragraph(nextSteps(page), page, 0)]),
  ]
}

function nextSteps({ results }: Page): string {
  const all =
    results === undefined ? 'For all of them: --results FILE writes a table.' : `All of them are in ${results}.`
  return `${all} What failed is run again by mailhaul sync --failed, with --now after refused logins.`
}

function cellsOf(title: string, group: readonly PairSummary[]): string[] {
  if (group.every(isUnlisted)) {
    return [title, grouped(group.length), unlistedWords, '-', '-', '-', '-', elapsed(group)]
  }
  const tally = tallySum(group)
  const listed = amountSum(group.map((summary) => summary.listed)).count
  const there = tally['already-there'].count + tally.adopted.count
  const moved = [grouped(listed), grouped(tally.copied.count), formatBytes(tally.copied.bytes)]
  const open = countOfUnmade(tally)
  return [title, grouped(group.length), ...moved, grouped(there), grouped(open), elapsed(group)]
}

function wrongSum(summary: PairSummary, page: Page): string[] {
  return [
    '',
    ...paragraph(`${summary.pair}:`, page, 0, 'bad'),
    ...sumLines(summary.listed.count, partsOf(summary.tally), page, 2),
  ]
}

/** Pairs of one cause that are named, reasons that are told, and warnings. */
const mostTold = 5

/** One cause: each reason with the pairs that it stopped. */
function causeLines(cause: Cause, group: readonly PairSummary[], page: Page): string[] {
  const title = `${cause}, ${counted(group.length, 'pair')}: ${causeMeaning[cause]}`
  const lines = paragraph(title, page, { first: 0, rest: 2 }, 'bad')
  // What a server says of each account is different by its name alone: hints tell reasons apart.
  const reasons = [...Map.groupBy(group, ({ error }) => `${error?.code}\n${error?.hint}`).values()]
  for (const pairs of reasons.slice(0, mostTold)) lines.push(...reasonLines(pairs, page))
  const rest = reasons.slice(mostTold).reduce((count, pairs) => count + pairs.length, 0)
  if (rest > 0) lines.push(...paragraph(`and ${counted(rest, 'pair')} for other reasons`, page, 2, 'faint'))
  return lines
}

function reasonLines(pairs: readonly PairSummary[], page: Page): string[] {
  const [first] = pairs
  if (first === undefined) return []
  const lines = pairs.slice(0, mostTold).flatMap((summary) => {
    const why = summary.error?.message ?? unmadeWords(summary)
    return paragraph(`${summary.pair}: ${why}`, page, { first: 2, rest: 4 })
  })
  if (pairs.length > mostTold)
    lines.push(...paragraph(`and ${grouped(pairs.length - mostTold)} more`, page, 2, 'faint'))
  const hint = first.error?.hint
  return hint === undefined ? lines : [...lines, ...paragraph(hint, page, 4, 'faint')]
}

function unmadeWords({ tally, exceptions }: PairSummary): string {
  const first = exceptions.find(({ kind }) => isUnmade(kind))
  const count = `${counted(countOfUnmade(tally), 'message')} did not make it`
  return first === undefined ? count : `${count}; ${reasonOf(first)}`
}

/** Each warning once, with how many pairs have it: a server says the same to all. */
function warningLines(summaries: readonly PairSummary[], page: Page): string[] {
  const warned = summaries.filter(isWarned)
  const texts = new Map<string, string[]>()
  for (const { pair, window, warnings } of warned) {
    for (const text of [window ?? [], warnings].flat()) {
      const pairs = texts.get(text)
      if (pairs) pairs.push(pair)
      else texts.set(text, [pair])
    }
  }
  if (texts.size === 0) return []
  const shown = [...texts].toSorted(([, one], [, other]) => other.length - one.length).slice(0, mostTold)
  const lines = shown.flatMap(([text, pairs]) => {
    const others = pairs.length === 1 ? '' : ` and ${grouped(pairs.length - 1)} more`
    return paragraph(`${pairs[0]}${others}: ${text}`, page, { first: 2, rest: 4 })
  })
  const rest = texts.size - shown.length
  if (rest > 0) lines.push(...paragraph(`and ${counted(rest, 'other warning')}`, page, 2, 'faint'))
  return ['', ...paragraph(`Warnings, in ${counted(warned.length, 'pair')}:`, page, 0, 'warn'), ...lines]
}
