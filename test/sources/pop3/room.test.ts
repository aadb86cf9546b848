// Room in the spool: at once, later, or never when nobody wants it any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Room } from '../../../src/sources/pop3/room.ts'
import { MemorySpool } from './memory-spool.ts'
import { signal } from './rig.ts'

/** A room whose owner counts what it is told. */
function roomIn(spool: MemorySpool) {
  const told: string[] = []
  const room = new Room(spool, { hasCome: () => told.push('come'), failed: ({ code }) => told.push(code) })
  return { room, told }
}

test('at once while there is any', () => {
  const spool = new MemorySpool(100)
  const { room, told } = roomIn(spool)
  assert.ok(room.take(60))
  assert.ok(room.take(40))
  assert.deepEqual([spool.held, told.length], [100, 0])
})

test('later: told when it has come, asked again by then', async () => {
  const spool = new MemorySpool(100)
  const { room, told } = roomIn(spool)
  const first = room.take(60)
  assert.equal(room.take(60), undefined)
  assert.equal(room.take(60), undefined)
  first?.discard()
  await turn()
  assert.deepEqual(told, ['come'])
  assert.ok(room.take(60))
  assert.equal(spool.held, 60)
})

test('kept for nobody: given back at the end', async () => {
  const spool = new MemorySpool(100)
  const { room } = roomIn(spool)
  const first = room.take(60)
  room.take(60)
  first?.discard()
  await turn()
  room.end()
  assert.deepEqual([spool.held, spool.open], [0, 0])
})

test('that comes after the end is given back, and nobody is told', async () => {
  const spool = new MemorySpool(100)
  const { room, told } = roomIn(spool)
  const { promise, resolve } = Promise.withResolvers<void>()
  // A spool that has made its mind up before it hears of the end.
  const reserve = spool.reserve.bind(spool)
  spool.reserve = async (octets) => {
    await promise
    return reserve(octets, signal)
  }
  const first = room.take(60)
  room.take(60)
  room.end()
  first?.discard()
  resolve()
  await turn()
  assert.deepEqual([spool.held, spool.open, told.length], [0, 0, 0])
})

test('that cannot be had: its error', async () => {
  const spool = new MemorySpool(100)
  const { room, told } = roomIn(spool)
  room.take(60)
  spool.reserve = async () => Promise.reject(new Error('closed'))
  room.take(60)
  await turn()
  assert.deepEqual(told, ['internal'])
})
