// What an examination finds: one line each, with what to do where something is not as it should be.
import { type ErrorCode, exitCodeOf, mostSerious } from './errors.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly area: 'machine' | 'files' | 'ledger' | 'secrets' | 'network'
  /** What was looked at, such as `runtime` or `pop.old.example:995`. */
  readonly about: string
  readonly verdict: 'ok' | 'warning' | 'problem'
  /** One plain sentence. */
  readonly text: string
  /** What to do; undefined where there is nothing to do. */
  readonly advice?: string | undefined
  /** What a run would end with. */
  readonly code?: ErrorCode | undefined
}

/** 0 where there is no problem; else what the most serious of them would end a run with. */
export function exitCodeOfFindings(findings: readonly Finding[]): number {
  const problems = findings.filter(({ verdict }) => verdict === 'problem')
  return mostSerious(problems.map(({ code }) => (code === undefined ? 1 : exitCodeOf[code])))
}
