// Leaves out the header fields that servers and tools add, change or drop on their own, line by line.
import type { LineSink } from './canonical-output.ts'

const space = 0x20
const tab = 0x09
const colon = 0x3a

// In lower case: what Dovecot's migration plugin leaves out of its comparison (quirk C01), `Lines`, which mbox writers
// keep next to Content-Length, and the marks of isync, OfflineIMAP and Gmail's POP fetcher (C09, C15).
const volatileNames: ReadonlySet<string> = new Set([
  'content-length',
  'lines',
  'return-path',
  'status',
  'x-gmail-received',
  'x-imap',
  'x-imapbase',
  'x-keywords',
  'x-message-flag',
  'x-offlineimap',
  'x-status',
  'x-tuid',
  'x-uid',
  'x-uidl',
  'x-yahoo-newman-property',
])

const initials: ReadonlySet<number> = new Set([...volatileNames].map((name) => name.charCodeAt(0)))

// A line is judged by fewer bytes than this: the longest name above and blanks before the colon.
const longestPrefix = 64

/** Lets the other fields through to a sink, up to the empty line that ends the header block. */
export class HeaderFilter implements LineSink {
  /** Whether that empty line has passed: from then on, lines go straight to the sink. */
  ended = false
  readonly #sink: LineSink
  readonly #leavesOut: boolean
  #isLineStart = true
  #isVolatile = false
  // What is known of a name while its field is undecided: no more than the beginning of a line is ever held.
  #name: string | undefined

  /** With `leavesOut` false every field passes: only the end of the header block is looked for. */
  constructor(sink: LineSink, leavesOut = true) {
    this.#sink = sink
    this.#leavesOut = leavesOut
  }

  text(chunk: Uint8Array, from: number, to: number): void {
    if (this.#isLineStart) this.#beginLine(chunk[from] ?? 0)
    if (this.#name !== undefined) this.#read(this.#name, chunk, from, to)
    if (this.#name === undefined && !this.#isVolatile) this.#sink.text(chunk, from, to)
  }

  lineEnd(): void {
    if (this.#name !== undefined) this.#decide(this.#name, false)
    this.ended = this.#isLineStart
    if (this.ended || !this.#isVolatile) this.#sink.lineEnd()
    this.#isLineStart = true
  }

  /** No more lines: lets go of what was held. */
  finish(): void {
    if (this.#name !== undefined) this.#decide(this.#name, false)
  }

  #beginLine(first: number): void {
    this.#isLineStart = false
    // A line that begins with a blank continues the field above it and shares its fate (RFC 5322 §2.2.3).
    if (first === space || first === tab) return
    this.#isVolatile = false
    // Most fields are let through by a look at one letter.
    if (this.#leavesOut && initials.has(first | 0x20)) this.#name = ''
  }

  #read(held: string, chunk: Uint8Array, from: number, to: number): void {
    const limit = Math.min(to, from + longestPrefix - held.length)
    let name = held
    let at = from
    for (; at < limit && chunk[at] !== colon; at += 1) name += String.fromCharCode(chunk[at] ?? 0)
    if (at === to && name.length < longestPrefix) this.#name = name
    else this.#decide(held, name.length < longestPrefix && isVolatileName(name))
  }

  #decide(held: string, isVolatile: boolean): void {
    this.#name = undefined
    this.#isVolatile = isVolatile
    if (!isVolatile && held !== '') this.#sink.text(Buffer.from(held, 'latin1'), 0, held.length)
  }
}

function isVolatileName(name: string): boolean {
  return volatileNames.has(name.replace(/[ \t]+$/, '').toLowerCase())
}
