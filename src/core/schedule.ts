// When passes are due: the kinds of schedule there are, and the arithmetic of intervals and jitter.

/** When a pair is looked at. */
export type Schedule =
  /** So many milliseconds from start to start. */
  | { readonly kind: 'every'; readonly interval: number }
  /** Five fields, in the time zone of the process. */
  | { readonly kind: 'cron'; readonly expression: string }
  /** Between a minute and half an hour, by what has arrived lately. */
  | { readonly kind: 'adaptive' }

/** The schedule of a pair that says nothing of it. */
export const usualSchedule: Schedule = { kind: 'every', interval: 5 * 60_000 }

/** The bounds of an adaptive schedule and what it starts with. Milliseconds. */
export const adaptiveInterval = { least: 60_000, first: 5 * 60_000, most: 30 * 60_000 } as const

/** The interval that follows this one: far shorter after mail has arrived, a little longer after none has. */
export function adapt(interval: number, hasArrived: boolean): number {
  const next = hasArrived ? interval / 4 : interval * 1.25
  return Math.min(adaptiveInterval.most, Math.max(adaptiveInterval.least, Math.round(next)))
}

/** Starts are never late by more than this, for the sake of their spread. Milliseconds. */
export const longestJitter = 30_000

/** How late a start may be so that pairs with one schedule do not all come at once: a tenth of the time between two. */
export function jitterWithin(gap: number): number {
  return Math.min(longestJitter, Math.max(0, gap) / 10)
}

/** Time over which the first passes of so many pairs are spread; never longer than one of them waits for its second. */
export function firstSpread(pairs: number, interval: number): number {
  return Math.min(interval, Math.max(0, pairs - 1) * spreadPerPair)
}

const spreadPerPair = 100
