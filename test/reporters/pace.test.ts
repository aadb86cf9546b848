// Speeds and times left: right in the long run, and calm.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Forecast, Pace } from '../../src/reporters/pace.ts'
import { leftText } from '../../src/reporters/progress-text.ts'

const frame = 200

test('a steady speed is known from the first sample on', () => {
  const pace = new Pace(0, 0)
  for (let now = frame; now < 60_000; now += frame) {
    assert.ok(Math.abs(pace.sample(now, now * 3) - 3) < 1e-9)
  }
})

test('a new speed is taken over within a minute, a standstill too', () => {
  const pace = new Pace(0, 0)
  let done = 0
  let now = 0
  const minuteAt = (speed: number) => {
    let measured = 0
    for (let frames = 0; frames < 300; frames += 1) {
      now += frame
      done += frame * speed
      measured = pace.sample(now, done)
    }
    return measured
  }
  assert.ok(Math.abs(minuteAt(10) - 10) < 1e-6)
  assert.ok(Math.abs(minuteAt(2) - 2) < 0.1)
  assert.ok(minuteAt(0) < 0.02)
})

test('no time, no sample; a number that falls is no speed', () => {
  const pace = new Pace(1000, 50)
  assert.equal(pace.sample(1000, 1_000_000), 0)
  assert.equal(pace.sample(1000 + frame, 0), 0)
})

test('nothing is foretold in the first seconds, at a standstill, or beyond thirty days', () => {
  const early = new Forecast(0, 0)
  assert.equal(early.sample(2_999, 0.5), undefined)
  assert.notEqual(early.sample(3_001, 0.5), undefined)
  const still = new Forecast(0, 0.5)
  for (let now = frame; now < 60_000; now += frame) assert.equal(still.sample(now, 0.5), undefined)
  const endless = new Forecast(0, 0)
  assert.equal(endless.sample(60_000, 1e-6), undefined)
})

test('at a steady speed the time left is right', () => {
  const forecast = new Forecast(0, 0)
  const whole = 600_000
  for (let now = frame; now < whole; now += frame) {
    const left = forecast.sample(now, now / whole)
    if (now >= 3000) assert.ok(Math.abs((left ?? 0) - (whole - now)) < 2, `${left} at ${now}`)
  }
})

test('batches that arrive in bursts do not make the time left jump', () => {
  fc.assert(
    fc.property(fc.noShrink(fc.infiniteStream(fc.noBias(fc.nat(2000)))), (luck) => {
      const forecast = new Forecast(0, 0)
      const whole = 300_000
      let arrived = 0
      let before: number | undefined
      for (let now = frame; now < whole * 0.9; now += frame) {
        // A batch a second, anything between nothing and twice as large as it should be.
        if (now % 1000 === 0) arrived += luck.next().value ?? 0
        const left = forecast.sample(now, Math.min(1, arrived / whole))
        if (now > 20_000 && left !== undefined && before !== undefined) {
          const jump = Math.abs(left - before)
          assert.ok(jump < 1000 + before * 0.02, `from ${before} to ${left} at ${now}`)
        }
        before = left
      }
    }),
    { numRuns: 50 },
  )
})

test('the time left is said in steps', () => {
  const cases: [number | undefined, string][] = [
    [undefined, ''],
    [0, '5 s left'],
    [12_400, '10 s left'],
    [57_000, '55 s left'],
    [58_000, '1 min left'],
    [89_000, '1 min left'],
    [91_000, '2 min left'],
    [65 * 60_000, '1 h 5 min left'],
    [3 * 3_600_000 + 14 * 60_000, '3 h 10 min left'],
    [26 * 3_600_000, '1 d 2 h left'],
  ]
  for (const [left, expected] of cases) assert.equal(leftText(left), expected)
})
