// The batcher: when batches go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FolderIndex } from '../../src/core/folder-index.ts'
import type { Outgoing } from '../../src/core/ports.ts'
import { Batcher } from '../../src/engine/batch.ts'
import type { OpenFolder } from '../../src/engine/folder-desk.ts'
import { heldClock } from './held-clock.ts'
import { heldMessage } from './held-message.ts'

const open = (name: string): OpenFolder => {
  return { name, folder: { path: name, uidValidity: 1, uidNext: 1, messages: 0 }, index: new FolderIndex() }
}
const outgoing = (size: number): Outgoing => ({
  message: heldMessage(new Uint8Array(size)),
  flags: [],
  internalDate: 0,
})

function batcher(count: number, bytes: number) {
  const sent: [string, number[]][] = []
  const clock = heldClock()
  const made = new Batcher<Outgoing>(
    () => ({ count, bytes }),
    clock,
    async ({ name }, batch) => {
      sent.push([name, batch.map(({ message }) => message.size)])
    },
  )
  return { made, sent, clock }
}

test('a batch goes when it has its count, its bytes, or has waited', async () => {
  const { made, sent, clock } = batcher(3, 100)
  for (const size of [1, 2, 3]) made.add(open('a'), outgoing(size))
  assert.deepEqual(sent, [['a', [1, 2, 3]]])
  made.add(open('a'), outgoing(60))
  made.add(open('a'), outgoing(60))
  assert.deepEqual(sent.slice(1), [['a', [60]]])
  await clock.pass(10_000)
  assert.deepEqual(sent.slice(2), [['a', [60]]])
})

test('a batch has its own time to wait, whatever became of the one before', async () => {
  const { made, sent, clock } = batcher(2, 100)
  made.add(open('a'), outgoing(1))
  await clock.pass(100)
  made.add(open('a'), outgoing(2))
  made.add(open('a'), outgoing(3))
  await clock.pass(100)
  assert.deepEqual(sent, [['a', [1, 2]]])
  await clock.pass(50)
  assert.deepEqual(sent.slice(1), [['a', [3]]])
})

test('a message larger than a batch travels alone, at once, and folders do not mix', () => {
  const { made, sent } = batcher(10, 100)
  made.add(open('a'), outgoing(5))
  made.add(open('b'), outgoing(500))
  assert.deepEqual(sent, [['b', [500]]])
})

test('draining sends what is left and waits for it', async () => {
  const { made, sent } = batcher(10, 100)
  made.add(open('a'), outgoing(5))
  made.add(open('b'), outgoing(6))
  await made.drain()
  assert.deepEqual(sent, [
    ['a', [5]],
    ['b', [6]],
  ])
})
