// What the ledger knows of each pair, as people read it.
import { causeMeaning } from '../core/cause.ts'
import { hasFailed, type LastRun } from '../core/last-run.ts'
import type { Key } from '../core/message.ts'
import type { Amount, OutcomeKind } from '../core/outcome.ts'
import { type AmountRow, amountLines } from './amount-list.ts'
import { amountSum } from './amount-sum.ts'
import { messageLines } from './message-list.ts'
import { type OutcomeShare, shareRows } from './outcome-share.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'
import { reasonOf } from './unmade.ts'
import { counted, dateTime, grouped, shellWord } from './words.ts'

/** One message that is not settled, and why. */
interface StatusMessage {
  readonly key: Key
  readonly size: number
  readonly outcome: OutcomeKind
  readonly reason: string | undefined
  readonly attempts: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
}

/** What the ledger knows of one pair. */
export interface StatusPair {
  readonly pair: string
  /** When the ledger last changed for this pair, in milliseconds since the epoch; undefined while it knows no message. */
  readonly lastRun: number | undefined
  /** How its last run ended; undefined when it never ran. */
  readonly end: LastRun | undefined
  readonly settled: Amount
  /** Announced to the destination, answer not recorded: the next run finds out. */
  readonly pending: Amount
  /** To be tried again. */
  readonly failed: readonly OutcomeShare[]
  /** Left out until the policy or somebody changes that. */
  readonly leftOut: readonly OutcomeShare[]
  /** Everything that is not settled, in the order in which it should be listed. */
  readonly messages: readonly StatusMessage[]
}

/** The state of some pairs. */
export interface StatusView {
  readonly pairs: readonly StatusPair[]
  readonly exitCode: number
}

/** The state as text, ready to be written. A limit of Infinity lists every message. */
export function renderStatus(view: StatusView, options: ViewOptions): string {
  const page = pageOf(options)
  const lines = view.pairs.flatMap((pair, index) => [...(index === 0 ? [] : ['']), ...pairBlock(pair, page)])
  return `${lines.join('\n')}\n`
}

function pairBlock(pair: StatusPair, page: Page): string[] {
  if (pair.lastRun === undefined) {
    const known = pair.end === undefined || pair.end === 'unknown' ? 'never run' : 'no message known yet'
    return [...paragraph(`${pair.pair}: ${known}`, page, 0, 'strong'), ...endLines(pair, page)]
  }
  const lines = [
    ...paragraph(`${pair.pair}: last run ${dateTime(pair.lastRun)}`, page, 0, 'strong'),
    ...endLines(pair, page),
    '',
    ...amountLines(rowsOf(pair), page, 2),
  ]
  if (pair.messages.length === 0) return lines
  const notes = pair.messages.map((message) => ({ key: message.key, size: message.size, text: noteOf(message) }))
  lines.push('', ...paragraph(`${counted(notes.length, 'message')} not settled:`, page, 2))
  lines.push(...messageLines(notes, page, 4))
  if (notes.length > page.limit) lines.push(...paragraph(`All: mailhaul status ${shellWord(pair.pair)}`, page, 2))
  return lines
}

/** How the last run ended, where it did not get through; what a finished one left is listed anyway. */
function endLines({ pair, end }: StatusPair, page: Page): string[] {
  if (end === undefined || !hasFailed(end) || end === 'partial') return []
  if (end === 'unfinished') {
    return ['', ...paragraph('Its last run has no end: it is at work, or was killed.', page, 2, 'warn')]
  }
  const why = end === 'in part' || end === 'unknown' ? end : causeMeaning[end]
  const more = `mailhaul report ${shellWord(pair)} says more.`
  return ['', ...paragraph(`Its last run did not get through: ${why}. ${more}`, page, 2, 'bad')]
}

function rowsOf(pair: StatusPair): AmountRow[] {
  const rows: AmountRow[] = [{ label: 'settled', ...pair.settled, text: 'their place at the destination is proven' }]
  if (pair.pending.count > 0) {
    rows.push({ label: 'pending', ...pair.pending, text: 'sent, answer unknown: the next run finds out', tone: 'warn' })
  }
  rows.push(...sharesOf('failed', pair.failed, 'bad'), ...sharesOf('left out', pair.leftOut, 'plain'))
  return rows
}

function sharesOf(label: string, shares: readonly OutcomeShare[], tone: 'bad' | 'plain'): AmountRow[] {
  if (shares.length === 0) return []
  return [{ label, ...amountSum(shares.map((share) => share.amount)), tone }, ...shareRows(shares)]
}

function noteOf(message: StatusMessage): string {
  const tries = message.attempts > 1 ? ` (tried ${grouped(message.attempts)} times)` : ''
  return `${reasonOf({ kind: message.outcome, reason: message.reason })}${tries}`
}
