// The bars of pictures: every message in exactly one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sizeBars, YearBars } from '../../src/core/bars.ts'

test('sizes: from the smallest that is there to the largest, each bar up to its end', () => {
  assert.deepEqual(sizeBars([]), [])
  assert.deepEqual(sizeBars([1000, 1001, 3000, 200_000]), [
    { upTo: 1000, count: 1, bytes: 1000 },
    { upTo: 3000, count: 2, bytes: 4001 },
    { upTo: 10_000, count: 0, bytes: 0 },
    { upTo: 30_000, count: 0, bytes: 0 },
    { upTo: 100_000, count: 0, bytes: 0 },
    { upTo: 300_000, count: 1, bytes: 200_000 },
  ])
  assert.deepEqual(sizeBars([0, 2e8]).at(-1), { upTo: undefined, count: 1, bytes: 2e8 })
})

test('sizes: the bars add up to what they are made of', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300_000_000)), (sizes) => {
      const bars = sizeBars(sizes)
      const sum = (of: (bar: (typeof bars)[number]) => number) => bars.reduce((total, bar) => total + of(bar), 0)
      assert.equal(
        sum(({ count }) => count),
        sizes.length,
      )
      assert.equal(
        sum(({ bytes }) => bytes),
        sizes.reduce((total, size) => total + size, 0),
      )
    }),
  )
})

test('years are those of UTC, the unknown last', () => {
  const years = new YearBars()
  years.add(undefined, 5)
  years.add(Date.UTC(2024, 0, 1), 1)
  years.add(Date.UTC(2024, 0, 1) - 1, 2)
  years.add(Date.UTC(2024, 11, 31, 23), 3)
  assert.deepEqual(years.bars(), [
    { year: 2023, count: 1, bytes: 2 },
    { year: 2024, count: 2, bytes: 4 },
    { year: undefined, count: 1, bytes: 5 },
  ])
})
