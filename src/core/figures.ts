// What a run counts on its way, besides one outcome per message: how fast it went, what it had to do twice, what it saw.
import type { SizeBar, YearBar } from './bars.ts'
import type { ErrorCode } from './errors.ts'
import type { RewritingRule } from './rewriting.ts'

/** Work over time: equal steps from the start on, as many as there was work in. */
export interface Timeline {
  readonly stepMilliseconds: number
  /** Messages that came to lie at the destination, or were found there, in each step. */
  readonly messages: readonly number[]
  readonly bytesFetched: readonly number[]
  readonly bytesAppended: readonly number[]
}

/** What was tried again for the same reason. */
export interface Retried {
  readonly code: ErrorCode
  readonly message: string
  readonly count: number
  readonly waitedMilliseconds: number
}

/** Copies that were read back, by how they compare with what was sent. */
export interface VerdictCounts {
  readonly identical: number
  readonly canonicalEqual: number
  readonly different: number
}

/** All of it, for one pair. */
export interface RunFigures {
  readonly timeline: Timeline
  readonly retries: readonly Retried[]
  /** Sessions at the source beyond the first. */
  readonly reconnects: number
  /** Of appends that an earlier run or a lost link had left without an answer. */
  readonly settled: { readonly found: number; readonly missing: number }
  /** Undefined where no copy was read back. */
  readonly verdicts: VerdictCounts | undefined
  /** What the destination has rewritten in copies that were read back. */
  readonly rewrites: readonly { readonly rule: RewritingRule; readonly count: number }[]
  /** Of all that is listed. */
  readonly sizes: readonly SizeBar[]
  /** Of what this run has copied, by INTERNALDATE. */
  readonly years: readonly YearBar[]
}
