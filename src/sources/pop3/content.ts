// Message content on the wire: finds the terminator and takes the dot-stuffing out (RFC 1939 §3), cut anywhere.

/** How a message began, if with a dot: `bare` cannot come from a server that stuffs (quirk A29). */
export type LeadingDot = 'none' | 'bare' | 'doubled'

/** What to make of a dot that begins the very first line: `strip` is the RFC, the others are for servers that forget it. */
export type DotReading = 'strip' | 'keep bare' | 'keep'

/** What is known of a message's content once its terminator has come. */
export interface Framing {
  /** Octets handed on. */
  readonly octets: number
  /** Octets on the wire, terminator not counted. */
  readonly stuffedOctets: number
  readonly leadingDot: LeadingDot
}

const cr = 0x0d
const lf = 0x0a
const dot = 0x2e
const pieceOf = { cr: Buffer.from('\r'), dot: Buffer.from('.'), dotCr: Buffer.from('.\r') }
const dottedLine = Buffer.from('\r\n.')
const dottedLineLf = Buffer.from('\n.')

/** Where in a line the next byte stands; a dot at the start of a line is held back until it is known what it means. */
type Place = 'in line' | 'after CR' | 'line start' | 'after dot' | 'after dot CR'

/**
 * Reads one message's content, piece by piece. A line ends with CRLF and nothing else, so bare CR, bare LF, NUL and
 * 8-bit octets are content like any other, and a line may be as long as it likes. Only for a server whose status lines
 * end with a bare LF does LF end a line of content too (quirk A33).
 */
export class ContentReader implements Framing {
  /** What the last `read` found, to be handed on: part of the chunk, not a copy. */
  piece: Buffer | undefined
  ended = false
  octets = 0
  leadingDot: LeadingDot = 'none'
  #stripped = 0
  #place: Place = 'line start'
  readonly #lfEndsLines: boolean
  readonly #reading: DotReading

  constructor(lfEndsLines: boolean, reading: DotReading) {
    this.#lfEndsLines = lfEndsLines
    this.#reading = reading
  }

  get stuffedOctets(): number {
    return this.octets + this.#stripped
  }

  /** Reads on at `at` and returns where it stopped: behind a piece, behind the terminator, or at the chunk's end. */
  read(chunk: Buffer, at: number): number {
    this.piece = undefined
    switch (this.#place) {
      case 'line start':
        if (chunk[at] !== dot) return this.#readLines(chunk, at)
        this.#place = 'after dot'
        return at + 1
      case 'after CR':
        if (chunk[at] !== lf) return this.#readLines(chunk, at)
        this.#place = 'line start'
        return this.#found(chunk.subarray(at, at + 1), at + 1)
      case 'after dot':
        return this.#readAfterDot(chunk, at)
      case 'after dot CR':
        if (chunk[at] === lf) return this.#end(at + 1)
        this.#place = 'in line'
        return this.#found(this.#keepsThisDot('bare') ? pieceOf.dotCr : pieceOf.cr, at)
      case 'in line':
        return this.#readLines(chunk, at)
    }
  }

  #readAfterDot(chunk: Buffer, at: number): number {
    if (chunk[at] === cr) {
      this.#place = 'after dot CR'
      return at + 1
    }
    if (chunk[at] === lf && this.#lfEndsLines) return this.#end(at + 1)
    this.#place = 'in line'
    return this.#keepsThisDot(chunk[at] === dot ? 'doubled' : 'bare') ? this.#found(pieceOf.dot, at) : at
  }

  // The bulk: one native search for the next line that begins with a dot, everything before it is one piece.
  #readLines(chunk: Buffer, at: number): number {
    const mark = this.#lfEndsLines ? dottedLineLf : dottedLine
    const hit = chunk.indexOf(mark, at)
    if (hit >= 0) {
      const dotAt = hit + mark.length - 1
      this.#place = 'after dot'
      return this.#found(chunk.subarray(at, dotAt), dotAt + 1)
    }
    this.#place = this.#placeAtEnd(chunk, at)
    return this.#found(at === 0 ? chunk : chunk.subarray(at), chunk.length)
  }

  #placeAtEnd(chunk: Buffer, from: number): Place {
    const last = chunk.length - 1
    if (this.#lfEndsLines) return chunk[last] === lf ? 'line start' : 'in line'
    if (chunk[last] === cr) return 'after CR'
    return chunk[last] === lf && last > from && chunk[last - 1] === cr ? 'line start' : 'in line'
  }

  #keepsThisDot(kind: LeadingDot): boolean {
    if (this.stuffedOctets === 0) {
      this.leadingDot = kind
      if (this.#reading === 'keep' || (this.#reading === 'keep bare' && kind === 'bare')) return true
    }
    this.#stripped += 1
    return false
  }

  #found(piece: Buffer, next: number): number {
    this.piece = piece
    this.octets += piece.length
    return next
  }

  #end(next: number): number {
    this.ended = true
    return next
  }
}
