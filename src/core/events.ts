// What the engine tells while it works: plain values for reporters; the engine itself never prints.
import type { MailhaulError } from './errors.ts'
import type { RunFigures } from './figures.ts'
import type { Notice } from './notice.ts'
import type { DateRule, Outcome, Tally } from './outcome.ts'
import type { RemovalTally } from './removal.ts'

/** What a pair is doing right now. */
export type Stage =
  | 'connecting'
  | 'settling'
  | 'listing'
  | 'reading headers'
  | 'planning'
  | 'moving'
  | 'removing'
  | 'verifying'

/** The result of one pair in one run. */
export interface PairSummary {
  readonly pair: string
  /** The number of this run in the ledger; undefined where that could not be opened. */
  readonly run: number | undefined
  /** What the source listed, in messages and octets as listed. */
  readonly listed: { readonly count: number; readonly bytes: number }
  readonly tally: Tally
  /** Of these, what this run has itself decided: neither settled before nor left out before. */
  readonly fresh: Tally
  /** Every outcome that is not copied or already-there, in listing order. */
  readonly exceptions: readonly Outcome[]
  readonly dateRules: Readonly<Record<DateRule, number>>
  /** Octets fetched from the source and sent to the destination in this run. */
  readonly bytesFetched: number
  readonly bytesAppended: number
  readonly removal: RemovalTally
  readonly warnings: readonly string[]
  /** Of these, what runs before have not told already; all of them where nobody remembers. */
  readonly freshWarnings?: readonly string[]
  /** Why the source may have shown only part of its maildrop, as a sentence; undefined where nothing speaks for that. */
  readonly window: string | undefined
  readonly startedAt: number
  readonly milliseconds: number
  /** What ended the pair early; undefined when it went through all messages. */
  readonly error: MailhaulError | undefined
  /** What people are to be told, once, because this run has changed how the pair stands. */
  readonly notice?: Notice | undefined
  /** Since when runs have failed, by the memory of all runs; undefined where the pair gets through, or nobody knows. */
  readonly failingSince?: number | undefined
  readonly figures: RunFigures
  readonly exitCode: number
}

/** One thing that happened in one pair. */
export type Event = { readonly pair: string } & (
  | { readonly kind: 'started' }
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'listed'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'planned'; readonly toFetch: number; readonly bytes: number }
  | { readonly kind: 'fetched'; readonly bytes: number }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'retrying'; readonly error: MailhaulError; readonly attempt: number; readonly delay: number }
  | { readonly kind: 'settled'; readonly found: number; readonly missing: number }
  | { readonly kind: 'warning'; readonly text: string; readonly isStanding?: boolean }
  | { readonly kind: 'finished'; readonly summary: PairSummary }
  /** A command that only looks is through with the pair. */
  | { readonly kind: 'ended' }
)

/** A line that was said over the network: commands and answers, never a secret, of messages only their octets. */
export interface ProtocolLine {
  readonly pair: string
  readonly end: 'source' | 'destination'
  /** `C …` or `S …`: who said it. */
  readonly line: string
}

/** Takes events; must not throw and must not block. */
export type Report = (event: Event) => void
