// The lines of an exported ledger: what each kind says, and how cells become JSON and cells again without loss.
import type { SQLInputValue } from 'node:sqlite'
import type { Fingerprint } from '../core/message.ts'
import { outcomeKinds } from '../core/outcome.ts'
import { Unreadable } from './errors.ts'
import { packFingerprint, unpackFingerprint } from './rows.ts'

/** What the first line calls the file. */
export const exportFormat = 'mailhaul-ledger'

/** Raised when a field is taken away or changes its meaning; new fields do not count. */
export const exportVersion = 1

/** One value: both ways throw Unreadable for what no mailhaul has written. */
interface Codec {
  readonly fromCell: (cell: unknown) => unknown
  readonly toCell: (value: unknown) => SQLInputValue
}

/** One field of a line and its column. */
export interface Field {
  readonly name: string
  readonly column: string
  readonly codec: Codec
  /** What stands for the column in a ledger that is older than it. */
  readonly older?: string
}

const integer: Codec = { fromCell: wholeNumber, toCell: wholeNumber }
const text: Codec = { fromCell: string, toCell: string }
/** Opaque bytes, one character (U+0000 to U+00FF) for each. */
const key: Codec = {
  fromCell: (cell) => bytes(cell).toString('latin1'),
  toCell: (value) => {
    const characters = string(value)
    if (!/^[\0-\xff]*$/.test(characters)) throw new Unreadable('holds characters that are no bytes')
    return Buffer.from(characters, 'latin1')
  },
}
const fingerprint: Codec = {
  fromCell: (cell) => unpackFingerprint(bytes(cell)),
  toCell: (value) => {
    const found = string(value)
    if (!/^v\d{1,2}:sha256:[0-9a-f]{64}$/.test(found)) throw new Unreadable('is no fingerprint')
    return packFingerprint(found as Fingerprint)
  },
}

const base64: Codec = {
  fromCell: (cell) => bytes(cell).toString('base64'),
  toCell: (value) => Buffer.from(string(value), 'base64'),
}

/** What is told of a run besides its number and pair. */
export const runFields: readonly Field[] = [
  { name: 'version', column: 'version', codec: text },
  { name: 'startedAt', column: 'started_at', codec: integer },
  { name: 'finishedAt', column: 'finished_at', codec: orNull(integer) },
]

/** The number that a run has for people, which an import gives anew. */
export const togetherField: Field = {
  name: 'together',
  column: 'together',
  codec: orNull(integer),
  older: 'NULL',
}

/** What is kept of a run besides its pair, and its numbers. */
export const reportFields: readonly Field[] = [
  { name: 'startedAt', column: 'started_at', codec: integer },
  { name: 'finishedAt', column: 'finished_at', codec: integer },
  { name: 'exitCode', column: 'exit_code', codec: integer },
  { name: 'listed', column: 'listed', codec: integer },
  { name: 'copied', column: 'copied', codec: integer },
  { name: 'unmade', column: 'unmade', codec: integer },
  { name: 'document', column: 'document', codec: base64 },
]

/** What is told of a message besides its pair, run and folder: every column there is. */
export const messageFields: readonly Field[] = [
  { name: 'key', column: 'key', codec: key },
  { name: 'listedSize', column: 'listed_size', codec: integer },
  { name: 'state', column: 'state', codec: oneOf(['begun', 'settled', 'left-out', 'failed']) },
  { name: 'outcome', column: 'outcome', codec: oneOf(outcomeKinds) },
  { name: 'size', column: 'size', codec: orNull(integer) },
  { name: 'exact', column: 'exact', codec: orNull(fingerprint) },
  { name: 'canonical', column: 'canonical', codec: orNull(fingerprint) },
  { name: 'uid', column: 'uid', codec: orNull(integer) },
  { name: 'uidNext', column: 'uid_next', codec: orNull(integer) },
  { name: 'begun', column: 'begun', codec: orNull(integer) },
  { name: 'reason', column: 'reason', codec: orNull(text) },
  { name: 'attempts', column: 'attempts', codec: integer },
  { name: 'policy', column: 'policy', codec: orNull(text) },
  { name: 'changedAt', column: 'changed_at', codec: integer },
  { name: 'removal', column: 'removal', codec: oneOf(['none', 'dele-sent', 'quit-sent', 'absent-confirmed']) },
  {
    name: 'settledAt',
    column: 'settled_at',
    codec: orNull(integer),
    older: "iif(state = 'settled', changed_at, NULL)",
  },
  { name: 'absentSince', column: 'absent_since', codec: orNull(integer), older: 'NULL' },
  { name: 'interrupted', column: 'interrupted', codec: integer, older: '0' },
  { name: 'sentSize', column: 'sent_size', codec: orNull(integer), older: 'NULL' },
  { name: 'sentExact', column: 'sent_exact', codec: orNull(fingerprint), older: 'NULL' },
  { name: 'sentCanonical', column: 'sent_canonical', codec: orNull(fingerprint), older: 'NULL' },
  { name: 'repairs', column: 'repairs', codec: orNull(text), older: 'NULL' },
]

/** A folder of an account. */
export const folderFields: readonly Field[] = [
  { name: 'account', column: 'account', codec: text },
  { name: 'path', column: 'path', codec: text },
  { name: 'uidValidity', column: 'uid_validity', codec: integer },
]

/** Up to which UID a pair has been compared with a folder. */
export const comparedFields: readonly Field[] = [...folderFields, { name: 'uid', column: 'uid', codec: integer }]

/** Something remembered of a pair's servers. */
export const habitFields: readonly Field[] = [
  { name: 'name', column: 'name', codec: text },
  { name: 'value', column: 'value', codec: text },
]

/** Octets counted on one day against a daily budget. */
export const budgetFields: readonly Field[] = [
  { name: 'name', column: 'name', codec: text },
  { name: 'day', column: 'day', codec: text },
  { name: 'bytes', column: 'bytes', codec: integer },
]

/** The values of a line, made of cells in the order of the fields. */
export function valuesOf(fields: readonly Field[], cells: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ name, codec }, at) => [name, codec.fromCell(cells[at])]))
}

/** The cells of a line, in the order of the fields. Throws Unreadable, naming the field. */
export function cellsOf(fields: readonly Field[], line: Readonly<Record<string, unknown>>): SQLInputValue[] {
  return fields.map(({ name, codec }) => {
    try {
      return codec.toCell(line[name] ?? null)
    } catch (thrown) {
      if (thrown instanceof Unreadable) throw new Unreadable(`${name} ${thrown.message}`)
      throw thrown
    }
  })
}

/** One line of JSON in plain ASCII with its line end: safe in every terminal, the same in every encoding. */
export function lineOf(value: object): string {
  const ascii = JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${ascii}\n`
}

function wholeNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new Unreadable('is no whole number')
}

function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Unreadable('is no text')
}

function bytes(cell: unknown): Buffer {
  if (cell instanceof Uint8Array) return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength)
  throw new Unreadable('holds no bytes')
}

function oneOf(members: readonly string[]): Codec {
  const known = (value: unknown): string => {
    const found = string(value)
    if (members.includes(found)) return found
    throw new Unreadable(`is none of ${members.join(', ')}`)
  }
  return { fromCell: known, toCell: known }
}

function orNull({ fromCell, toCell }: Codec): Codec {
  return {
    fromCell: (cell) => (cell === null ? null : fromCell(cell)),
    toCell: (value) => (value === null ? null : toCell(value)),
  }
}
