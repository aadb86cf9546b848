// Says whether all is well, for programs that ask and alarms that ring: every reason in a plain sentence.
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { ageOf, allowedAge, isOverdue, isStuck, stateOf } from './state.ts'
import { isoTime, roughly } from './times.ts'

/** An answer to a question for health: 200 or 503, and why. */
export interface Health {
  readonly status: 200 | 503
  readonly body: Readonly<Record<string, unknown>>
}

/** Whether mail gets through: 503 while a pair has had no success for too long, the scheduler is stuck, or it stops. */
export function healthOf(view: WatchView): Health {
  const overdue = view.pairs.filter((pair) => isOverdue(pair, view))
  const reasons = [...reasonsOfWatch(view), ...overdue.map((pair) => reasonOf(pair, view))]
  return answer(view, reasons, { pairs: view.pairs.map((pair) => pairOf(pair, view)) })
}

/** Whether the process does its work, whatever servers do: 503 only where it should be started anew, or is stopping. */
export function livenessOf(view: WatchView): Health {
  return answer(view, reasonsOfWatch(view), {})
}

function answer(view: WatchView, reasons: readonly string[], more: Health['body']): Health {
  const { now, startedAt } = view
  const status = view.isDraining ? 'stopping' : isStuck(view) ? 'stuck' : reasons.length > 0 ? 'failing' : 'ok'
  const body = { status, reasons, now: isoTime(now), startedAt: isoTime(startedAt), ...more }
  return { status: status === 'ok' ? 200 : 503, body }
}

function reasonsOfWatch(view: WatchView): string[] {
  if (view.isDraining) return ['The watch has been asked to stop and is finishing what is in flight.']
  return isStuck(view) ? ['Pairs are due, and nothing has been at work for minutes: start the watch anew.'] : []
}

function reasonOf(pair: WatchedPair, view: WatchView): string {
  const age = roughly(ageOf(pair, view))
  const since = pair.lastSuccess === undefined ? `since the watch started ${age} ago` : `for ${age}`
  return `Pair ${pair.name} has had no success ${since}.`
}

function pairOf(pair: WatchedPair, view: WatchView) {
  const { name, phase, lastSuccess, next, failure } = pair
  const time = (at: number | undefined) => (at === undefined ? null : isoTime(at))
  const allowed = allowedAge(pair, view)
  return {
    ...{ name, phase, state: stateOf(pair, view), isOverdue: isOverdue(pair, view) },
    lastSuccess: time(lastSuccess),
    ageSeconds: Math.round(ageOf(pair, view) / 1000),
    allowedSeconds: allowed === undefined ? null : Math.round(allowed / 1000),
    next: time(next),
    failure: failure && { code: failure.code, since: isoTime(failure.since), times: failure.times },
  }
}
