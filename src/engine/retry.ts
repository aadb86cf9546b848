// When and how often something is tried again: by an error's `retry`, never by its text.
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
export const firstContactPatience: Patience = { tries: 2, first: 1000, ceiling: 30_000 }

/** The wait before try `attempt` (1 is the first repetition): doubling, capped, and spread by half to avoid herds. */
export function backOff(attempt: number, patience: Patience, clock: Clock): number {
  const full = Math.min(patience.ceiling, patience.first * 2 ** (attempt - 1))
  return Math.round(full * (0.5 + clock.random() / 2))
}
