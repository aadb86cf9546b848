// Reads dates as people write them: 2015-01-01, or a full time with its zone.
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** What to write for a date. */
export const dateInstead = 'write a date such as 2015-01-31, or a time with its zone such as 2015-01-31T18:30:00+01:00'

/** Parses a date (midnight UTC) or a time with zone into milliseconds since the epoch. Impossible days are refused. */
export function parseDate(date: string): Parsed<number> {
  const shape = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/
  const match = shape.exec(date)
  if (!match) return { ok: false, problem: `${quote(date)} is not a date`, instead: dateInstead }
  const milliseconds = Date.parse(date.replace(' ', 'T'))
  // Date.parse takes 31 February for 3 March: the day must come back as it went in.
  const midnight = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])))
  const isRealDay = midnight.getUTCMonth() + 1 === Number(match[2]) && midnight.getUTCDate() === Number(match[3])
  if (!Number.isNaN(milliseconds) && isRealDay) return { ok: true, value: milliseconds }
  return { ok: false, problem: `${quote(date)} is not in the calendar`, instead: dateInstead }
}
