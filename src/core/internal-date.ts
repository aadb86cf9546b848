// Which date a message is stored with (INTERNALDATE): when it arrived, as far as its headers can be believed.
import { withoutComments } from './comments.ts'
import { type HeaderField, headerValues } from './headers.ts'
import { parseMailDate } from './mail-date.ts'
import type { DateRule } from './outcome.ts'

const day = 24 * 60 * 60 * 1000
// Nothing was mailed by these rules before 1980; such dates come from clocks that were never set.
const earliestCredible = Date.UTC(1980, 0, 1)
// Servers have stored earlier dates as something else: Dovecot 2.3 made 1901 of 1969 (quirk B26).
const earliestStorable = Date.UTC(1970, 0, 2)

/** The date of a message, in milliseconds since the epoch, and the rule it came by. */
export interface InternalDate {
  readonly instant: number
  readonly rule: DateRule
}

/**
 * The topmost Received field with a credible date, else a credible Date field, else the time of listing. Credible is
 * from 1980 until a day after `now` (quirk B27); the result lies between 2 January 1970 and `now`.
 */
export function internalDateOf(
  fields: readonly HeaderField[],
  { listedAt, now }: { readonly listedAt: number; readonly now: number },
): InternalDate {
  const dated = (instant: number, rule: DateRule) => ({
    instant: Math.max(earliestStorable, Math.min(instant, now)),
    rule,
  })
  for (const value of headerValues(fields, 'Received')) {
    const instant = credible(parseTrailer(value), now)
    if (instant !== undefined) return dated(instant, 'received')
  }
  for (const value of headerValues(fields, 'Date')) {
    const instant = credible(parseMailDate(value), now)
    if (instant !== undefined) return dated(instant, 'date')
  }
  return dated(listedAt, 'listing')
}

/** The date behind the last semicolon of a Received field (RFC 5322 §3.6.7); those in comments do not count. */
function parseTrailer(received: string): number | undefined {
  const text = withoutComments(received)
  const semicolon = text.lastIndexOf(';')
  return semicolon === -1 ? undefined : parseMailDate(text.slice(semicolon + 1))
}

function credible(instant: number | undefined, now: number): number | undefined {
  return instant !== undefined && instant >= earliestCredible && instant <= now + day ? instant : undefined
}
