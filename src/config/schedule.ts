// Reads schedules as people write them: every 5m, adaptive, or a cron expression; the only file that knows croner.
import { Cron } from 'croner'
import type { Schedule } from '../core/schedule.ts'
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** What to write for a schedule. */
export const scheduleInstead =
  'write every 5m, adaptive, or a cron expression in quotes, such as "*/10 7-22 * * *" (minute, hour, day, month, weekday)'

const milliseconds: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const shortest = 10_000
const longest = 7 * 86_400_000

/** Parses a schedule. A cron expression whose time never comes is refused. */
export function parseSchedule(text: string): Parsed<Schedule> {
  const refuse = (problem: string): Parsed<Schedule> => ({ ok: false, problem, instead: scheduleInstead })
  const words = text.trim().replaceAll(/\s+/g, ' ')
  if (words === 'adaptive') return { ok: true, value: { kind: 'adaptive' } }
  if (words.startsWith('every')) return parseInterval(words, refuse)
  if (!/^@[a-z]+$/.test(words) && words.split(' ').length !== 5) return refuse(`${quote(text)} is not a schedule`)
  try {
    if (nextCron(words, 0) === undefined) return refuse(`the time ${quote(text)} never comes`)
  } catch {
    return refuse(`${quote(text)} is not a schedule`)
  }
  return { ok: true, value: { kind: 'cron', expression: words } }
}

function parseInterval(words: string, refuse: (problem: string) => Parsed<Schedule>): Parsed<Schedule> {
  const [, amount = '', unit = ''] = /^every (\d{1,6}) ?([smhd])[a-z]*$/.exec(words) ?? []
  const interval = Number(amount) * (milliseconds[unit] ?? Number.NaN)
  if (amount === '' || Number.isNaN(interval)) return refuse(`${quote(words)} is not a schedule`)
  if (interval < shortest) return refuse(`${quote(words)} is more often than every 10s`)
  if (interval > longest) return refuse(`${quote(words)} is less often than every 7d`)
  return { ok: true, value: { kind: 'every', interval } }
}

/**
 * The first time after `after` that fits the expression, in the time zone of the process; milliseconds since the epoch.
 * Undefined where there is none. What falls into the hour that summer time leaves out comes right after it; a fixed time
 * in the hour that comes twice comes once.
 */
export function nextCron(expression: string, after: number): number | undefined {
  return new Cron(expression, { paused: true, mode: '5-part' }).nextRun(new Date(after))?.getTime()
}
