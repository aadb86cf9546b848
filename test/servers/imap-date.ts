// Dates as IMAP writes them (RFC 3501 §9, date and date-time).

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DATE_TIME = /^([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/
const DATE = /^(\d{1,2})-([A-Z][a-z]{2})-(\d{4})$/i

/** Milliseconds since 1970 of a date-time; undefined when it is not one. */
export function parseDateTime(text: string): number | undefined {
  const [, day = '', month = '', year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] =
    DATE_TIME.exec(text) ?? []
  if (!MONTHS.includes(month)) return undefined
  const local = Date.UTC(
    Number(year),
    MONTHS.indexOf(month),
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
  )
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  return sign === '-' ? local + offset : local - offset
}

/** The day, counted from 1970, that a date names, or that a date-time falls on in its own zone; undefined when malformed. */
export function parseDay(text: string): number | undefined {
  const [, day, month = '', year] = DATE.exec(text.trimStart().split(' ')[0] ?? '') ?? []
  const name = month.charAt(0).toUpperCase() + month.slice(1).toLowerCase()
  if (!MONTHS.includes(name)) return undefined
  return Math.floor(Date.UTC(Number(year), MONTHS.indexOf(name), Number(day)) / 86_400_000)
}

/** A moment as a date-time in UTC. */
export function formatDateTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${day}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()} ${time} +0000`
}
