// Schedules: what people write, and the times that follow, also where the clocks are changed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nextCron, parseSchedule } from '../../src/config/schedule.ts'
import { table } from './table.ts'

// Before anything asks for a local time.
process.env.TZ = 'Europe/Berlin'

describe('schedules', () => {
  it('are intervals, adaptive, or cron expressions', () => {
    const schedules: [string, unknown][] = [
      ['every 5m', { kind: 'every', interval: 300_000 }],
      ['every 90s', { kind: 'every', interval: 90_000 }],
      [' every  2 hours ', { kind: 'every', interval: 7_200_000 }],
      ['every 1 day', { kind: 'every', interval: 86_400_000 }],
      ['adaptive', { kind: 'adaptive' }],
      ['*/10 7-22 * * *', { kind: 'cron', expression: '*/10 7-22 * * *' }],
      ['0 3 * * MON-FRI', { kind: 'cron', expression: '0 3 * * MON-FRI' }],
      ['@hourly', { kind: 'cron', expression: '@hourly' }],
    ]
    for (const [text, value] of schedules) assert.deepEqual(parseSchedule(text), { ok: true, value }, text)
  })

  it('are refused where they mean nothing, or nothing good', () => {
    const refused = ['', '5m', 'every', 'every m', 'every 5', 'every 5 fortnights', 'every 9s', 'every 8d', 'every 0m']
    const crons = ['* * * *', '* * * * * *', '61 * * * *', '0 0 31 2 *', '2026-03-29T09:00:00', '@never', 'a b c d e']
    table(
      parseSchedule,
      [...refused, ...crons].map((text) => [text, undefined]),
    )
  })

  it('come right after the hour that summer time leaves out, and once in the hour that comes twice', () => {
    const times = (expression: string, from: string, count: number) => {
      const found: string[] = []
      for (let at: number | undefined = Date.parse(from); found.length < count; ) {
        at = nextCron(expression, at ?? Number.NaN)
        found.push(new Date(at ?? Number.NaN).toISOString().slice(0, 16))
      }
      return found
    }
    assert.deepEqual(times('30 2 * * *', '2026-03-28T00:00Z', 3), [
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
    assert.deepEqual(times('30 2 * * *', '2026-10-24T00:00Z', 3), [
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    const hourly = times('0 * * * *', '2026-10-24T22:30Z', 4)
    assert.deepEqual(hourly, ['2026-10-24T23:00', '2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'])
  })
})
