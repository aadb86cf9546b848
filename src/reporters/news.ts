// Whether a run has anything to tell to somebody who did not ask: cron sends by mail whatever is printed.
import type { Event, PairSummary } from '../core/events.ts'
import { totalOf } from '../core/outcome.ts'

/**
 * Whether a pair was not just found as the run before had left it: something moved, failed, was left out or removed, or
 * there is a warning that was not told before. A window, which shows in every run, is no news.
 */
export function isNews({ fresh, error, warnings, freshWarnings = warnings, removal }: PairSummary): boolean {
  // A budget of the day that is still used up: the run that used it up has told so.
  const isRest = error?.isPlanned ?? false
  return (
    (error !== undefined && !isRest) ||
    totalOf(fresh).count > (isRest ? fresh.pending.count : 0) ||
    freshWarnings.length > 0 ||
    removal.removed + removal.toConfirm > 0
  )
}

/** The same for somebody who is told only what is new: warnings that runs before have told are left out. */
export function onlyNews(summary: PairSummary): PairSummary {
  return { ...summary, warnings: summary.freshWarnings ?? summary.warnings }
}

/** Whether it is certain with this event that there will be something to tell. */
export function isNewsAlready(event: Event): boolean {
  if (event.kind === 'finished') return isNews(event.summary)
  if (event.kind === 'outcome') return event.outcome.kind !== 'already-there' && !event.outcome.isCarried
  return event.kind === 'retrying' || event.kind === 'settled'
}
