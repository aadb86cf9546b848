// What a plan comes to over all of its pairs, and how each of them stands.
import { max, sum } from 'd3-array'
import { formatDuration } from '../../core/format.ts'
import { isBlocked } from '../../core/risks.ts'
import type { PlanDocument, PlanPairDocument } from '../../documents/plan-document.ts'
import type { AmountValue } from '../../documents/values.ts'
import type { MarkName } from '../../page/marks.ts'
import { isWhole, type SumPart } from './sum.ts'

/** How a pair stands before its run, the worst first. */
export type PairOutlook = 'wrong' | 'unplanned' | 'blocked' | 'risky' | 'nothing' | 'ready'

/** A pair's outlook in a mark and in words. */
export const outlookWords: Readonly<Record<PairOutlook, { readonly mark: MarkName; readonly words: string }>> = {
  wrong: { mark: 'failing', words: 'Does not add up' },
  unplanned: { mark: 'failing', words: 'No plan' },
  blocked: { mark: 'failing', words: 'Blocked' },
  risky: { mark: 'look', words: 'Worth a look' },
  nothing: { mark: 'well', words: 'Nothing to do' },
  ready: { mark: 'well', words: 'Ready' },
}

/** The parts of a plan. */
export type PlanParts = PlanPairDocument['total']

/** All pairs together. */
export interface PlanTotals {
  readonly listed: AmountValue
  readonly parts: PlanParts
  readonly addsUp: boolean
}

/** Adds the pairs up. */
export function planTotalsOf({ pairs }: PlanDocument): PlanTotals {
  const all = (of: (pair: PlanPairDocument) => AmountValue): AmountValue => ({
    count: sum(pairs, (pair) => of(pair).count),
    bytes: sum(pairs, (pair) => of(pair).bytes),
  })
  const parts = {
    copy: all(({ total }) => total.copy),
    compare: all(({ total }) => total.compare),
    left: all(({ total }) => total.left),
    tooBig: all(({ total }) => total.tooBig),
  }
  return { listed: all(({ listed }) => listed), parts, addsUp: pairs.every(pairAddsUp) }
}

/** The parts of a sum. */
export function planParts({ copy, compare, left, tooBig }: PlanParts): readonly SumPart[] {
  return [
    { words: 'to copy', count: copy.count, tone: 'working' },
    { words: 'to compare', count: compare.count, tone: 'well' },
    { words: 'stay where they are', count: left.count, tone: 'left' },
    { words: 'too big', count: tooBig.count, tone: 'failing' },
  ]
}

/** Whether the parts are the listing. It is counted here once more, whatever the document says of itself. */
export function pairAddsUp({ listed, total, addsUp }: PlanPairDocument): boolean {
  return addsUp && isWhole(listed.count, planParts(total))
}

/** How a pair stands. */
export function outlookOf(pair: PlanPairDocument): PairOutlook {
  const { error, total, risks } = pair
  if (error !== null) return 'unplanned'
  if (!pairAddsUp(pair)) return 'wrong'
  if (isBlocked(pair)) return 'blocked'
  if (total.tooBig.count > 0 || risks.some(({ severity }) => severity === 'warning')) return 'risky'
  return total.copy.count + total.compare.count === 0 && pair.removal === null ? 'nothing' : 'ready'
}

/** How long all of it takes, in seconds, and days where a daily budget holds it; undefined where nobody can say. */
export function planTime({ pairs }: PlanDocument): { low: number; high: number; days: number } | undefined {
  const estimates = pairs.flatMap(({ estimate }) => estimate ?? [])
  const [only] = estimates
  if (only === undefined) return undefined
  const days = max(estimates, (estimate) => estimate.days) ?? 1
  if (estimates.length === 1) return { low: only.low, high: only.high, days }
  // Side by side they take as long as the longest, one after the other as long as all of them.
  return { low: max(estimates, ({ low }) => low) ?? 0, high: sum(estimates, ({ high }) => high), days }
}

/** Seconds as people expect them to take, to the minute where they are many: `45 s`, `23 min`, `2 h 5 min`. */
export function roughTime(seconds: number): string {
  const step = seconds < 60 ? 1 : seconds < 600 ? 10 : seconds < 7200 ? 60 : 300
  return formatDuration(Math.max(step, Math.round(seconds / step) * step) * 1000)
}

/** `18 min to 1 h`, or one time where both are the same. */
export function timeSpan({ low, high }: { readonly low: number; readonly high: number }): string {
  const [least, most] = [roughTime(low), roughTime(high)]
  return least === most ? least : `${least} to ${most}`
}
