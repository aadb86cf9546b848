// Counts and octets added up: over amounts, and over the tallies of several pairs.
import type { PairSummary } from '../core/events.ts'
import { type Amount, type OutcomeKind, outcomeKinds, type Tally } from '../core/outcome.ts'

/** Counts and octets of all amounts together. */
export function amountSum(amounts: Iterable<Amount>): Amount {
  let count = 0
  let bytes = 0
  for (const amount of amounts) {
    count += amount.count
    bytes += amount.bytes
  }
  return { count, bytes }
}

/** Counts and octets of all pairs together, by kind. */
export function tallySum(summaries: readonly PairSummary[]): Tally {
  const sum = (kind: OutcomeKind) => amountSum(summaries.map((summary) => summary.tally[kind]))
  return Object.fromEntries(outcomeKinds.map((kind) => [kind, sum(kind)])) as Record<OutcomeKind, Amount>
}
