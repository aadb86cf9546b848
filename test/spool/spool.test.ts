// Messages through the spool: in memory and in files, given up or read back, whatever was claimed of their size.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import { type OpenNew, openNew } from '../../src/spool/spool-file.ts'
import {
  contentOf,
  directory,
  KiB,
  MiB,
  never,
  onLinux,
  openFiles,
  reopen,
  reserved,
  spool,
  store,
  withSpool,
  writeAll,
} from './own-spool.ts'

withSpool()

test('a small message stays in memory', async () => {
  const bytes = Buffer.from('Subject: x\r\n\r\nhello\n')
  const message = await store(bytes)
  assert.deepEqual(Buffer.from(message.bytes ?? []), bytes)
  assert.deepEqual(await contentOf(message), bytes)
  assert.deepEqual(message.fingerprints, fingerprintsOf(bytes))
  assert.equal(message.size, bytes.length)
  assert.equal(message.foldedSize, bytes.length + 1)
  assert.equal(Buffer.from(message.headers).toString(), 'Subject: x\r\n\r\n')
  assert.equal(spool.held, bytes.length)
  assert.deepEqual(await readdir(directory), [])
  message.release()
  message.release()
  assert.equal(spool.held, 0)
  assert.equal(message.bytes, undefined)
  await assert.rejects(contentOf(message), /released/)
})

test('a large message lies in a file that only its owner may read, whatever the umask', async () => {
  const umask = process.umask(0)
  try {
    await rm(directory, { recursive: true })
    await reopen()
    const bytes = randomBytes(3 * MiB + 17)
    const message = await store(bytes)
    const [file = ''] = await readdir(directory)
    assert.equal((await stat(join(directory, file))).mode & 0o7777, 0o600)
    assert.equal((await stat(directory)).mode & 0o7777, 0o700)
    assert.equal(message.bytes, undefined)
    assert.deepEqual(message.fingerprints, fingerprintsOf(bytes))
    for (let time = 0; time < 2; time += 1) assert.ok((await contentOf(message)).equals(bytes))
    for await (const piece of message.chunks()) assert.ok(piece.length <= 256 * KiB)
    assert.equal(spool.held, bytes.length)
    message.release()
    message.release()
    assert.equal(spool.held, 0)
    await spool.close()
    assert.deepEqual(await readdir(directory), [])
  } finally {
    process.umask(umask)
  }
})

test('what is claimed of a size changes nothing but where the message lies', async () => {
  const bytes = randomBytes(5000)
  for (const claimed of [0, 1, 4998, 5000, 9000, MiB, -1, Number.NaN]) {
    const message = await store(bytes, claimed)
    assert.ok(Buffer.from(message.bytes ?? []).equals(bytes), `claimed ${claimed}`)
    assert.ok((message.bytes?.buffer.byteLength ?? 0) < 6000, 'memory in proportion to the message')
    assert.equal(spool.held, 5000)
    message.release()
  }
  for (const claimed of [MiB + 1, 1e15, Number.POSITIVE_INFINITY]) {
    const message = await store(bytes, claimed)
    assert.equal(message.bytes, undefined)
    assert.ok((await contentOf(message)).equals(bytes))
    assert.equal(spool.held, 5000)
    message.release()
    assert.equal(spool.held, 0)
  }
})

test('a message that outgrows memory moves to a file, and its octets to the other budget', async () => {
  await reopen({ memoryBudget: 10 * KiB, diskBudget: 10 * KiB, inMemory: 4 * KiB, besides: 0 })
  const bytes = randomBytes(9 * KiB)
  const writer = reserved(1)
  await writer.write(bytes.subarray(0, 4 * KiB))
  assert.ok(spool.tryReserve(4 * KiB), 'in memory, 4 of 10 KiB are taken')
  assert.equal(spool.held, 8 * KiB)
  await writer.write(bytes.subarray(4 * KiB))
  assert.equal(spool.held, 13 * KiB)
  assert.ok(spool.tryReserve(4 * KiB), 'in memory, the room has come back')
  assert.equal(spool.tryReserve(5 * KiB), undefined, 'on disk, 9 of 10 KiB are taken')
  const message = await writer.finish()
  assert.equal(message.bytes, undefined)
  assert.ok((await contentOf(message)).equals(bytes))
})

test('a message that moves to a file counts in memory until the disk has it', async () => {
  for (const isGivenUp of [false, true]) {
    const disk = Promise.withResolvers<void>()
    const openFile: OpenNew = (path) => disk.promise.then(() => openNew(path))
    await reopen({ memoryBudget: MiB, besides: 0, openFile })
    const bytes = randomBytes(MiB + KiB)
    const writer = reserved(MiB)
    writer.write(bytes.subarray(0, MiB))
    const wait = writer.write(bytes.subarray(MiB))
    const { held } = spool
    const early = spool.tryReserve(MiB)
    early?.discard()
    const next = spool.reserve(MiB, never)
    if (isGivenUp) writer.discard()
    disk.resolve()
    assert.deepEqual([held, early], [bytes.length, undefined], 'while the disk is behind')
    await next
    if (isGivenUp) for (let turns = 0; turns < 50; turns += 1) await turn()
    else {
      await wait
      assert.equal(spool.held, MiB + bytes.length)
      const message = await writer.finish()
      assert.ok((await contentOf(message)).equals(bytes))
      message.release()
    }
    assert.equal(spool.held, MiB)
    assert.equal(spool.tryReserve(1), undefined, 'nobody gave back twice')
  }
})

test('small messages take more than their octets, and count for that', async () => {
  await reopen({ memoryBudget: 10 * KiB, besides: 4 * KiB })
  const writers = [reserved(10), reserved(10)]
  assert.equal(spool.held, 20)
  assert.equal(spool.tryReserve(10), undefined)
  for (const writer of writers) writer.discard()
  assert.equal(spool.held, 0)
  assert.ok(spool.tryReserve(6 * KiB))
})

test('an empty message is a message', async () => {
  for (const claimed of [0, 10, 2 * MiB]) {
    const message = await reserved(claimed).finish()
    assert.equal(message.size, 0)
    assert.equal((await contentOf(message)).length, 0)
    message.release()
  }
  assert.equal(spool.held, 0)
})

test('any sizes of chunks, waited for or not, arrive in order', async () => {
  await reopen({ inMemory: 64 * KiB })
  const sizes = fc.array(fc.oneof(fc.nat(2000), fc.nat(700_000)), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(200_000), fc.boolean(), async (lengths, claimed, isPatient) => {
      const chunks = lengths.map((length) => randomBytes(length))
      const writer = await spool.reserve(claimed, never)
      for (const chunk of chunks) {
        const wait = writer.write(chunk)
        if (isPatient) await wait
      }
      const message = await writer.finish()
      assert.ok((await contentOf(message)).equals(Buffer.concat(chunks)))
      message.release()
      assert.equal(spool.held, 0)
    }),
    { numRuns: 40 },
  )
})

test('a writer that is faster than the disk is told to wait', async () => {
  const writer = reserved(8 * MiB)
  let waits = 0
  for (let count = 0; count < 64; count += 1) {
    const wait = writer.write(new Uint8Array(128 * KiB))
    if (wait) waits += 1
    await wait
  }
  assert.ok(waits > 0)
  const message = await writer.finish()
  assert.equal(message.size, 8 * MiB)
})

test('a message given up leaves nothing behind, and not again later', async () => {
  for (const written of [0, 10, 5 * MiB]) {
    for (const claimed of [10, 5 * MiB]) {
      const writer = reserved(claimed)
      await writeAll(writer, new Uint8Array(written))
      const other = reserved(7)
      writer.discard()
      writer.discard()
      assert.equal(spool.held, 7)
      assert.throws(() => writer.write(new Uint8Array(1)), /closed/)
      await assert.rejects(writer.finish(), /closed/)
      other.discard()
    }
  }
  // Given up while the file is only just being made.
  const writer = reserved(5 * MiB)
  writer.write(new Uint8Array(MiB))
  writer.discard()
  await spool.close()
  assert.deepEqual(await readdir(directory), [])
})

test('discarding a finished message does nothing', async () => {
  const writer = reserved(2 * MiB)
  await writer.write(Buffer.from('abc'))
  const message = await writer.finish()
  writer.discard()
  assert.equal((await contentOf(message)).toString(), 'abc')
  assert.equal(spool.held, 3)
})

test('no file stays open', onLinux, async () => {
  const before = await openFiles()
  const messages = await Promise.all([1, 2, 3, 4].map((count) => store(new Uint8Array(count * MiB + 1))))
  assert.equal(await openFiles(), before, 'after finish')
  for (const message of messages) {
    await contentOf(message)
    for await (const _ of message.chunks()) break
  }
  assert.equal(await openFiles(), before, 'after reading, to the end or not')
  const writer = reserved(4 * MiB)
  await writeAll(writer, new Uint8Array(4 * MiB))
  writer.discard()
  for (const message of messages) message.release()
  await spool.close()
  assert.equal(await openFiles(), before, 'after discard and release')
})
