// The batcher and the gate: when batches go, and who may work side by side.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FolderIndex } from '../../src/core/folder-index.ts'
import type { Outgoing } from '../../src/core/ports.ts'
import { Batcher } from '../../src/engine/batch.ts'
import type { OpenFolder } from '../../src/engine/folder-desk.ts'
import { Gate } from '../../src/engine/gate.ts'
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

test('whoever wants to be alone waits for those at work, and nobody overtakes', async () => {
  const gate = new Gate()
  const order: string[] = []
  let finish = () => {}
  const first = gate.share(() =>
    new Promise<void>((resolve) => (finish = resolve)).then(() => void order.push('shared')),
  )
  const alone = gate.alone(async () => void order.push('alone'))
  const later = gate.share(async () => void order.push('later'))
  await Promise.resolve()
  assert.deepEqual(order, [])
  finish()
  await Promise.all([first, alone, later])
  assert.deepEqual(order, ['shared', 'alone', 'later'])
})

test('a failure opens the gate again', async () => {
  const gate = new Gate()
  await assert.rejects(gate.alone(() => Promise.reject(new Error('x'))))
  await assert.rejects(gate.share(() => Promise.reject(new Error('x'))))
  assert.equal(await gate.alone(async () => 'in'), 'in')
})
