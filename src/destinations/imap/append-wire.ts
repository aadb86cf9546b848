// Reads what a server says on an upload connection: bytes in, replies out, no socket.
import { MailhaulError } from '../../core/errors.ts'
import { escaped } from './server-text.ts'

/** A condition a server reported (RFC 3501 §7.1): the response code in capitals, its argument, the text for people. */
export interface Condition {
  readonly code: string | undefined
  readonly argument: string
  readonly text: string
}

/** What matters on an upload connection; every other untagged reply is read and forgotten. */
export type Reply =
  | { readonly kind: 'continue' }
  | ({ readonly kind: 'bye' } & Condition)
  | ({ readonly kind: 'tagged'; readonly tag: string; readonly status: 'OK' | 'NO' | 'BAD' } & Condition)

/** Longest line taken, in octets: an APPENDUID for a thousand scattered messages fits several times. */
export const longestLine = 64 * 1024

/** Most octets of literals skipped in one untagged reply. With no folder selected there is no reason for any. */
export const longestLiteral = 1024 * 1024

/** Most octets between two replies that matter: a server has little to say while messages are uploaded. */
const longestTalk = 16 * 1024 * 1024

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** One connection's replies. Bounded: holds at most one unfinished line. Throws a MailhaulError, code protocol. */
export class ReplyReader {
  #pieces: Uint8Array[] = []
  #held = 0
  #toSkip = 0
  /** Octets since the last reply that mattered. */
  #talk = 0
  /** Octets of literals in the untagged reply being read; undefined between replies. */
  #literals: number | undefined

  /** Reads the next bytes, cut anywhere, and hands over the replies they complete. The chunk may be reused afterwards. */
  push(chunk: Uint8Array, take: (reply: Reply) => void): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, chunk.length - at)
        this.#toSkip -= skipped
        at += skipped
        this.#hear(skipped)
        continue
      }
      const end = chunk.indexOf(lineFeed, at)
      this.#hold(chunk.subarray(at, end < 0 ? chunk.length : end))
      if (end < 0) break
      this.#hear(end + 1 - at)
      at = end + 1
      const reply = this.#read(this.#takeLine())
      if (!reply) continue
      this.#talk = 0
      take(reply)
    }
  }

  #hear(octets: number): void {
    this.#talk += octets
    if (this.#talk > longestTalk) throw protocolError('talk without end')
  }

  #hold(piece: Uint8Array): void {
    this.#held += piece.length
    if (this.#held > longestLine) throw protocolError('a line without end')
    if (piece.length > 0) this.#pieces.push(Buffer.from(piece))
  }

  #takeLine(): string {
    const line = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#held = 0
    return line.toString('utf8', 0, line.at(-1) === carriageReturn ? line.length - 1 : line.length)
  }

  #read(line: string): Reply | undefined {
    if (this.#literals !== undefined || line.startsWith('* ')) return this.#readUntagged(line)
    if (line.startsWith('+')) return { kind: 'continue' }
    if (line === '') return undefined
    const tagged = /^([^\s*]\S*) (OK|NO|BAD)(?: (.*))?$/is.exec(line)
    if (!tagged) throw protocolError(`"${escaped(line)}"`)
    const status = (tagged[2] ?? '').toUpperCase()
    if (status !== 'OK' && status !== 'NO' && status !== 'BAD') throw protocolError(`"${escaped(line)}"`)
    return { kind: 'tagged', tag: tagged[1] ?? '', status, ...conditionOf(tagged[3] ?? '') }
  }

  #readUntagged(line: string): Reply | undefined {
    if (this.#literals === undefined) {
      const condition = /^\* (OK|NO|BAD|BYE|PREAUTH)(?: (.*))?$/is.exec(line)
      if (condition?.[1]?.toUpperCase() === 'BYE') return { kind: 'bye', ...conditionOf(condition[2] ?? '') }
      // Text for people may end in what looks like a literal.
      if (condition) return undefined
    }
    const literal = /\{(\d{1,10})\+?\}$/.exec(line)
    if (!literal) {
      this.#literals = undefined
      return undefined
    }
    this.#toSkip = Number(literal[1])
    this.#literals = (this.#literals ?? 0) + this.#toSkip
    if (this.#literals > longestLiteral) throw protocolError('a literal too large for a reply')
    return undefined
  }
}

/** Reads resp-text: an optional code in brackets, then text (RFC 3501 §9). */
function conditionOf(text: string): Condition {
  const coded = /^\[([^\s\]]+)(?: ([^\]]*))?\] ?(.*)$/s.exec(text)
  if (!coded) return { code: undefined, argument: '', text }
  return { code: (coded[1] ?? '').toUpperCase(), argument: coded[2] ?? '', text: coded[3] ?? '' }
}

/**
 * Where the messages of a command lie: from APPENDUID only, for EXISTS counts other people's messages too (quirk B03).
 */
export function placesOf(
  { code, argument }: Condition,
  count: number,
): { readonly uidValidity: number | undefined; readonly uids: readonly number[] | undefined } {
  const [uidValidity = '', set = ''] = code === 'APPENDUID' ? argument.split(' ') : []
  const uids = /^[1-9]\d{0,9}$/.test(uidValidity) ? expandUids(set, count) : undefined
  return { uidValidity: uids ? Number(uidValidity) : undefined, uids }
}

/**
 * The UIDs of an APPENDUID code in the order of the messages (RFC 4315 §3), or undefined where they are not `count`
 * UIDs, each larger than the one before, and so prove nothing. Never expands more than `count`.
 */
export function expandUids(set: string, count: number): readonly number[] | undefined {
  const uids: number[] = []
  for (const range of set.split(',')) {
    const bounds = /^([1-9]\d{0,9})(?::([1-9]\d{0,9}))?$/.exec(range)
    if (!bounds) return undefined
    const first = Number(bounds[1])
    const last = Number(bounds[2] ?? bounds[1])
    if (first <= (uids.at(-1) ?? 0) || last < first || last > 0xffffffff) return undefined
    if (uids.length + last - first + 1 > count) return undefined
    for (let uid = first; uid <= last; uid++) uids.push(uid)
  }
  return uids.length === count ? uids : undefined
}

function protocolError(what: string): MailhaulError {
  return new MailhaulError({
    code: 'protocol',
    scope: 'pair',
    retry: 'later',
    message: `The IMAP server sent what is no reply: ${what}.`,
    hint: 'Run again; if it stays so, please report it with the output of --verbose.',
  })
}
