// Estimates how long a pair will take, from what was measured at both ends, its limits, its budgets and earlier runs.

import { budgetNotes, type DailyBudget, dailyBudgets, dayOf } from '../core/daily-budget.ts'
import { type BudgetRoom, type DestinationPace, type EarlierPace, type Estimate, estimateOf } from '../core/estimate.ts'
import type { Amount } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { Clock, Destination, LedgerReader, PairLedger } from '../core/ports.ts'
import type { Rates } from '../core/rates.ts'
import type { SourceLook } from './probe.ts'

/** The habit: what the last run moved that moved enough to tell, and in how many milliseconds. */
const habit = 'moved'
/** So many messages, or so long, say something about the next run. */
const tellingCount = 50
const tellingTime = 500

interface Ports {
  readonly book: LedgerReader
  readonly clock: Clock
  readonly destination: Pick<Destination, 'account'>
  readonly limits?: Rates
}

/** What was measured at both ends. */
interface Measured {
  readonly here: { readonly opening: number; readonly look: SourceLook | undefined }
  readonly there: DestinationPace | undefined
}

/** The estimate for so much work; undefined where there is none, or an end would not be measured. */
export function estimateFor(
  pair: Pair,
  work: Amount,
  { here: { opening, look }, there }: Measured,
  ports: Ports,
): Estimate | undefined {
  if (look === undefined || there === undefined) return undefined
  const { limits = {}, book } = ports
  const { budgets, counts } = budgetsOf(pair, ports)
  return estimateOf({
    work,
    source: { opening, ...look.pace },
    destination: there,
    limits: { source: [pair.sourceRates ?? {}, limits], destination: [pair.destinationRates ?? {}, limits] },
    budgets: budgets.map(({ limit }, at): BudgetRoom => ({ limit, left: Math.max(0, limit - (counts[at] ?? 0)) })),
    earlier: earlierPace(book),
  })
}

/** How far today's budgets reach, where they do not reach for everything. */
export function budgetSentences(pair: Pair, bytes: number, ports: Ports): readonly string[] {
  if (bytes === 0) return []
  const { budgets, counts } = budgetsOf(pair, ports)
  return budgetNotes(budgets, counts, bytes)
}

function budgetsOf(pair: Pair, { book, clock, destination, limits = {} }: Ports) {
  const budgets: readonly DailyBudget[] = dailyBudgets(pair, limits, destination.account)
  const names = budgets.map(({ name }) => name)
  return { budgets, counts: book.counted(dayOf(clock.now()), names) }
}

/** Remembers how fast a run was, where it moved enough to tell. */
export function rememberPace(book: Pick<PairLedger, 'setHabit'>, { count, bytes, milliseconds }: EarlierPace): void {
  if (count < tellingCount || milliseconds < tellingTime) return
  book.setHabit(habit, `${count} ${bytes} ${Math.round(milliseconds)}`)
}

function earlierPace(book: Pick<LedgerReader, 'habit'>): EarlierPace | undefined {
  const [count = 0, bytes = 0, milliseconds = 0] = (book.habit(habit) ?? '').split(' ').map(Number)
  return count > 0 && bytes > 0 && milliseconds > 0 ? { count, bytes, milliseconds } : undefined
}
