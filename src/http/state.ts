// How a pair stands, judged from what the watch shows of it: the one rule behind page, metrics and health.
import type { WatchedPair, WatchView } from '../core/watch.ts'

/** failing: its last pass failed; late: no success for longer than allowed, though nothing is known to fail. */
export type PairState = 'failing' | 'late' | 'working' | 'waiting'

/** How long a pair may be without success at least, and for how many of its intervals. Milliseconds. */
const leastPatience = 30 * 60_000
const intervalsOfPatience = 3

/** How long a pair may be due while nothing at all is at work. Milliseconds. */
const longestStandstill = 5 * 60_000

/** Milliseconds since a pair's last success; since the watch started where there was none yet. */
export function ageOf(pair: WatchedPair, { now, startedAt }: WatchView): number {
  return Math.max(0, now - (pair.lastSuccess ?? startedAt))
}

/** How old a pair's last success may get; undefined where nothing more is due. Milliseconds. */
export function allowedAge(pair: WatchedPair): number | undefined {
  const { interval, failure } = pair
  if (interval === undefined && failure === undefined) return undefined
  return Math.max(leastPatience, intervalsOfPatience * (interval ?? 0), restOf(pair))
}

/** A pair whose last pass went through may rest until the next one, as when it has moved what a day allows. */
function restOf({ failure, lastSuccess, lastFinished, next }: WatchedPair): number {
  if (failure !== undefined || lastSuccess === undefined || lastSuccess !== lastFinished || next === undefined) return 0
  return next - lastSuccess + longestStandstill
}

/** Whether a pair has been without success for too long. One that is at work and has not failed is only busy. */
export function isOverdue(pair: WatchedPair, view: WatchView): boolean {
  if (pair.phase === 'working' && pair.failure === undefined) return false
  return ageOf(pair, view) > (allowedAge(pair) ?? Number.POSITIVE_INFINITY)
}

/** How a pair stands now. */
export function stateOf(pair: WatchedPair, view: WatchView): PairState {
  if (pair.failure !== undefined) return 'failing'
  if (pair.phase === 'working') return 'working'
  return isOverdue(pair, view) ? 'late' : 'waiting'
}

/** Whether pairs are due and nothing is done about it: what only starting anew can mend. */
export function isStuck({ pairs, now, isDraining }: WatchView): boolean {
  if (isDraining || pairs.some(({ phase }) => phase === 'working')) return false
  return pairs.some(({ next }) => next !== undefined && now - next > longestStandstill)
}
