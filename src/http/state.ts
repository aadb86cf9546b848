// How a pair stands, judged from what the watch shows of it: the one rule behind page, metrics and health.
import type { WatchedPair, WatchView } from '../core/watch.ts'

/** failing: its last pass failed; late: no success for longer than allowed, though nothing is known to fail. */
export type PairState = 'failing' | 'late' | 'working' | 'waiting'

/** How long a pair may be without success at least, and for how many of its intervals. Milliseconds. */
const leastPatience = 30 * 60_000
const intervalsOfPatience = 3

/** How long a pair may be due while nothing at all is at work. Milliseconds. */
const longestStandstill = 5 * 60_000

/** By how much a wait is longer than its interval before it is a rest: to meet another run at work is none. Milliseconds. */
const leastRest = 10 * 60_000

/** Milliseconds since a pair's last success; since the watch started where there was none yet. */
export function ageOf(pair: WatchedPair, { now, startedAt }: WatchView): number {
  return Math.max(0, now - (pair.lastSuccess ?? startedAt))
}

/** How old a pair's last success may get; undefined where nothing more is due. Milliseconds. */
export function allowedAge(pair: WatchedPair, view: Pick<WatchView, 'startedAt'>): number | undefined {
  const { interval, failure } = pair
  if (interval === undefined && failure === undefined) return undefined
  return Math.max(leastPatience, intervalsOfPatience * (interval ?? 0), restOf(pair, view))
}

/**
 * A pair that does not fail may rest until its next pass: for the first time that its schedule names, after a pass that
 * went through, and where a server wants time between two logins.
 */
function restOf(pair: WatchedPair, { startedAt }: Pick<WatchView, 'startedAt'>): number {
  const { failure, lastSuccess, lastFinished, next, interval = 0 } = pair
  if (failure !== undefined || next === undefined) return 0
  const isInStep = lastFinished === undefined || lastFinished === lastSuccess
  if (!isInStep && next - lastFinished <= interval + leastRest) return 0
  return next - (lastSuccess ?? startedAt) + longestStandstill
}

/** Whether a pair has been without success for too long. One that is at work and has not failed is only busy. */
export function isOverdue(pair: WatchedPair, view: WatchView): boolean {
  if (pair.phase === 'working' && pair.failure === undefined) return false
  return ageOf(pair, view) > (allowedAge(pair, view) ?? Number.POSITIVE_INFINITY)
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
