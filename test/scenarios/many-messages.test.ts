// More messages than a function takes arguments (some 120,000): every one of them gets its outcome.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greatestOf, leastOf } from '../../src/core/extremes.ts'
import { keyFromBytes } from '../../src/core/message.ts'
import type { SourceSession } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { withWorld } from './world.ts'

const count = 150_000

test('the least and the greatest of any number of numbers', () => {
  const numbers = Array.from({ length: count }, (_, at) => (at * 7919) % count)
  assert.deepEqual([leastOf(numbers), greatestOf(numbers)], [0, count - 1])
  assert.deepEqual([leastOf([]), greatestOf([])], [undefined, undefined])
})

/** Lists many messages, and has none of them left when it is asked for. */
const emptied: SourceSession = {
  facts: { host: '127.0.0.1', port: 110, tls: undefined, capabilities: [], notes: [] },
  consumes: false,
  list: async () => ({
    messages: Array.from({ length: count }, (_, at) => {
      return { number: at + 1, key: keyFromBytes(Buffer.from(`k${at}`)), size: 100 }
    }),
    notes: [],
  }),
  async *headers() {},
  async *fetch(messages) {
    for (const listed of messages) yield { kind: 'vanished', listed, reason: 'gone' }
  },
  pipelines: true,
  ping: async () => undefined,
  remove: async () => [],
  close: async () => true,
  abandon: () => undefined,
}

test('a maildrop of 150,000 messages, all of them gone', () =>
  withWorld({}, async (world) => {
    const ends = (real: Ends) => ({
      ...real,
      source: { open: async () => emptied },
    })
    const { error, tally, listed } = await world.run({ ends })
    assert.deepEqual([error, listed.count, tally.vanished.count], [undefined, count, count])
  }))
