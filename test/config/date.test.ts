// Dates and times: the calendar, zones, and what is neither.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseDate } from '../../src/config/date.ts'
import { table } from './table.ts'

describe('dates', () => {
  it('are midnight UTC, or exact times', () => {
    table(parseDate, [
      ['2015-01-01', Date.UTC(2015, 0, 1)],
      ['2016-02-29', Date.UTC(2016, 1, 29)],
      ['0099-01-01', Date.parse('0099-01-01')],
      ['2015-01-31T18:30:00+01:00', Date.UTC(2015, 0, 31, 17, 30)],
      ['2015-01-31 18:30Z', Date.UTC(2015, 0, 31, 18, 30)],
      ['2015-01-31T18:30:15.250Z', Date.UTC(2015, 0, 31, 18, 30, 15, 250)],
    ])
  })

  it('are refused where the calendar or the zone is missing', () => {
    const refused = [
      '',
      '2015',
      '2015-1-1',
      '2015-02-29',
      '2015-13-01',
      '2015-00-10',
      '2015-01-00',
      '01.02.2015',
      'yesterday',
    ]
    const times = ['2015-01-01T10:00', '2015-01-01T25:00Z', '2015-01-01T10:00+1', '2015-01-01T10:00Z ', '2015-01-01x']
    table(
      parseDate,
      [...refused, ...times].map((date) => [date, undefined]),
    )
  })

  it('come back as the day they were', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0101-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const day = date.toISOString().slice(0, 10)
          const parsed = parseDate(day)
          assert.ok(parsed.ok)
          assert.equal(new Date(parsed.value).toISOString().slice(0, 10), day)
        },
      ),
    )
  })
})
