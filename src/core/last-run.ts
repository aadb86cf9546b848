// How a pair's last run ended, as the ledger remembers it: for --failed and --skip-completed.
import { type Cause, causes } from './cause.ts'

/**
 * unfinished: it began and did not come to its end, or is at work. in part: it did what it could, and the source may
 * have shown only part of its maildrop. unknown: it was that of a mailhaul which did not remember this.
 */
export type LastRun = Cause | 'unfinished' | 'in part' | 'unknown'

/** The name of the habit. */
export const lastRunHabit = 'last-run'

/** What is remembered of a run that has ended: `17 done`. */
export function formatLastRun(run: number, end: Cause | 'in part'): string {
  return `${run} ${end}`
}

/** What the habit says of this run. */
export function parseLastRun(habit: string | undefined, run: number, isFinished: boolean): LastRun {
  const [, number, end] = /^(\d{1,16}) ([a-z ]{1,20})$/.exec(habit ?? '') ?? []
  if (!isFinished) return 'unfinished'
  if (Number(number) !== run) return 'unknown'
  return end === 'in part' ? end : (causes.find((cause) => cause === end) ?? 'unknown')
}

/** All there is, for the documents. */
export const lastRunEnds: readonly LastRun[] = [...causes, 'unfinished', 'in part', 'unknown']

/** Whether the last run, if there was one, did not get through. */
export function hasFailed(last: LastRun | undefined): boolean {
  return last !== undefined && !['done', 'in part', 'unknown'].includes(last)
}
