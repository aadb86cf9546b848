// Messages grouped by what became of them and why, as lines of an amount list.
import { type Amount, type OutcomeKind, outcomeMeaning } from '../core/outcome.ts'
import type { AmountRow } from './amount-list.ts'
import { amountSum } from './amount-sum.ts'
import { counted, outcomeWords } from './words.ts'

/** Messages with the same outcome for the same reason. */
export interface OutcomeShare {
  readonly outcome: OutcomeKind
  /** The rule or the fact behind it; undefined where the outcome says it all. */
  readonly reason: string | undefined
  readonly amount: Amount
}

/** A server that gives every message a reason of its own must not flood the page. */
const mostShares = 12

/** One line per share, one level in; shares beyond the first twelve are added up in one line. */
export function shareRows(shares: readonly OutcomeShare[]): AmountRow[] {
  const rows: AmountRow[] = shares.slice(0, mostShares).map(({ outcome, reason, amount }) => ({
    label: outcomeWords(outcome),
    ...amount,
    text: reason || outcomeMeaning[outcome],
    level: 1,
  }))
  const rest = shares.slice(mostShares)
  if (rest.length === 0) return rows
  const amount = amountSum(rest.map((share) => share.amount))
  return [...rows, { label: 'others', ...amount, text: `for ${counted(rest.length, 'more reason')}`, level: 1 }]
}
