// The results of a run as a table for spreadsheets and scripts: one row a pair, the worst causes first.
import { stringify } from 'csv-stringify/sync'
import { type Cause, causeOf, causes } from '../core/cause.ts'
import type { PairSummary } from '../core/events.ts'
import { isUnlisted, unlistedWords } from './sums.ts'
import { countOfUnmade, isUnmade, reasonOf } from './unmade.ts'
import { isoTime } from './words.ts'

/** Whom a row is about. */
export interface ResultPair {
  readonly pair: string
  readonly sourceHost: string
  readonly sourceUser: string
  readonly destinationHost: string
  readonly destinationUser: string
}

/** What a row tells of a pair: undefined where its turn has not come yet. */
export type ResultEnd = ResultSummary | 'passed over' | undefined

/** What a row needs of a summary: all the rest can be forgotten. */
export interface ResultSummary extends Omit<PairSummary, 'exceptions' | 'figures' | 'fresh'> {
  /** Why messages did not make it, where nothing worse happened: the first reason there is. */
  readonly reason: string
}

/** Takes from a summary what its row needs: a thousand messages that did not make it are one number there. */
export function resultOf({ exceptions, figures: _figures, fresh: _fresh, ...kept }: PairSummary): ResultSummary {
  const unmade = exceptions.filter(({ kind }) => isUnmade(kind) && kind !== 'pending')
  const first = unmade[0] ?? exceptions.find(({ kind }) => isUnmade(kind))
  return { ...kept, reason: first === undefined ? '' : reasonOf(first) }
}

/** One row. */
export interface Result {
  readonly pair: ResultPair
  readonly end: ResultEnd
}

/** The columns, in order: new ones come at the end. */
const columns = [
  'cause',
  'pair',
  'source_host',
  'source_user',
  'destination_host',
  'destination_user',
  'exit_code',
  'error',
  'error_end',
  'listed',
  'copied',
  'already_there',
  'adopted',
  'left_out',
  'not_made',
  'not_reached',
  'bytes_listed',
  'bytes_copied',
  'removed',
  'started_at',
  'seconds',
  'message',
  'hint',
  'warnings',
] as const

/** With what a results file begins: nothing else is ever replaced by one. */
export const resultsHeader = `${columns.join(',')}\n`

type Cell = string | number
type ResultCause = Cause | 'not-reached' | 'passed-over'

const order: readonly ResultCause[] = [
  ...causes.filter((cause) => cause !== 'done'),
  'not-reached',
  'done',
  'passed-over',
]

/** The table. What servers said cannot become a formula: such cells begin with an apostrophe. */
export function renderResults(results: readonly Result[]): string {
  const groups = Map.groupBy(results, ({ end }) => causeIn(end))
  const rows = order.flatMap((cause) => (groups.get(cause) ?? []).map((result) => rowOf(cause, result)))
  return resultsHeader + stringify(rows, { escape_formulas: true })
}

function causeIn(end: ResultEnd): ResultCause {
  if (end === undefined) return 'not-reached'
  return end === 'passed over' ? 'passed-over' : causeOf(end)
}

function rowOf(cause: ResultCause, { pair, end }: Result): readonly Cell[] {
  const { sourceHost, sourceUser, destinationHost, destinationUser } = pair
  const about = [cause, pair.pair, sourceHost, sourceUser, destinationHost, destinationUser].map(onOneLine)
  if (end === undefined || end === 'passed over') {
    const why = end === undefined ? 'Its turn has not come.' : 'Its last run gave no reason to run it again.'
    return columns.map((column, at) => about[at] ?? (column === 'message' ? why : ''))
  }
  const { tally, error } = end
  const { copied, adopted, duplicate, filtered, empty, pending } = tally
  const amounts = [
    end.listed.count,
    copied.count,
    tally['already-there'].count,
    adopted.count,
    duplicate.count + filtered.count + empty.count,
    countOfUnmade(tally) - pending.count,
    pending.count,
    end.listed.bytes,
    copied.bytes,
    end.removal.removed,
  ]
  const moved = isUnlisted(end) ? [unlistedWords, ...amounts.slice(1).map(() => '')] : amounts
  const seconds = Math.round(end.milliseconds / 100) / 10
  const texts = [error?.message ?? end.reason, error?.hint ?? '', [end.window ?? [], end.warnings].flat().join(' ')]
  const failure = [end.exitCode, error?.code ?? '', error?.end ?? '']
  return [...about, ...failure, ...moved, isoTime(end.startedAt), seconds, ...texts.map(onOneLine)]
}

const longestCell = 1000

/** Scripts read rows by line, and terminals obey what servers say. */
function onOneLine(text: string): string {
  const shown = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return shown.length > longestCell ? `${shown.slice(0, longestCell)}…` : shown
}
