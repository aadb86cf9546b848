// What the maildrop holds: STAT, LIST and UIDL (RFC 1939 §5, §7), joined by message number and by nothing else.
import { type Key, keyFromBytes, type Listed } from '../../core/message.ts'
import type { Listing } from '../../core/ports.ts'
import type { Connection } from './connection.ts'
import { commandRefused, printable, protocolViolation } from './errors.ts'
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

/** Lists the maildrop. Errors: protocol, in-use, temporary, and those of a lost connection. */
export async function readListing(connection: Connection, stat: Stat, pipelines: boolean): Promise<Listing> {
  // An empty maildrop is not asked further: there are servers that fail at that (quirk A28).
  if (stat.count === 0) return { messages: [], notes: [] }
  const sizes = new Sizes()
  const keys = new Keys()
  const mostLines = 2 * stat.count + 1000
  const list = () => connection.list('LIST', mostLines, (line) => sizes.add(line))
  const uidl = () => connection.list('UIDL', mostLines, (line) => keys.add(line))
  const [listed, named] = pipelines ? await Promise.all([list(), uidl()]) : [await list(), await uidl()]
  if (listed.kind !== 'ok') throw commandRefused('LIST', listed)
  const hasUidl = named.kind === 'ok'
  const messages = sizes.join(keys)
  return { messages, notes: [...sizes.notes(stat), ...(hasUidl ? keys.notes(messages) : [noUidl])] }
}

const noUidl =
  'The server does not support UIDL: messages have no names, so every run downloads them all to recognise them.'

const cr = 0x0d
const space = 0x20
const tab = 0x09
const zero = 0x30
const longestKey = 4096

/** A line of a listing: a message number and the rest, which starts behind the first run of blanks. */
interface Line {
  readonly number: number
  readonly rest: Buffer
}

// Tolerates what servers have been seen to write: blanks in front, `+OK` before every line, several blanks (quirk A22).
function parseLine(line: Buffer): Line | undefined {
  let at = skipBlanks(line, 0)
  if (line[at] === 0x2b && line.toString('latin1', at, at + 3).toUpperCase() === '+OK') at = skipBlanks(line, at + 3)
  const start = at
  let number = 0
  for (let digit = (line[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (line[at] ?? 0) - zero) {
    number = number * 10 + digit
    at += 1
  }
  const isNumber = at > start && at - start <= 10 && number > 0
  if (!isNumber || (at < line.length && !isBlank(line[at]))) return undefined
  const end = line[line.length - 1] === cr ? line.length - 1 : line.length
  return { number, rest: line.subarray(skipBlanks(line, at), end) }
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
    const size = parsed && /^(-?\d{1,15})(?!\d)/.exec(parsed.rest.toString('latin1', 0, 20))?.[1]
    if (size === undefined || this.#sizes.has(parsed?.number ?? 0)) this.#malformed += 1
    else if (parsed) this.#sizes.set(parsed.number, Math.max(0, Number(size)))
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
  readonly #holders = new Map<Key, number>()
  #malformed = 0
  #unusable = 0

  add(line: Buffer): void {
    const parsed = parseLine(line)
    if (parsed === undefined || this.#keys.has(parsed.number)) {
      this.#malformed += 1
      return
    }
    const { number, rest } = parsed
    // A NUL in front is how the engine marks names of its own making.
    if (rest.length === 0 || rest.length > longestKey || rest[0] === 0) {
      this.#unusable += 1
      return
    }
    const key = keyFromBytes(rest)
    this.#keys.set(number, key)
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1)
  }

  /** The name of a message; undefined when it has none, or shares it with another (quirk A18). */
  of(number: number): Key | undefined {
    const key = this.#keys.get(number)
    return key !== undefined && this.#holders.get(key) === 1 ? key : undefined
  }

  notes(messages: readonly Listed[]): string[] {
    const notes: string[] = []
    const numbers = new Set(messages.map(({ number }) => number))
    const strays = [...this.#keys.keys()].filter((number) => !numbers.has(number)).length
    const shared = messages.filter(({ number, key }) => key === undefined && this.#keys.has(number)).length
    const unnamed = messages.length - messages.filter(({ number }) => this.#keys.has(number)).length
    if (shared > 0) notes.push(`${shared} messages share their unique-id with another: they are told apart by content.`)
    if (unnamed > 0) notes.push(`${unnamed} messages have no usable unique-id: they are recognised by content.`)
    if (strays > 0) notes.push(`UIDL names ${strays} messages that LIST does not show; they are left to the next run.`)
    if (this.#malformed > 0) notes.push(`${this.#malformed} lines of UIDL are malformed or repeated, and were ignored.`)
    return notes
  }
}
