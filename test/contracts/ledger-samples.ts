// Messages to fill ledgers with, made from a number, and a clock that stands still until it is moved.
import assert from 'node:assert/strict'
import { MailhaulError } from '../../src/core/errors.ts'
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import { type Key, keyFromBytes } from '../../src/core/message.ts'
import type { Intent, Known, LedgerReader, Settlement } from '../../src/core/ports.ts'

export const account = 'account-hash'
export const inbox = 'INBOX'
export const uidValidity = 1_234_567_890

/** A clock for ledgers: only its `now` is used. */
export class StillClock {
  time = Date.UTC(2026, 0, 2, 3, 4, 5)

  now(): number {
    return this.time
  }
}

/** The key of message n. */
export function keyOf(n: number): Key {
  return keyFromBytes(Buffer.from(`uidl-${n}`))
}

/** The fingerprints of message n. */
export function fingerprintsFor(n: number) {
  return fingerprintsOf(Buffer.from(`Subject: ${n}\r\n\r\nbody ${n}\r\n`))
}

/** The intent to append message n. */
export function intentOf(n: number, more: Partial<Intent> = {}): Intent {
  const fingerprints = fingerprintsFor(n)
  return {
    key: keyOf(n),
    listedSize: 1000 + n,
    size: 1002 + n,
    fingerprints,
    folder: inbox,
    uidValidity,
    uidNext: 50,
    ...more,
  }
}

/** Message n copied to `uid`, with everything that is known of it. */
export function copiedTo(uid: number, n: number, more: Partial<Settlement> = {}): Settlement {
  return {
    key: keyOf(n),
    listedSize: 1000 + n,
    size: 1002 + n,
    fingerprints: fingerprintsFor(n),
    state: 'settled',
    outcome: 'copied',
    placed: { folder: inbox, uidValidity, uid },
    ...more,
  }
}

/** Message n failed, with the least that a settlement says. */
export function failed(n: number, reason = 'refused'): Settlement {
  return { key: keyOf(n), listedSize: 1000 + n, state: 'failed', outcome: 'failed', reason }
}

/** A row as plain data: implementations may make parts of it when asked. */
export function plain(row: Known): Known {
  const { fingerprints } = row
  if (fingerprints === undefined) return { ...row }
  return { ...row, fingerprints: { exact: fingerprints.exact, canonical: fingerprints.canonical } }
}

/** Matches a MailhaulError with that code and reach. */
export function isError(code: string, scope: string, message = /./) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof MailhaulError, String(thrown))
    assert.deepEqual([thrown.code, thrown.scope], [code, scope], thrown.message)
    assert.match(thrown.message, message)
    assert.ok(thrown.hint, 'it says what to do')
    return true
  }
}

/** What the ledger knows of message n. */
export function rowOf(reader: LedgerReader, n: number): Known {
  const row = reader.known().get(keyOf(n))
  assert.ok(row, `message ${n} is in the ledger`)
  return plain(row)
}

/** The intents without an answer, as plain data. */
export function plainIntents(reader: LedgerReader) {
  return reader.unsettled().map((intent) => {
    const { exact, canonical } = intent.fingerprints
    return { ...intent, fingerprints: { exact, canonical } }
  })
}
