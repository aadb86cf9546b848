// How long a pair will take: the model held against runs that were measured, and against what must hold for any.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EstimateInput, estimateOf } from '../../src/core/estimate.ts'

/** Two thousand messages of 21 kB on this machine, from Dovecot to Dovecot, but for what is said. */
function given(changes: Partial<EstimateInput> = {}): EstimateInput {
  return {
    work: { count: 2000, bytes: 42_400_000 },
    source: { opening: 60, roundTrip: 0.4, perHeader: 0.11, headersRead: 96, pipelines: true },
    destination: { opening: 50, roundTrip: 0.5, style: 'many', lanes: 4 },
    limits: { source: [], destination: [] },
    budgets: [],
    earlier: undefined,
    ...changes,
  }
}

const far = { opening: 250, roundTrip: 42 }
const source = { ...given().source, ...far }
const destination = { ...given().destination, ...far }
const thousand = { count: 1000, bytes: 21_200_000 }

/** Runs that were measured: what was known beforehand, and how many seconds they took. */
const measured: readonly [name: string, input: EstimateInput, seconds: readonly number[]][] = [
  ['next door', given(), [0.92, 1.01, 2.64, 3.47]],
  ['40 ms away', given({ source, destination }), [3.42, 3.5, 3.74, 4.41]],
  [
    'next door, one message per command',
    given({ destination: { ...given().destination, style: 'ahead' } }),
    [11.3, 26.6, 30, 34.1],
  ],
  [
    '40 ms away, asked before every message',
    given({ work: thousand, source, destination: { ...destination, style: 'asked' } }),
    [12.8, 19.9, 22.3, 22.9],
  ],
]

for (const [name, input, runs] of measured) {
  test(`${name}: what was measured lies between low and high`, () => {
    const { low, likely, high } = estimateOf(input) ?? assert.fail()
    for (const seconds of runs) assert.ok(low <= seconds && seconds <= high, `${low} to ${high}: ${seconds}`)
    assert.ok(low < likely && likely < high)
  })
}

test('nothing to do takes no time', () => {
  assert.equal(estimateOf(given({ work: { count: 0, bytes: 0 } })), undefined)
})

test('what holds it lengthens it: distance, one command at a time, size, limits', () => {
  const likely = (changes: Partial<EstimateInput>) => estimateOf(given(changes))?.likely ?? 0
  const plain = likely({})
  assert.ok(likely({ source, destination }) > plain)
  assert.ok(likely({ source: { ...source, pipelines: false } }) > 2000 * 0.04)
  assert.ok(likely({ work: { count: 2000, bytes: 42_400_000_000 } }) > 100 * plain)
  for (const end of ['source', 'destination'] as const) {
    const limits = { source: [], destination: [], [end]: [{ messagesPerSecond: 1 }, { bytesPerSecond: 1e6 }] }
    const { low, likely: held, basis } = estimateOf(given({ limits })) ?? assert.fail()
    assert.ok(low >= 2000 && held >= 2000, `${low}`)
    assert.match(
      basis.join('\n'),
      /The limits in force let 42\.4 MB in 2000 messages through in 33 min 20 s at the soonest/,
    )
  }
})

test('an earlier run tells more than the model: a smaller range around its rate', () => {
  const earlier = { count: 1000, bytes: 21_200_000, milliseconds: 30_000 }
  const { low, likely, high, basis } = estimateOf(given({ earlier })) ?? assert.fail()
  assert.ok(low > 29 && low < 31 && likely > 59 && likely < 61 && high < 160, `${low}, ${likely}, ${high}`)
  assert.match(basis.join('\n'), /moved 33 messages a second, 706\.7 kB\/s/)
})

const budgets: readonly [left: number, limit: number, bytes: number, days: number][] = [
  [500, 500, 500, 1],
  [500, 500, 501, 2],
  [0, 500, 500, 2],
  [100, 500, 1100, 3],
  [100, 500, 1101, 4],
]

for (const [left, limit, bytes, days] of budgets) {
  test(`${bytes} octets, ${left} of ${limit} left today: ${days} days`, () => {
    const estimate = estimateOf(
      given({
        work: { count: 1, bytes },
        budgets: [
          { left, limit },
          { left: 1e9, limit: 1e9 },
        ],
      }),
    )
    assert.equal(estimate?.days, days)
    assert.equal(
      estimate?.basis.some((sentence) => sentence.includes('daily budget')),
      days > 1,
    )
  })
}

test('whatever is measured: three finite numbers in order', () => {
  const time = fc.double({ min: 0, max: 1e6, noNaN: true })
  const amount = fc.record({ count: fc.integer({ min: 1, max: 1e6 }), bytes: fc.nat(1e12) })
  const input = fc.record({
    work: amount,
    source: fc.record({
      ...{ opening: time, roundTrip: time, headersRead: fc.nat(100), pipelines: fc.boolean() },
      perHeader: fc.option(time, { nil: undefined }),
    }),
    destination: fc.record({
      ...{ opening: time, roundTrip: time, lanes: fc.nat(16) },
      style: fc.constantFrom('many' as const, 'ahead' as const, 'asked' as const),
    }),
    limits: fc.constant({ source: [{ bytesPerSecond: 1e4 }], destination: [] }),
    budgets: fc.array(fc.record({ left: fc.nat(), limit: fc.nat() })),
    earlier: fc.option(fc.record({ count: fc.nat(1e6), bytes: fc.nat(), milliseconds: time }), { nil: undefined }),
  })
  fc.assert(
    fc.property(input, (one) => {
      const { low, likely, high, days, basis } = estimateOf(one) ?? assert.fail()
      assert.ok([low, likely, high, days].every(Number.isFinite))
      assert.ok(low >= 0 && low <= likely && likely <= high, `${low}, ${likely}, ${high}`)
      assert.ok(basis.length > 1)
    }),
  )
})
