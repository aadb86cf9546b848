// The POP3 wire: bytes in, replies out (RFC 1939 §3), each matched to its command. No socket, no clock, no waiting.
import type { MailhaulError } from '../../core/errors.ts'
import { ContentReader } from './content.ts'
import { disconnected, printable, protocolViolation } from './errors.ts'
import type { LinesTaker, ReplyTaker } from './reply.ts'
import { parseStatus, type Status } from './status.ts'

/** Octets of a status line or a line of a listing: generous for every server seen, harmless for us. */
const longestLine = 8192
/** Octets of a listing besides those that its lines excuse: a few names may be monsters, not all of them. */
const listingSlack = 1024 * 1024
/** Octets per line that a whole listing may have: RFC 1939 §7 allows 70 for a name. */
const usualLine = 128

const lf = 0x0a
const cr = 0x0d
const dot = 0x2e
const minus = 0x2d
const nothing: Buffer = Buffer.alloc(0)

/** A command that was sent and is not answered yet. */
interface Awaited {
  readonly taker: ReplyTaker
  readonly cost: number
}

/** Reads replies in the order of the commands announced with `expect`. Throws MailhaulError `protocol` at nonsense. */
export class ReplyReader {
  /** Called with every status line: for the protocol trace. */
  onStatus: ((status: Status) => void) | undefined
  /** Called behind a message or a listing with its octets: for the trace as well. */
  onFollowed: ((octets: number) => void) | undefined
  /** Replies completed so far. */
  replies = 0
  readonly #awaited: Awaited[] = []
  #cost = 0
  #chunk = nothing
  #at = 0
  #partial = nothing
  #content: ContentReader | undefined
  #lines: LinesTaker | undefined
  #lineCount = 0
  #lineOctets = 0
  #seenCrlf = false
  #seenLf = false

  /** Announces the next command; `cost` is its length in octets. */
  expect(taker: ReplyTaker, cost = 0): void {
    this.#awaited.push({ taker, cost })
    this.#cost += cost
  }

  /** Commands not answered yet. */
  get pending(): number {
    return this.#awaited.length
  }

  /** Octets of the commands not answered yet. */
  get outstanding(): number {
    return this.#cost
  }

  /** Whether the reply being read is a message's content. */
  get readsContent(): boolean {
    return this.#content !== undefined
  }

  /** Reads a chunk. A promise means that a taker asks for a pause: then call `resume`, and `push` nothing meanwhile. */
  push(chunk: Buffer): Promise<void> | undefined {
    this.#chunk = this.#at < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#at), chunk]) : chunk
    this.#at = 0
    return this.resume()
  }

  /** Reads on with what a pause held back. */
  resume(): Promise<void> | undefined {
    while (this.#at < this.#chunk.length) {
      const pause = this.#content === undefined ? this.#readLine() : this.#readContent(this.#content)
      if (pause !== undefined) return pause
    }
    this.#chunk = nothing
    this.#at = 0
    return undefined
  }

  /** Tells every taker that is still waiting, in order, that its reply will not come. */
  lose(reason: MailhaulError): void {
    this.#chunk = nothing
    this.#at = 0
    this.#content = undefined
    this.#lines = undefined
    this.#cost = 0
    for (const { taker } of this.#awaited.splice(0)) taker.lost(reason)
  }

  #readLine(): undefined {
    const awaited = this.#awaited[0]
    if (awaited === undefined) throw unasked(this.#chunk.subarray(this.#at))
    const end = this.#chunk.indexOf(lf, this.#at)
    const piece = this.#chunk.subarray(this.#at, end < 0 ? this.#chunk.length : end)
    if (this.#partial.length + piece.length > longestLine) throw lineTooLong()
    this.#at += piece.length
    const line = this.#partial.length > 0 ? Buffer.concat([this.#partial, piece]) : piece
    if (end < 0) {
      this.#partial = line
      return
    }
    this.#partial = nothing
    this.#at += 1
    const hasCr = line[line.length - 1] === cr
    const text = hasCr ? line.subarray(0, -1) : line
    if (this.#lines !== undefined) this.#takeListed(this.#lines, text)
    else this.#takeStatus(awaited.taker, text, hasCr)
  }

  #takeStatus(taker: ReplyTaker, line: Buffer, hasCr: boolean): void {
    const status = parseStatus(line)
    if (status === undefined) throw notPop3(line)
    if (hasCr) this.#seenCrlf = true
    else this.#seenLf = true
    this.onStatus?.(status)
    if (status.kind === 'continue' && !(taker.follows === 'nothing' && taker.continues)) throw notPop3(line)
    if (status.kind === 'ok' && taker.follows === 'lines') {
      this.#lines = taker
      this.#lineCount = 0
      this.#lineOctets = 0
    } else if (status.kind === 'ok' && taker.follows === 'content') {
      this.#content = new ContentReader(this.#seenLf && !this.#seenCrlf, taker.dotReading)
    } else {
      this.#complete()
    }
    taker.status(status)
  }

  #takeListed(taker: LinesTaker, line: Buffer): void {
    if (line.length === 1 && line[0] === dot) {
      this.#lines = undefined
      this.onFollowed?.(this.#lineOctets)
      this.#complete()
      taker.end()
      return
    }
    this.#lineCount += 1
    this.#lineOctets += line.length
    if (this.#lineCount > taker.mostLines) throw tooManyLines(taker.mostLines)
    if (this.#lineOctets > listingSlack + usualLine * taker.mostLines) throw tooLongListing(taker.mostLines)
    taker.line(line[0] === dot ? line.subarray(1) : line)
  }

  #readContent(reader: ContentReader): Promise<void> | undefined {
    const taker = this.#awaited[0]?.taker
    if (taker?.follows !== 'content') throw new TypeError('content is read for a taker of content only')
    this.#at = reader.read(this.#chunk, this.#at)
    if (reader.piece !== undefined) return taker.content(reader.piece)
    if (!reader.ended) return undefined
    this.#content = undefined
    this.onFollowed?.(reader.octets)
    this.#complete()
    taker.end(reader)
    return undefined
  }

  #complete(): void {
    this.#cost -= this.#awaited.shift()?.cost ?? 0
    this.replies += 1
  }
}

// A server that gives up says -ERR before it hangs up; anything else that nobody asked for means a stream out of step.
function unasked(rest: Buffer): MailhaulError {
  const end = rest.indexOf(lf)
  const line = rest.subarray(0, Math.min(end < 0 ? rest.length : end, 1024))
  if (line[0] === minus) return disconnected(printable(parseStatus(line)?.text ?? ''))
  return protocolViolation(`The server said something nobody asked for: ${quoted(line)}`)
}

function notPop3(line: Buffer): MailhaulError {
  const isOther = /^(\* |220 |HTTP\/|SSH-)/.test(line.toString('latin1'))
  const hint = isOther ? 'This is no POP3 server: check source.host and source.port.' : undefined
  return protocolViolation(`The server's answer is not POP3: ${quoted(line)}`, hint)
}

function lineTooLong(): MailhaulError {
  return protocolViolation(`The server sent a line of more than ${longestLine} octets where POP3 allows 512.`)
}

function tooManyLines(limit: number): MailhaulError {
  return protocolViolation(`The server's listing does not end: more than ${limit} lines.`)
}

function tooLongListing(lines: number): MailhaulError {
  return protocolViolation(`The server's listing is far too long for ${lines} lines.`)
}

function quoted(line: Buffer): string {
  return `"${printable(line.toString('utf8').trimEnd())}"`
}
