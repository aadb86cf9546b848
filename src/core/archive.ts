// What is kept of runs, so that people can have any of them reported again.
import type { Amount, OutcomeKind } from './outcome.ts'

/** One pair in one run, as it is kept. Times are milliseconds since the epoch. */
export interface KeptReport {
  readonly pair: string
  /** Number of the pair's run in the ledger; undefined where it got none. */
  readonly run: number | undefined
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  /** Messages that were listed, that were copied, and that did not make it. */
  readonly listed: number
  readonly copied: number
  readonly unmade: number
  /** The document, as text: the archive does not look into it. */
  readonly document: string
}

/** One run for people, over all pairs that had something to tell. */
export interface KeptRun extends Omit<KeptReport, 'pair' | 'run' | 'exitCode' | 'document'> {
  readonly number: number
  readonly pairs: readonly string[]
  readonly exitCodes: readonly number[]
}

/** A pair's last run, begun and not ended: at work, or killed. */
export interface UnfinishedRun {
  readonly pair: string
  /** Number of the run for people; undefined where it has written nothing down. */
  readonly number: number | undefined
  readonly startedAt: number
  /** `unknown`: it works on another machine, or in another container, if it still does. */
  readonly life: 'running' | 'gone' | 'unknown'
  /** What it had brought to an end. */
  readonly outcomes: Readonly<Partial<Record<OutcomeKind, Amount>>>
  /** Appends that it had announced, and whose end nobody has written down. */
  readonly unsettled: number
}

/** The reports of runs. Bounded per pair: the oldest go first. Errors: those of the ledger. */
export interface RunArchive {
  /** Keeps the report of one pair; returns the number of the run that it belongs to. */
  keep(report: KeptReport): number
  /** Runs in which one of these pairs, or any, had something to tell: the latest first. */
  runs(pairs: readonly string[], most: number): readonly KeptRun[]
  /** The pairs of one run, in the order in which they ended; undefined where there is no run of this number. */
  read(number: number, pairs: readonly string[]): readonly KeptReport[] | undefined
  /** Runs of these pairs, or of any, that have no end. */
  unfinished(pairs: readonly string[]): readonly UnfinishedRun[]
}
