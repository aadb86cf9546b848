// Reads the dates of mail headers: RFC 5322 §3.3, its obsolete forms (§4.3), and what programs write instead.
import { withoutComments } from './comments.ts'

// Dates are short: anything longer is not looked at, so the patterns below cannot be kept busy.
const longestDate = 120

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

// Hours east of Greenwich. RFC 5322 §4.3 knows the first ten; the rest are unambiguous and seen in mail. Every other
// name, military letters included, counts as UTC there.
const hoursOfZone: Readonly<Record<string, number>> = {
  UT: 0,
  GMT: 0,
  EDT: -4,
  EST: -5,
  CDT: -5,
  CST: -6,
  MDT: -6,
  MST: -7,
  PDT: -7,
  PST: -8,
  CET: 1,
  CEST: 2,
  MET: 1,
  MEST: 2,
  EET: 2,
  EEST: 3,
  MSK: 3,
  JST: 9,
}

const time = String.raw`(?<hour>\d{1,2})[:.](?<minute>\d{1,2})(?:[:.](?<second>\d{1,2})(?:[.,]\d{1,9})?)?`
const zone = String.raw`(?<zone>[a-z]{0,5} ?(?:[+-]\d{1,2}?:?(?:\d{2})?(?!\d))?)`
const forms = [
  // 1 Jan 2024 10:00:00 +0000, and 1-Jan-24 10:00
  new RegExp(String.raw`^(?<day>\d{1,2})[ .-]{1,2}(?<month>[a-z]{3,9})[ .,-]{1,2}(?<year>\d{2,4})(?: ${time} ?${zone})?(?: |$)`, 'i'),
  // Jan 1 10:00:00 UTC 2024: asctime and date(1)
  new RegExp(String.raw`^(?<month>[a-z]{3,9}) (?<day>\d{1,2}) ${time} ?${zone} ?(?<year>\d{4})(?: |$)`, 'i'),
  // 2024-01-01T10:00:00Z: ISO 8601
  new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[ T]${time} ?${zone})?(?: |$)`, 'i'),
]
