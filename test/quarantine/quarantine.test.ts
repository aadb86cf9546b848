// What the quarantine keeps, for whom, and what it refuses to write to.
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createFingerprinter, hexOf } from '../../src/core/fingerprint.ts'
import type { Message } from '../../src/core/message.ts'
import { createQuarantine } from '../../src/quarantine/quarantine.ts'
import { isError } from '../contracts/ledger-samples.ts'
import { key } from '../core/rows.ts'

const bytes = Buffer.from('Subject: \xfcber\r\n\r\na\0b\nc\r\n', 'latin1')
const about = {
  pair: 'alice & bob/../x',
  key: key('u1\x07'),
  folder: 'INBOX',
  outcome: 'rejected',
  code: 'nul',
  reason: 'The server takes no message with NUL octets.',
  hint: undefined,
  attempts: 1,
} as const

function place(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-quarantine-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'kept')
}

function quarantineIn(directory: string) {
  return createQuarantine({ directory, clock: { now: () => Date.UTC(2026, 0, 2) }, version: '9.9.9' })
}

/** A message as the spool hands it over, in pieces. */
function messageOf(whole: Uint8Array): Message {
  const fingerprinter = createFingerprinter()
  fingerprinter.update(whole)
  return {
    ...fingerprinter.finish(),
    bytes: undefined,
    async *chunks() {
      for (let at = 0; at < whole.length; at += 5) yield whole.subarray(at, at + 5)
    },
    release: () => undefined,
  }
}

test('the exact bytes, and why, for the owner alone; a pair name leads nowhere else', async (t) => {
  const directory = place(t)
  const message = messageOf(bytes)
  const path = await quarantineIn(directory).keep(message, about)
  const hex = hexOf(message.fingerprints.exact)
  assert.equal(path, join(directory, 'alice%20%26%20bob%2F..%2Fx', `${hex.slice(0, 16)}.eml`))
  assert.deepEqual(readFileSync(path), bytes)
  assert.deepEqual(JSON.parse(readFileSync(path.replace(/eml$/, 'json'), 'utf8')), {
    pair: about.pair,
    key: 'u1\\x07',
    size: bytes.length,
    sha256: hex,
    folder: 'INBOX',
    outcome: 'rejected',
    code: 'nul',
    reason: about.reason,
    hint: null,
    attempts: 1,
    when: '2026-01-02T00:00:00.000Z',
    mailhaul: '9.9.9',
  })
  assert.deepEqual(
    [directory, path].map((one) => statSync(one).mode & 0o777),
    [0o700, 0o600],
  )
})

test('the same message again replaces the first; released, it is gone', async (t) => {
  const directory = place(t)
  const quarantine = quarantineIn(directory)
  const message = messageOf(bytes)
  const path = await quarantine.keep(message, about)
  await quarantine.keep(message, { ...about, attempts: 2 })
  const inside = join(path, '..')
  assert.equal(readdirSync(inside).length, 2)
  await quarantine.release(about.pair, message.fingerprints.exact)
  assert.deepEqual(readdirSync(inside), [])
  await quarantine.release('nobody', message.fingerprints.exact)
})

test('a link in the place of a file is replaced, not followed', async (t) => {
  const directory = place(t)
  const quarantine = quarantineIn(directory)
  const path = await quarantine.keep(messageOf(bytes), about)
  const elsewhere = join(directory, 'elsewhere')
  rmSync(path)
  symlinkSync(elsewhere, path)
  await quarantine.keep(messageOf(bytes), about)
  assert.equal(existsSync(elsewhere), false)
  assert.deepEqual(readFileSync(path), bytes)
})

test('a directory that is a link, or open to others, is refused', async (t) => {
  const directory = place(t)
  mkdirSync(directory, { mode: 0o755 })
  chmodSync(directory, 0o755)
  const keep = () => quarantineIn(directory).keep(messageOf(bytes), about)
  await assert.rejects(keep, isError('quarantine', 'run', /open to other users/))
  rmSync(directory, { recursive: true })
  symlinkSync(tmpdir(), directory)
  await assert.rejects(keep, isError('quarantine', 'run', /not a directory of its own/))
})

test('a message that cannot be read to its end leaves nothing behind', async (t) => {
  const directory = place(t)
  const broken = {
    ...messageOf(bytes),
    async *chunks() {
      yield bytes.subarray(0, 5)
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    },
  }
  await assert.rejects(quarantineIn(directory).keep(broken, about), isError('disk-full', 'run'))
  assert.deepEqual(readdirSync(join(directory, 'alice%20%26%20bob%2F..%2Fx')), [])
})
