// Asks for the owner's word before the first message of a pair is removed at its source, and remembers it.
import { MailhaulError } from '../core/errors.ts'
import { counted, formatBytes } from '../core/format.ts'
import type { LedgerReader, PairLedger } from '../core/ports.ts'
import { consentOf, isCovered, type RemovalQuestion } from '../core/removal.ts'

const habit = 'removal-confirmed'

/** Who can be asked, and whether they have said yes beforehand. */
export interface RemovalOptions {
  /** Whoever started the run has confirmed whatever it removes: nothing is asked, and no cap holds. */
  readonly removalConfirmed?: boolean
  /** Puts the question to a person; undefined where there is nobody to ask. Rejects where they end the run instead. */
  readonly confirmRemoval?: ((question: RemovalQuestion) => Promise<boolean>) | undefined
}

/** `given` in this run, `remembered` from an earlier one, `refused` by a person, `unasked` as nobody was there. */
export type Consent = 'given' | 'remembered' | 'refused' | 'unasked'

/** Whether a pair's ledger remembers a confirmation that is good for what the question says. */
export function isRemembered(book: Pick<LedgerReader, 'habit'>, { leave }: Pick<RemovalQuestion, 'leave'>): boolean {
  return isCovered(leave, book.habit(habit))
}

/** Remembers a confirmation for this pair and policy. */
export function remember(book: PairLedger, { leave }: Pick<RemovalQuestion, 'leave'>): void {
  if (!isRemembered(book, { leave })) book.setHabit(habit, consentOf(leave))
}

/** Gets the owner's word: from the options, from the ledger, or by asking. */
export async function consentTo(
  question: RemovalQuestion,
  book: PairLedger,
  { removalConfirmed, confirmRemoval }: RemovalOptions,
): Promise<Consent> {
  if (!removalConfirmed) {
    if (isRemembered(book, question)) return 'remembered'
    if (confirmRemoval === undefined) return 'unasked'
    if (!(await confirmRemoval(question))) return 'refused'
  }
  remember(book, question)
  return 'given'
}

/** The error of a run that has moved the mail and had nobody to ask about removing it. */
export function unconfirmed({ count, bytes }: RemovalQuestion): MailhaulError {
  const amount = `${counted(count, 'message')}, ${formatBytes(bytes)}`
  return new MailhaulError({
    code: 'unconfirmed',
    scope: 'pair',
    retry: 'never',
    message: `The mail was moved, but nothing was removed at the source: ${amount} would be the first to go, and nobody was there to confirm it.`,
    hint: 'Run "mailhaul sync --yes" once, or "mailhaul sync" at a terminal; later runs go on by themselves. To keep everything: leave: keep.',
  })
}
