// When and how often something is tried again: by an error's code and `retry`, never by its text.
import type { ErrorCode, MailhaulError } from '../core/errors.ts'
import { needsSomebody } from '../core/notice.ts'
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

/** What keeps a pair from getting through, as far as the wait until its next pass depends on it. */
type FailureClass = 'refused' | 'missing' | 'lock' | 'network' | 'throttle' | 'trouble'

/** Patience between the scheduled passes of a pair: nobody counts the tries, they only become rarer. */
const passPatience: Readonly<Record<FailureClass, Omit<Patience, 'tries'>>> = {
  // Each try may be the one that locks the account (quirk E17).
  refused: { first: 15 * 60_000, ceiling: 24 * 60 * 60_000 },
  // A password or a sign-in that is not there: nobody logs in anywhere, and once it is there, mail should move soon.
  missing: { first: 5 * 60_000, ceiling: 60 * 60_000 },
  lock: { first: 5 * 60_000, ceiling: 2 * 60 * 60_000 },
  trouble: { first: 5 * 60_000, ceiling: 2 * 60 * 60_000 },
  network: { first: 2 * 60_000, ceiling: 60 * 60_000 },
  // Whoever throttles mostly says until when.
  throttle: { first: 2 * 60_000, ceiling: 30 * 60_000 },
}

const classes: Partial<Record<ErrorCode, FailureClass>> = {
  ...{ 'in-use': 'lock', locked: 'lock', 'login-delayed': 'lock' },
  ...{ connect: 'network', dns: 'network', tls: 'network', timeout: 'network', disconnected: 'network' },
  ...{ temporary: 'network', protocol: 'network' },
  ...{ throttled: 'throttle', quota: 'throttle' },
}

function classOf(error: MailhaulError): FailureClass {
  if (needsSomebody(error)) return error.code === 'auth' ? 'refused' : 'missing'
  return classes[error.code] ?? 'trouble'
}

/** Milliseconds before a pair may be tried again after so many failed passes in a row: at least what the server asked for. */
export function waitBetweenPasses(error: MailhaulError, times: number, clock: Pick<Clock, 'random'>): number {
  const patience = { tries: Number.POSITIVE_INFINITY, ...passPatience[classOf(error)] }
  return Math.max(error.retryAfter ?? 0, backOff(Math.min(times, 30), patience, clock))
}
