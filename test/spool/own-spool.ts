// A spool in a directory of its own for each test of a file, and messages to put into it.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Message } from '../../src/core/message.ts'
import type { SpoolWriter } from '../../src/core/ports.ts'
import { type ClosableSpool, createSpool, type SpoolOptions } from '../../src/spool/spool.ts'

export const KiB = 1024
export const MiB = 1024 * KiB
export const never = new AbortController().signal

/** Options of tests that look at open files or need a device that is always full. */
export const onLinux = existsSync('/dev/full') ? {} : { skip: 'needs /dev/full and /proc' }

/** The spool of the running test. */
export let spool: ClosableSpool
/** Its directory, which holds nothing else. */
export let directory = ''

/** Makes a spool before each test of the file that calls this, and clears it away afterwards. */
export function withSpool(): void {
  let parent = ''
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'mailhaul-test-'))
    directory = join(parent, 'spool')
    spool = await createSpool({ directory })
  })
  afterEach(async () => {
    await spool.close()
    await rm(parent, { recursive: true })
  })
}

/** Goes on with another spool in the same directory. */
export async function reopen(options: Partial<SpoolOptions> = {}): Promise<void> {
  await spool.close()
  await replaceSpool(options)
}

/** The same where the old spool is closed already. */
export async function replaceSpool(options: Partial<SpoolOptions> = {}): Promise<void> {
  spool = await createSpool({ directory, ...options })
}

/** Room for a message, which must be there. */
export function reserved(size: number): SpoolWriter {
  const writer = spool.tryReserve(size)
  assert.ok(writer, 'there should be room')
  return writer
}

/** Writes the way a socket does: one buffer, used again for every chunk. */
export async function writeAll(writer: SpoolWriter, bytes: Uint8Array): Promise<void> {
  const chunk = new Uint8Array(64 * KiB)
  for (let at = 0; at < bytes.length; at += chunk.length) {
    const length = Math.min(chunk.length, bytes.length - at)
    chunk.set(bytes.subarray(at, at + length))
    await writer.write(chunk.subarray(0, length))
  }
}

/** Puts a message into the spool, claiming another size for it if told. */
export async function store(bytes: Uint8Array, claimed = bytes.length): Promise<Message> {
  const writer = reserved(claimed)
  await writeAll(writer, bytes)
  return writer.finish()
}

/** Reads a message back. */
export async function contentOf(message: Message): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(message.chunks(), (piece) => Buffer.from(piece)))
}

/** How many files this process has open. */
export async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length
}

/** Checks for an error of ours with that code. */
export function hasCode(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof MailhaulError && thrown.code === code
}
