// The messages of a run that did not make it: which outcomes those are, and the list of them.
import type { PairSummary } from '../core/events.ts'
import {
  incompleteKinds,
  type Outcome,
  type OutcomeKind,
  outcomeKinds,
  outcomeMeaning,
  type Tally,
} from '../core/outcome.ts'
import { remedyOf } from '../core/remedy.ts'
import { messageLines } from './message-list.ts'
import { type Page, paragraph } from './page.ts'
import { counted, grouped, outcomeWords, shellWord } from './words.ts'

/** Whether this outcome leaves something to be done: the kinds for which a run ends with exit code 3. */
export function isUnmade(kind: OutcomeKind): boolean {
  return incompleteKinds.has(kind)
}

/** How many messages of a run did not make it. */
export function countOfUnmade(tally: Tally): number {
  return outcomeKinds.reduce((count, kind) => count + (isUnmade(kind) ? tally[kind].count : 0), 0)
}

/** Why a message did not make it, in words. */
export function reasonOf(outcome: Pick<Outcome, 'kind' | 'reason'>): string {
  return `${outcomeWords(outcome.kind)}: ${outcome.reason || outcomeMeaning[outcome.kind]}`
}

/** The files of the quarantine that this run has written. */
function keptLines({ exceptions }: PairSummary, page: Page, indent: number): string[] {
  const kept = exceptions.flatMap((outcome) => outcome.kept ?? [])
  if (kept.length === 0) return []
  const hidden = kept.length - page.limit
  return [
    ...paragraph(`${counted(kept.length, 'message')} kept, each with a .json that says why:`, page, indent),
    ...kept.slice(0, page.limit).flatMap((path) => paragraph(path, page, indent + 2)),
    ...(hidden > 0 ? paragraph(`and ${grouped(hidden)} more`, page, indent + 2, 'faint') : []),
  ]
}

/** The list of one pair, with where all of them are told. Messages not reached are counted, not listed. */
export function unmadeLines(summary: PairSummary, page: Page, indent: number): string[] {
  const notes = summary.exceptions
    .filter((outcome) => isUnmade(outcome.kind) && outcome.kind !== 'pending')
    .map((outcome) => ({ key: outcome.key, size: outcome.size, text: reasonOf(outcome), remedy: remedyOf(outcome) }))
  const lines: string[] = []
  const pending = summary.tally.pending.count
  if (pending > 0) {
    const words = `${counted(pending, 'message')} not reached in this run: the next run takes up there.`
    lines.push(...paragraph(words, page, indent, 'warn'))
  }
  if (notes.length === 0) return lines
  return [
    ...lines,
    ...paragraph(`${counted(notes.length, 'message')} did not make it:`, page, indent, 'bad'),
    ...messageLines(notes, page, indent + 2),
    ...keptLines(summary, page, indent),
    ...paragraph(`To see them again: mailhaul status ${shellWord(summary.pair)}`, page, indent),
  ]
}
