// Reads the dates of mail headers: RFC 5322 §3.3, its obsolete forms (§4.3), and what programs write instead.
import { withoutComments } from './comments.ts'

// Dates are short: what follows is not looked at, so that the patterns below cannot be kept busy.
const longestDate = 120

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

// Hours east of Greenwich: the zones of RFC 5322 §4.3, and unambiguous ones seen in mail. Every other name, military
// letters included, counts as UTC, as that section says.
const hoursOfZone: ReadonlyMap<string, number> = new Map([
  ...Object.entries({ EDT: -4, EST: -5, CDT: -5, CST: -6, MDT: -6, MST: -7, PDT: -7, PST: -8 }),
  ...Object.entries({ CET: 1, CEST: 2, MET: 1, MEST: 2, EET: 2, EEST: 3, MSK: 3, JST: 9 }),
])

const weekday = /^(?:[^ ,\d]{1,12},|(?:sun|mon|tue|wed|thu|fri|sat)[a-z]{0,6}\.?(?= |\d)) ?/i
const time = String.raw`(?<hour>\d{1,2}) ?[:.] ?(?<minute>\d{1,2})(?: ?[:.] ?(?<second>\d{1,2})(?:[.,]\d{1,9})?)?`
const zone = String.raw` ?(?<zone>[a-z]{0,5}) ?(?:(?<sign>[+-])(?<zoneHours>\d{1,2}?):?(?<zoneMinutes>\d{2})?(?!\d))?`
const end = '(?=[ +-]|$)'
const forms = [
  // 1 Jan 2024 10:00:00 +0000, 1-Jan-24 10:00 GMT
  String.raw`^(?<day>\d{1,2})[ .-]{1,2}(?<month>[a-z]{3,9})[ .,-]{1,2}(?<year>\d{2,4}),?(?: ${time}${zone})?${end}`,
  // Jan 1 10:00:00 UTC 2024: asctime(3) and date(1)
  String.raw`^(?<month>[a-z]{3,9}) (?<day>\d{1,2}) ${time}${zone} ?(?<year>\d{4})${end}`,
  // 2024-01-01T10:00:00Z: ISO 8601
  String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[ T]${time}${zone})?${end}`,
].map((form) => new RegExp(form, 'i'))

/**
 * The instant of a date in milliseconds since the epoch; undefined for a date that does not exist or is none. The day
 * of the week is ignored, a leap second counts as the one before it, an impossible or unknown zone as UTC.
 */
export function parseMailDate(value: string): number | undefined {
  const text = withoutComments(value).replace(/\s+/g, ' ').trim().slice(0, longestDate).replace(weekday, '')
  for (const form of forms) {
    const parts = form.exec(text)?.groups
    if (parts) return instantOf(parts)
  }
  return undefined
}

function instantOf(parts: Readonly<Record<string, string | undefined>>): number | undefined {
  const year = yearOf(parts.year ?? '')
  const month = monthOf(parts.month ?? '')
  const day = Number(parts.day)
  const [hour, minute, second] = [Number(parts.hour ?? 0), Number(parts.minute ?? 0), Number(parts.second ?? 0)]
  if (year < 1900 || month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60) return undefined
  // Day 0 of the month after is the last day of this one.
  if (day < 1 || day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate()) return undefined
  return Date.UTC(year, month, day, hour, minute, Math.min(second, 59)) - zoneOffset(parts)
}

function yearOf(digits: string): number {
  const year = Number(digits)
  // RFC 5322 §4.3: programs that counted from 1900 wrote two digits, and three from the year 2000 on.
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year
  return digits.length === 3 ? 1900 + year : year
}

function monthOf(text: string): number {
  return /^\d/.test(text) ? Number(text) - 1 : months.indexOf(text.slice(0, 3).toLowerCase())
}

/** Milliseconds east of Greenwich. */
function zoneOffset(parts: Readonly<Record<string, string | undefined>>): number {
  const minutes = Number(parts.zoneHours ?? 0) * 60 + Number(parts.zoneMinutes ?? 0)
  const isPossible = Number(parts.zoneMinutes ?? 0) < 60 && minutes <= 14 * 60
  if (parts.sign !== undefined) return isPossible ? minutes * (parts.sign === '-' ? -60_000 : 60_000) : 0
  return (hoursOfZone.get((parts.zone ?? '').toUpperCase()) ?? 0) * 3_600_000
}
