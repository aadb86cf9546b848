// When and how often something is tried again: by an error's code and `retry`, never by its text.
import type { ErrorCode, MailhaulError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

/** How patient to be. Milliseconds. */
export interface Patience {
  /** Tries in a row without any progress before giving up. */
  readonly tries: number
  readonly first: number
  readonly ceiling: number
}

/** Patience with a lost or refused connection within one run. */
export const connectionPatience: Patience = { tries: 5, first: 1000, ceiling: 30_000 }

/** Patience with a server that has not been reached yet in this run: more likely a wrong name than a bad moment. */
const firstContactPatience: Patience = { tries: 2, first: 1000, ceiling: 30_000 }

/** What passes by itself, but not within seconds: a session of ours that broke off holds the maildrop (quirk A05). */
const patienceWith: Partial<Record<ErrorCode, Patience>> = {
  'in-use': { tries: 6, first: 10_000, ceiling: 60_000 },
}

/** What a server asks to wait is waited for up to this long; beyond, it is for a later run. Milliseconds. */
const longestWait = 5 * 60_000

/** The wait before try `attempt` (1 is the first repetition): doubling, capped, and spread by half to avoid herds. */
export function backOff(attempt: number, patience: Patience, clock: Pick<Clock, 'random'>): number {
  const full = Math.min(patience.ceiling, patience.first * 2 ** (attempt - 1))
  return Math.round(full * (0.5 + clock.random() / 2))
}

/**
 * How long to wait before a session is tried again after so many fruitless ones in a row; undefined when that is for a
 * later run. `wasReached`: the source has answered in this run.
 */
export function waitAfter(
  error: MailhaulError,
  fruitless: number,
  wasReached: boolean,
  clock: Pick<Clock, 'random'>,
): number | undefined {
  const patience = patienceWith[error.code] ?? (wasReached ? connectionPatience : firstContactPatience)
  const { retryAfter = 0 } = error
  if (error.retry !== 'now' || retryAfter > longestWait) return undefined
  if (fruitless >= patience.tries) return undefined
  return Math.max(retryAfter, backOff(fruitless, patience, clock))
}
