// Timetables under any course of events: never too early, never later than the schedule and what held it up allow.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextCron } from '../../src/config/schedule.ts'
import { jitterWithin, longestJitter } from '../../src/core/schedule.ts'
import { Timetable } from '../../src/engine/timetable.ts'

const minute = 60_000

test('whatever passes take and failures want: not before the hold is over, and soon after what is due', () => {
  const events = fc.array(
    fc.record({
      lasts: fc.integer({ min: 1, max: 40 * minute }),
      hold: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 * minute })),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 * minute })),
      chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { maxLength: 60 },
  )
  const everyInterval = fc.integer({ min: 10_000, max: 120 * minute })
  fc.assert(
    fc.property(everyInterval, events, (interval, course) => {
      let time = 0
      let chance = 0
      const clock = { now: () => time, monotonic: () => time, random: () => chance }
      const timetable = new Timetable({ kind: 'every', interval }, 1, { clock, nextCron })
      let hold = 0
      let ended = 0
      let started = 0
      for (const event of course) {
        const start = time + timetable.wait
        assert.ok(start >= ended + hold, 'too early')
        const usual = Math.max(started + 1.5 * interval, ended)
        assert.ok(start <= Math.max(usual, ended + hold) + longestJitter + jitterWithin(hold) + 1, 'too late')
        time = start + event.late
        started = time
        timetable.started()
        time += event.lasts
        chance = event.chance
        hold = event.hold
        ended = time
        timetable.passed(false, hold)
      }
    }),
  )
})

test('the interval that it shows is the one in force', () => {
  const clock = { now: () => Date.UTC(2026, 0), monotonic: () => 0, random: () => 0 }
  const parts = { clock, nextCron }
  assert.equal(new Timetable({ kind: 'every', interval: 7 * minute }, 1, parts).interval, 7 * minute)
  assert.equal(new Timetable({ kind: 'cron', expression: '*/10 * * * *' }, 1, parts).interval, 10 * minute)
  const adaptive = new Timetable({ kind: 'adaptive' }, 1, parts)
  assert.equal(adaptive.interval, 5 * minute)
  adaptive.passed(true, 0)
  assert.equal(adaptive.interval, 1.25 * minute)
})
