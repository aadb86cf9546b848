// Builders of the plain values that tests of the core and the engine are about.
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import { type Key, keyFromBytes, type Listed } from '../../src/core/message.ts'
import type { Policy } from '../../src/core/pair.ts'
import type { Known } from '../../src/core/ports.ts'

/** The key with these characters. */
export function key(text: string): Key {
  return keyFromBytes(Buffer.from(text, 'latin1'))
}

/** A listed message; an undefined name is a nameless one. */
export function listed(number: number, name: string | undefined, size: number): Listed {
  return { number, key: name === undefined ? undefined : key(name), size }
}

/** A policy that copies everything to INBOX, but for what is said. */
export function policy(changes: Partial<Policy> = {}): Policy {
  return {
    folder: 'INBOX',
    flags: [],
    select: { maxSize: undefined, since: undefined, before: undefined },
    routes: [],
    duplicates: 'copy',
    leave: { kind: 'keep' },
    maxDeletions: undefined,
    ...changes,
  }
}

/** A row settled in run 1 with these bytes, but for what is said. */
export function row(name: string, bytes: Uint8Array, changes: Partial<Known> = {}): Known {
  return {
    key: key(name),
    listedSize: bytes.length,
    state: 'settled',
    outcome: 'copied',
    fingerprints: fingerprintsOf(bytes),
    size: bytes.length,
    placed: { folder: 'INBOX', uidValidity: 1, uid: 1 },
    sent: undefined,
    reason: undefined,
    attempts: 0,
    interrupted: 0,
    run: 1,
    policy: undefined,
    changedAt: 0,
    settledAt: 0,
    absentSince: undefined,
    removal: 'none',
    ...changes,
  }
}

/** Rows by key, as the ledger gives them. */
export function book(...rows: Known[]): ReadonlyMap<Key, Known> {
  return new Map(rows.map((one) => [one.key, one]))
}

/** A small message; the same number gives the same bytes. */
export function mail(number: number, body = 'Hello.'): Uint8Array {
  return Buffer.from(
    `Received: from a by b; Mon, 3 Feb 2020 10:00:00 +0000\r\nMessage-ID: <${number}@example.com>\r\nSubject: ${number}\r\n\r\n${body}\r\n`,
  )
}
