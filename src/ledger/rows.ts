// How messages stand in the ledger's rows, and how rows become messages again.
import type { Fingerprint, Fingerprints, Key, Placed } from '../core/message.ts'
import { type OutcomeKind, outcomeKinds } from '../core/outcome.ts'
import type { Intent, Known } from '../core/ports.ts'
import { isRepair, type Sent } from '../core/repair.ts'
import { Unreadable } from './errors.ts'
import type { Cells } from './sqlite.ts'

const fingerprintPattern = /^v(\d{1,2}):sha256:([0-9a-f]{64})$/
const packedLength = 33
const shelfLength = 1000 * 2 * packedLength

const states = memberOf<Known['state']>(['begun', 'settled', 'left-out', 'failed'])
const removals = memberOf<Known['removal']>(['none', 'dele-sent', 'quit-sent', 'absent-confirmed'])
const outcomes = memberOf<OutcomeKind>(outcomeKinds)

/** A fingerprint as it is stored: its version in one byte, then the 32 bytes of SHA-256. */
export function packFingerprint(fingerprint: Fingerprint): Uint8Array {
  const [, version, hex] = fingerprintPattern.exec(fingerprint) ?? []
  if (version === undefined || hex === undefined) throw new Error(`No fingerprint: ${fingerprint}`)
  const packed = Buffer.allocUnsafe(packedLength)
  packed[0] = Number(version)
  packed.write(hex, 1, 'hex')
  return packed
}

/** A stored fingerprint as it is written elsewhere. Throws Unreadable. */
export function unpackFingerprint(packed: Buffer): Fingerprint {
  if (packed.length !== packedLength) throw new Unreadable('No fingerprint.')
  return `v${packed[0]}:sha256:${packed.toString('hex', 1)}` as Fingerprint
}

/** What is read of every message: `key` and hashes in hexadecimal, which SQLite hands over faster than as bytes. */
export const knownColumns =
  'hex(key), listed_size, state, outcome, size, hex(exact) || hex(canonical), folder, uid, reason, attempts, run, ' +
  'policy, changed_at, removal, settled_at, absent_since, interrupted, ' +
  'sent_size, hex(sent_exact) || hex(sent_canonical), repairs'

/**
 * The ordinary row, of which a large mailbox has nothing else: settled, and nothing more to say. Fewer columns, and numbers
 * where they can be, take half the time of all of them.
 */
export const plainRow =
  "(state IS 'settled' AND outcome IN ('copied', 'adopted') AND exact IS NOT NULL AND uid IS NOT NULL AND " +
  "removal IS 'none' AND absent_since IS NULL AND reason IS NULL AND policy IS NULL AND sent_size IS NULL AND " +
  'attempts IS 0 AND interrupted IS 0)'

/** What is read of it. */
export const plainColumns =
  "hex(key), listed_size, outcome = 'copied', size, hex(exact) || hex(canonical), folder, uid, run, changed_at, settled_at"

/** Makes messages of rows with `knownColumns`, or with `plainColumns`. Made for one reading, so that large mailboxes share what they can. */
export class KnownReader {
  readonly #folders = new Map<number, Omit<Placed, 'uid'>>()
  readonly #lookUp: (folder: number) => Omit<Placed, 'uid'>
  #shelf = Buffer.alloc(0)
  #used = 0

  /** `lookUp` finds a folder by its number. */
  constructor(lookUp: (folder: number) => Omit<Placed, 'uid'>) {
    this.#lookUp = lookUp
  }

  /** One row. A class or a spread would cost a large mailbox dear: every row is one literal of one shape. */
  read(cells: Cells): Known {
    return {
      key: keyOf(cells[0]),
      listedSize: integer(cells[1]),
      state: states(cells[2]),
      outcome: outcomes(cells[3]),
      fingerprints: cells[5] === '' ? undefined : this.#shelve(text(cells[5])),
      size: optional(cells[4], integer),
      placed: cells[7] === null ? undefined : this.#place(integer(cells[6]), integer(cells[7])),
      sent: cells[17] === null ? undefined : sentOf(cells[17], cells[18], cells[19]),
      reason: optional(cells[8], text),
      attempts: integer(cells[9]),
      interrupted: integer(cells[16]),
      run: integer(cells[10]),
      policy: optional(cells[11], text),
      changedAt: integer(cells[12]),
      settledAt: optional(cells[14], integer),
      absentSince: optional(cells[15], integer),
      removal: removals(cells[13]),
    }
  }

  /** One plain row, in the shape of the others. */
  readPlain(cells: Cells): Known {
    return {
      key: keyOf(cells[0]),
      listedSize: integer(cells[1]),
      state: 'settled',
      outcome: cells[2] === 1 ? 'copied' : 'adopted',
      fingerprints: this.#shelve(text(cells[4])),
      size: optional(cells[3], integer),
      placed: this.#place(integer(cells[5]), integer(cells[6])),
      sent: undefined,
      reason: undefined,
      attempts: 0,
      interrupted: 0,
      run: integer(cells[7]),
      policy: undefined,
      changedAt: integer(cells[8]),
      settledAt: optional(cells[9], integer),
      absentSince: undefined,
      removal: 'none',
    }
  }

  #place(folder: number, uid: number): Placed {
    let found = this.#folders.get(folder)
    if (found === undefined) {
      found = this.#lookUp(folder)
      this.#folders.set(folder, found)
    }
    return { folder: found.folder, uidValidity: found.uidValidity, uid }
  }

  #shelve(hex: string): Fingerprints {
    if (this.#used + 2 * packedLength > this.#shelf.length) {
      this.#shelf = Buffer.allocUnsafeSlow(shelfLength)
      this.#used = 0
    }
    this.#shelf.write(hex, this.#used, 'hex')
    this.#used += 2 * packedLength
    return new StoredFingerprints(this.#shelf, this.#used - 2 * packedLength)
  }
}

/** What is read of an intent. */
export const intentColumns =
  'hex(key), listed_size, size, hex(exact) || hex(canonical), folder.path, folder.uid_validity, uid_next, ' +
  'sent_size, hex(sent_exact) || hex(sent_canonical), repairs'

/** Makes an intent of a row with `intentColumns`. */
export function intentOf(cells: Cells): Intent {
  return {
    key: keyOf(cells[0]),
    listedSize: integer(cells[1]),
    size: integer(cells[2]),
    fingerprints: new StoredFingerprints(Buffer.from(text(cells[3]), 'hex'), 0),
    folder: text(cells[4]),
    uidValidity: integer(cells[5]),
    uidNext: integer(cells[6]),
    ...(cells[7] === null ? {} : { sent: sentOf(cells[7], cells[8], cells[9]) }),
  }
}

function sentOf(size: unknown, prints: unknown, repairs: unknown): Sent {
  return {
    size: integer(size),
    fingerprints: new StoredFingerprints(Buffer.from(text(prints), 'hex'), 0),
    repairs: text(repairs).split(' ').filter(isRepair),
  }
}

/** Both hashes of a message as bytes on a shared shelf: as text they would take three times the room. */
class StoredFingerprints implements Fingerprints {
  readonly #shelf: Buffer
  readonly #at: number

  constructor(shelf: Buffer, at: number) {
    this.#shelf = shelf
    this.#at = at
  }

  get exact(): Fingerprint {
    return this.#unpack(this.#at)
  }

  get canonical(): Fingerprint {
    return this.#unpack(this.#at + packedLength)
  }

  toJSON(): Fingerprints {
    return { exact: this.exact, canonical: this.canonical }
  }

  #unpack(at: number): Fingerprint {
    return `v${this.#shelf[at]}:sha256:${this.#shelf.toString('hex', at + 1, at + packedLength)}` as Fingerprint
  }
}

/** A cell that holds an integer. */
export function integer(cell: unknown): number {
  if (typeof cell === 'number') return cell
  throw new Unreadable('Not a number.')
}

/** A cell that holds text. */
export function text(cell: unknown): string {
  if (typeof cell === 'string') return cell
  throw new Unreadable('Not text.')
}

/** A cell that may be empty. */
export function optional<T>(cell: unknown, read: (cell: unknown) => T): T | undefined {
  return cell === null ? undefined : read(cell)
}

function keyOf(cell: unknown): Key {
  return Buffer.from(text(cell), 'hex').toString('latin1') as Key
}

function memberOf<T extends string>(members: readonly T[]): (cell: unknown) => T {
  const byText = new Map<unknown, T>(members.map((member) => [member, member]))
  return (cell) => {
    const member = byText.get(cell)
    if (member === undefined) throw new Unreadable(`Not one of ${members}.`)
    return member
  }
}
