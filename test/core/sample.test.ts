// A sample as large as the whole.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scaledTo } from '../../src/core/sample.ts'

test('a sample, scaled, adds up to the whole exactly', () => {
  const bar = fc.record({ count: fc.nat(100), bytes: fc.nat(1e6) })
  fc.assert(
    fc.property(fc.array(bar, { minLength: 1 }), fc.nat(1e6), fc.nat(1e9), (parts, count, bytes) => {
      const bars = parts.map((part, at) => ({ year: 2000 + at, ...part }))
      if (parts.every((part) => part.count === 0) || parts.every((part) => part.bytes === 0)) return
      const scaled = scaledTo(bars, { count, bytes })
      assert.equal(
        scaled.reduce((sum, one) => sum + one.count, 0),
        count,
      )
      assert.equal(
        scaled.reduce((sum, one) => sum + one.bytes, 0),
        bytes,
      )
      assert.ok(scaled.every((one) => one.count >= 0 && one.bytes >= 0))
    }),
  )
})
