// Dates as mail really writes them, and which of them a message is stored with.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseHeaders } from '../../src/core/headers.ts'
import { internalDateOf } from '../../src/core/internal-date.ts'
import { parseMailDate } from '../../src/core/mail-date.ts'

const dates: readonly (readonly [string, string | undefined])[] = [
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
  ['21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
  ['Mon, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
  ['Fri, 21 Nov 1997 09:55 +0000', '1997-11-21T09:55:00Z'],
  ['Fri,21 Nov 1997 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['Fri 21 Nov 1997 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['Friday, 21 November 1997 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['ven., 21 Nov 1997 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['  Fri,  21  Nov  1997   09:55:06    +0000  ', '1997-11-21T09:55:06Z'],
  ['Fri,\t1 Nov 1997 9:5:6 +0000', '1997-11-01T09:05:06Z'],
  ['fri, 21 NOV 1997 09:55:06 gmt', '1997-11-21T09:55:06Z'],
  ['Fri, 21 Nov 97 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z'],
  ['(first) Fri, (second) 21 Nov 1997 (third (nested)) 09:55:06 +0000 (UTC)', '1997-11-21T09:55:06Z'],
  ['Fri, 21 Nov 1997 09:55:06 -0600 (CST', '1997-11-21T15:55:06Z'],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z'],
  ['21 Nov 49 09:55:06 GMT', '2049-11-21T09:55:06Z'],
  ['21 Nov 50 09:55:06 GMT', '1950-11-21T09:55:06Z'],
  ['01 Jan 00 00:00:00 GMT', '2000-01-01T00:00:00Z'],
  ['21 Nov 100 09:55:06 GMT', '2000-11-21T09:55:06Z'],
  ['21 Nov 124 09:55:06 GMT', '2024-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 UT', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 UTC', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 EST', '1997-11-21T14:55:06Z'],
  ['21 Nov 1997 09:55:06 EDT', '1997-11-21T13:55:06Z'],
  ['21 Nov 1997 09:55:06 CST', '1997-11-21T15:55:06Z'],
  ['21 Nov 1997 09:55:06 CDT', '1997-11-21T14:55:06Z'],
  ['21 Nov 1997 09:55:06 MST', '1997-11-21T16:55:06Z'],
  ['21 Nov 1997 09:55:06 MDT', '1997-11-21T15:55:06Z'],
  ['21 Nov 1997 09:55:06 PST', '1997-11-21T17:55:06Z'],
  ['21 Nov 1997 09:55:06 PDT', '1997-11-21T16:55:06Z'],
  ['21 Nov 1997 09:55:06 CEST', '1997-11-21T07:55:06Z'],
  ['21 Nov 1997 09:55:06 Z', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 A', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 NONSENSE', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 "Central Standard Time"', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 -0000', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 +0545', '1997-11-21T04:10:06Z'],
  ['21 Nov 1997 09:55:06 +05:45', '1997-11-21T04:10:06Z'],
  ['21 Nov 1997 09:55:06 +1', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09:55:06 +01', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09:55:06 -100', '1997-11-21T10:55:06Z'],
  ['21 Nov 1997 09:55:06+0100', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09:55:06 GMT+0100', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09:55:06 UTC-5', '1997-11-21T14:55:06Z'],
  ['21 Nov 1997 09:55:06 +1400', '1997-11-20T19:55:06Z'],
  ['21 Nov 1997 09:55:06 +1430', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 +9999', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 +0060', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06 +00000', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:06.123 +0000', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09.55.06 +0000', '1997-11-21T09:55:06Z'],
  ['31 Dec 1998 23:59:60 +0000', '1998-12-31T23:59:59Z'],
  ['21-Nov-1997 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['21-Nov-97 09:55:06 EST', '1997-11-21T14:55:06Z'],
  ['21 Nov 1997', '1997-11-21T00:00:00Z'],
  ['29 Feb 2024 12:00:00 +0000', '2024-02-29T12:00:00Z'],
  ['Fri Nov 21 09:55:06 1997', '1997-11-21T09:55:06Z'],
  ['Sun Nov  2 09:55:06 1997', '1997-11-02T09:55:06Z'],
  ['Fri Nov 21 09:55:06 MET 1997', '1997-11-21T08:55:06Z'],
  ['Fri Nov 21 09:55:06 -0600 1997', '1997-11-21T15:55:06Z'],
  ['1997-11-21T09:55:06Z', '1997-11-21T09:55:06Z'],
  ['1997-11-21T09:55:06.5-06:00', '1997-11-21T15:55:06Z'],
  ['1997-11-21 09:55:06 +0000', '1997-11-21T09:55:06Z'],
  ['1997-11-21', '1997-11-21T00:00:00Z'],
  ['29-Feb-2023 12:00:00 +0000', undefined],
  ['31 Apr 2023 12:00:00 +0000', undefined],
  ['0 Jan 2023 12:00:00 +0000', undefined],
  ['32 Jan 2023 12:00:00 +0000', undefined],
  ['1 Foo 2023 12:00:00 +0000', undefined],
  ['1 Jan 2023 24:00:00 +0000', undefined],
  ['1 Jan 2023 12:60:00 +0000', undefined],
  ['1 Jan 2023 12:00:61 +0000', undefined],
  ['1 Jan 0099 12:00:00 +0000', undefined],
  ['1 Jan 1899 12:00:00 +0000', undefined],
  ['1 Jan 20230 12:00:00 +0000', undefined],
  ['1 Jan 3 12:00:00 +0000', undefined],
  ['1997-13-21T09:55:06Z', undefined],
  ['1997-00-21T09:55:06Z', undefined],
  ['Mon, Jan 2024 10:00:00 +0000', undefined],
  ['Mon, 1 2024 10:00:00 +0000', undefined],
  ['1/2/2024 10:00:00', undefined],
  ['1704067200', undefined],
  ['(Invalid)', undefined],
  ['Invalid Date', undefined],
  ['-1 Jan 2024 10:00:00', undefined],
  ['', undefined],
]

for (const [text, expected] of dates) {
  test(`date ${JSON.stringify(text)}`, () => {
    const instant = parseMailDate(text)
    assert.equal(instant === undefined ? undefined : new Date(instant).toISOString().replace('.000', ''), expected)
  })
}

test('every instant written by the rules is read back', () => {
  const instants = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(instants, (date) => {
      const seconds = Math.floor(date.getTime() / 1000) * 1000
      assert.equal(parseMailDate(new Date(seconds).toUTCString()), seconds)
      assert.equal(parseMailDate(new Date(seconds).toISOString()), seconds)
    }),
  )
})

test('no text makes it throw, and long ones take no time', () => {
  const token = fc.constantFrom(
    'Mon',
    ',',
    ' ',
    '1',
    '21',
    'Nov',
    '-',
    '97',
    '1997',
    ':',
    '09:55',
    '+0100',
    '(',
    ')',
    '\xff',
    'T',
    ';',
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 20 }), (tokens) => void parseMailDate(tokens.join(''))),
    { numRuns: 3000 },
  )
  for (const unit of [' ', '1', '-', '(', 'a', '1 ', ':', '+', 'Mon, ', '\t']) parseMailDate(unit.repeat(300_000))
})

const now = Date.parse('2024-06-01T12:00:00Z')
const listedAt = Date.parse('2024-06-01T11:00:00Z')
const day = 24 * 60 * 60 * 1000
const received = (date: string) => `Received: from a (b; c) by d; ${date}\r\n`

const rules: readonly (readonly [string, string, string, string])[] = [
  [
    'the topmost Received',
    `${received('1 May 2024 10:00 +0000')}${received('1 Apr 2024 10:00 +0000')}Date: 1 Mar 2024 10:00 +0000\r\n`,
    '2024-05-01T10:00:00Z',
    'received',
  ],
  [
    'the next Received where the first has no date',
    `Received: from a by b\r\n${received('nonsense')}${received('1 Apr 2024 10:00 +0000')}`,
    '2024-04-01T10:00:00Z',
    'received',
  ],
  [
    'only what follows the last semicolon',
    'Received: from a; 1 Jan 2020 10:00 +0000; 2 Jan 2020 10:00 +0000\r\n',
    '2020-01-02T10:00:00Z',
    'received',
  ],
  [
    'a semicolon in a comment behind the date',
    'Received: by b; 2 Jan 2020 10:00 +0000 (a; b)\r\n',
    '2020-01-02T10:00:00Z',
    'received',
  ],
  [
    'a folded Received',
    'Received: from a\r\n\tby b;\r\n\tThu, 2 Jan 2020\r\n 10:00:00 +0000\r\n',
    '2020-01-02T10:00:00Z',
    'received',
  ],
  [
    'Date where no Received helps',
    `Received: by b\r\n${received('1 Jan 1970 00:00 +0000')}Date: 1 Mar 2024 10:00 +0000\r\n`,
    '2024-03-01T10:00:00Z',
    'date',
  ],
  [
    'the second Date where the first is none',
    'Date: yesterday\r\nDate: 1 Mar 2024 10:00 +0000\r\n',
    '2024-03-01T10:00:00Z',
    'date',
  ],
  ['the listing where nothing helps', 'Date: (Invalid)\r\n', '2024-06-01T11:00:00Z', 'listing'],
  ['the listing where there are no headers', '', '2024-06-01T11:00:00Z', 'listing'],
  ['no date before 1980 (B27)', 'Date: 31 Dec 1979 23:59:59 +0000\r\n', '2024-06-01T11:00:00Z', 'listing'],
  ['from 1980 on', 'Date: 1 Jan 1980 00:00:00 +0000\r\n', '1980-01-01T00:00:00Z', 'date'],
  [
    'no date more than a day ahead (B27)',
    `${received('2 Jun 2024 12:00:01 +0000')}Date: 1 Mar 2024 10:00 +0000\r\n`,
    '2024-03-01T10:00:00Z',
    'date',
  ],
  [
    'a date less than a day ahead counts as now (B26)',
    received('2 Jun 2024 12:00:00 +0000'),
    '2024-06-01T12:00:00Z',
    'received',
  ],
]

for (const [name, block, expected, rule] of rules) {
  test(`internal date: ${name}`, () => {
    const actual = internalDateOf(parseHeaders(Buffer.from(block)), { listedAt, now })
    assert.deepEqual(
      { ...actual, instant: new Date(actual.instant).toISOString() },
      { instant: expected.replace('Z', '.000Z'), rule },
    )
  })
}

test('the time of listing is kept within what servers store (B26)', () => {
  assert.equal(internalDateOf([], { listedAt: 0, now }).instant, day)
  assert.equal(internalDateOf([], { listedAt: now + day, now }).instant, now)
})
