// A spool on a full disk, with files that others meddle with, and closed while it is in use.
import assert from 'node:assert/strict'
import { mkdir, open, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MailhaulError } from '../../src/core/errors.ts'
import {
  contentOf,
  directory,
  hasCode,
  KiB,
  MiB,
  never,
  onLinux,
  openFiles,
  reopen,
  replaceSpool,
  reserved,
  spool,
  store,
  withSpool,
  writeAll,
} from './own-spool.ts'

withSpool()

test('a full disk ends the run with a hint', onLinux, async () => {
  const before = await openFiles()
  await reopen({ openFile: () => open('/dev/full', 'w') })
  const isDiskFull = (thrown: unknown) =>
    thrown instanceof MailhaulError &&
    thrown.code === 'disk-full' &&
    thrown.scope === 'run' &&
    thrown.retry === 'later' &&
    thrown.message.includes(directory) &&
    thrown.hint !== undefined
  const waiting = reserved(8 * MiB)
  await assert.rejects(writeAll(waiting, new Uint8Array(8 * MiB)), isDiskFull)
  await assert.rejects(async () => waiting.write(new Uint8Array(1)), isDiskFull, 'every write tells')
  await assert.rejects(waiting.finish(), isDiskFull)
  const impatient = reserved(8 * MiB)
  impatient.write(new Uint8Array(2 * KiB))
  await assert.rejects(impatient.finish(), isDiskFull)
  const discarded = reserved(8 * MiB)
  await assert.rejects(writeAll(discarded, new Uint8Array(8 * MiB)), isDiskFull)
  discarded.discard()
  assert.equal(spool.held, 0)
  await spool.close()
  assert.equal(await openFiles(), before)
})

test('a full disk is told even to a writer that never had to wait', { ...onLinux, timeout: 60_000 }, async () => {
  await reopen({ openFile: () => open('/dev/full', 'w') })
  const writer = reserved(8 * MiB)
  let wait = writer.write(new Uint8Array(256 * KiB))
  assert.equal(wait, undefined)
  while (wait === undefined) {
    await setImmediate()
    wait = writer.write(new Uint8Array(0))
  }
  await assert.rejects(wait, hasCode('disk-full'))
})

test('a file that cannot be made, or that somebody cut short, is an error of the spool', async () => {
  const message = await store(new Uint8Array(2 * MiB))
  const [file = ''] = await readdir(directory)
  await truncate(join(directory, file), MiB)
  await assert.rejects(contentOf(message), hasCode('spool'))
  await rm(join(directory, file))
  await assert.rejects(contentOf(message), hasCode('spool'))
  await rm(directory, { recursive: true })
  const writer = reserved(2 * MiB)
  await writer.write(new Uint8Array(10))
  await assert.rejects(writer.finish(), hasCode('spool'))
})

test('a file that cannot be removed is told when the spool is closed', async () => {
  const message = await store(new Uint8Array(2 * MiB))
  const [file = ''] = await readdir(directory)
  await rm(join(directory, file))
  await mkdir(join(directory, file))
  message.release()
  assert.equal(spool.held, 0)
  await assert.rejects(spool.close(), hasCode('spool'))
  await replaceSpool()
})

test('who reserves waits until there is room, or until asked to stop', async () => {
  await reopen({ memoryBudget: 10 })
  const first = reserved(10)
  const controller = new AbortController()
  const stopped = spool.reserve(1, controller.signal)
  const waiting = spool.reserve(10, never)
  const onDisk = await spool.reserve(2 * MiB, never)
  assert.equal(spool.tryReserve(1), undefined)
  controller.abort(new Error('stopped'))
  await assert.rejects(stopped, /stopped/)
  first.discard()
  const writer = await waiting
  writer.discard()
  onDisk.discard()
  assert.equal(spool.held, 0)
})

test('closing gives up what is held and who waits', async () => {
  await reopen({ memoryBudget: 10, diskBudget: 10 })
  const inMemory = await store(Buffer.from('0123456789'))
  const onDisk = await store(new Uint8Array(2 * MiB))
  const waiting = [1, 20, 2 * MiB, 1].map((size) => spool.reserve(size, never))
  await Promise.all([spool.close(), ...waiting.map((each) => assert.rejects(each, hasCode('interrupted')))])
  assert.equal(inMemory.bytes, undefined)
  await assert.rejects(contentOf(onDisk), /released/)
  assert.equal(spool.held, 0)
  assert.deepEqual(await readdir(directory), [])
  assert.throws(() => spool.tryReserve(1), hasCode('interrupted'))
  await assert.rejects(spool.reserve(1, never), hasCode('interrupted'))
})

test('a message that is being finished when the spool is closed does not arrive', async () => {
  const writer = reserved(2 * MiB)
  await writer.write(new Uint8Array(2 * MiB))
  const finished = writer.finish()
  await Promise.all([spool.close(), assert.rejects(finished, hasCode('interrupted'))])
  assert.deepEqual(await readdir(directory), [])
})
