// Numbers as people read them, where they round up into the next unit above all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, formatDuration, formatRate } from '../../src/core/format.ts'

const sizes: readonly (readonly [number, string])[] = [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [1049, '1 kB'],
  [1050, '1.1 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1 MB'],
  [1_234_567, '1.2 MB'],
  [50_000_000, '50 MB'],
  [52_428_800, '52.4 MB'],
  [7.5e9, '7.5 GB'],
  [2e12, '2 TB'],
  [3e18, '3000 PB'],
]

test('sizes', () => {
  for (const [octets, expected] of sizes) assert.equal(formatBytes(octets), expected)
})

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const durations: readonly (readonly [number, string])[] = [
  [0, '0 ms'],
  [0.4, '0 ms'],
  [350, '350 ms'],
  [999.4, '999 ms'],
  [999.5, '1 s'],
  [4_249, '4.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min'],
  [200 * second, '3 min 20 s'],
  [59 * minute + 59_499, '59 min 59 s'],
  [59 * minute + 59_500, '1 h'],
  [2 * hour + 5 * minute, '2 h 5 min'],
  [23 * hour + 59 * minute + 29_000, '23 h 59 min'],
  [23 * hour + 59 * minute + 30_000, '1 d'],
  [76 * hour, '3 d 4 h'],
]

test('durations', () => {
  for (const [milliseconds, expected] of durations) assert.equal(formatDuration(milliseconds), expected)
})

test('rates', () => {
  assert.equal(formatRate(3_400_000, 1000), '3.4 MB/s')
  assert.equal(formatRate(500, 2000), '250 B/s')
  assert.equal(formatRate(500, 0), '-')
})
