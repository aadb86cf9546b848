// What the maildrop holds: STAT, LIST and UIDL (RFC 1939 §5, §7), joined by message number and by nothing else.
import { type Key, keyFromBytes, type Listed } from '../../core/message.ts'
import type { Listing } from '../../core/ports.ts'
import type { Connection } from './connection.ts'
import { commandRefused, printable, protocolViolation, tooManyMessages } from './errors.ts'
import { renamedKeys } from './renamed-keys.ts'
import type { Status } from './status.ts'

/** What STAT answers. */
export interface Stat {
  readonly count: number
  /** As claimed; some servers claim negative ones. */
  readonly octets: number
}

/** Reads the answer to STAT; undefined when it is malformed. */
export function parseStat(status: Status): Stat | undefined {
  const [, count, octets] = /^(\d{1,10})[ \t]+(-?\d{1,15})/.exec(status.text) ?? []
  return count === undefined ? undefined : { count: Number(count), octets: Number(octets) }
}

/** Reads the answer to STAT or throws. Errors: protocol, in-use, temporary. */
export function statOf(status: Status): Stat {
  if (status.kind !== 'ok') throw commandRefused('STAT', status)
  const stat = parseStat(status)
  if (stat === undefined) throw protocolViolation(`The answer to STAT is malformed: ${printable(status.text)}`)
  return stat
}

/** How a listing is read. */
export interface ListingOptions {
  /** Whether LIST and UIDL may travel together. */
  readonly pipelines: boolean
  /** Messages beyond which a maildrop is not listed: they are all held in memory at once. */
  readonly largestListing: number
}

/** Lists the maildrop. Errors: protocol, unsupported, in-use, temporary, and those of a lost connection. */
export async function readListing(
  connection: Connection,
  stat: Stat,
  { pipelines, largestListing }: ListingOptions,
): Promise<Listing> {
  // An empty maildrop is not asked further: there are servers that fail at that (quirk A28).
  if (stat.count === 0) return { messages: [], notes: [] }
  if (stat.count > largestListing) throw tooManyMessages(stat.count, largestListing)
  const sizes = new Sizes()
  const keys = new Keys()
  const mostLines = Math.min(2 * stat.count, largestListing) + 1000
  const list = () => connection.list('LIST', mostLines, (line) => sizes.add(line))
  const uidl = () => connection.list('UIDL', mostLines, (line) => keys.add(line))
  const [listed, named] = pipelines ? await Promise.all([list(), uidl()]) : [await list(), await uidl()]
  if (listed.kind !== 'ok') throw commandRefused('LIST', listed)
  const hasUidl = named.kind === 'ok'
  const messages = sizes.join(keys)
  const notes = [...sizes.notes(stat), ...(hasUidl ? keys.notes(messages) : [noUidl])]
  return messages.length === stat.count ? { messages, notes } : { messages, claimed: stat.count, notes }
}

const noUidl =
  'The server does not support UIDL: messages have no names, so every run downloads them all to recognise them.'

const cr = 0x0d
const space = 0x20
const tab = 0x09
const plus = 0x2b
const minus = 0x2d
const zero = 0x30
const nine = 0x39
const longestKey = 4096

/** A line of a listing: a message number and the rest, which starts behind the first run of blanks. */
interface Line {
  readonly number: number
  readonly rest: Buffer
}

// Tolerates what servers have been seen to write: blanks in front, `+OK` before every line, several blanks (quirk A22).
function parseLine(line: Buffer): Line | undefined {
  let start = skipBlanks(line, 0)
  if (line[start] === plus && line.toString('latin1', start, start + 3).toUpperCase() === '+OK') {
    start = skipBlanks(line, start + 3)
  }
  const end = skipDigits(line, start)
  const number = numberIn(line, start, end)
  if (end - start > 10 || number === 0 || (end < line.length && !isBlank(line[end]))) return undefined
  const rest = line.subarray(skipBlanks(line, end))
  return { number, rest: rest[rest.length - 1] === cr ? rest.subarray(0, -1) : rest }
}

/** The octets at the start of the rest of a line; undefined when there are none. Negative ones count as none at all. */
function parseSize(rest: Buffer): number | undefined {
  const start = rest[0] === minus ? 1 : 0
  const end = skipDigits(rest, start)
  if (end === start || end - start > 15) return undefined
  return start === 1 ? 0 : numberIn(rest, start, end)
}

function skipDigits(line: Buffer, from: number): number {
  let at = from
  while (at < line.length && (line[at] ?? 0) >= zero && (line[at] ?? 0) <= nine) at += 1
  return at
}

function numberIn(line: Buffer, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at += 1) number = number * 10 + (line[at] ?? zero) - zero
  return number
}

function skipBlanks(line: Buffer, from: number): number {
  let at = from
  while (isBlank(line[at])) at += 1
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab
}

/** Collects the lines of LIST, in the server's order. */
class Sizes {
  readonly #sizes = new Map<number, number>()
  #malformed = 0

  add(line: Buffer): void {
    const parsed = parseLine(line)
    const size = parsed && parseSize(parsed.rest)
    if (size === undefined || parsed === undefined || this.#sizes.has(parsed.number)) this.#malformed += 1
    else this.#sizes.set(parsed.number, size)
  }

  /** LIST decides which messages there are; UIDL lines without one are strays of this session. */
  join(keys: Keys): Listed[] {
    const messages: Listed[] = []
    for (const [number, size] of this.#sizes) messages.push({ number, key: keys.of(number), size })
    return messages
  }

  notes(stat: Stat): string[] {
    const notes: string[] = []
    const count = this.#sizes.size
    if (count !== stat.count) notes.push(`STAT counts ${stat.count} messages, but LIST shows ${count}.`)
    if (this.#malformed > 0) notes.push(`${this.#malformed} lines of LIST are malformed or repeated, and were ignored.`)
    return notes
  }
}

/** Collects the lines of UIDL. */
class Keys {
  readonly #keys = new Map<number, Key>()
  readonly #seen = new Set<Key>()
  readonly #shared = new Set<Key>()
  #renamed: ReadonlySet<string> | undefined
  #malformed = 0

  add(line: Buffer): void {
    const parsed = parseLine(line)
    if (parsed === undefined || this.#keys.has(parsed.number)) {
      this.#malformed += 1
      return
    }
    const { number, rest } = parsed
    // A NUL in front is how the engine marks names of its own making.
    if (rest.length === 0 || rest.length > longestKey || rest[0] === 0) return
    const key = keyFromBytes(rest)
    this.#keys.set(number, key)
    if (this.#seen.has(key)) this.#shared.add(key)
    else this.#seen.add(key)
  }

  /** The name of a message; undefined when it has none, shares it (quirk A18), or may lose it to another (A19). */
  of(number: number): Key | undefined {
    this.#renamed ??= renamedKeys(this.#seen)
    const key = this.#keys.get(number)
    return key === undefined || this.#shared.has(key) || this.#renamed.has(key) ? undefined : key
  }

  notes(messages: readonly Listed[]): string[] {
    let named = 0
    let shared = 0
    for (const { number, key } of messages) {
      if (key === undefined && !this.#keys.has(number)) continue
      named += 1
      if (key === undefined) shared += 1
    }
    const unnamed = messages.length - named
    const strays = this.#keys.size - named
    const notes: string[] = []
    if (shared > 0) notes.push(`${shared} messages share their unique-id with another: they are told apart by content.`)
    if (unnamed > 0) notes.push(`${unnamed} messages have no usable unique-id: they are recognised by content.`)
    if (strays > 0) notes.push(`UIDL names ${strays} messages that LIST does not show; they are left to the next run.`)
    if (this.#malformed > 0) notes.push(`${this.#malformed} lines of UIDL are malformed or repeated, and were ignored.`)
    return notes
  }
}
