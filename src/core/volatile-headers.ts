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
export interface HeaderFilter extends LineSink {
  /** Whether that empty line has passed: from then on, lines go straight to the sink. */
  readonly ended: boolean
  /** No more lines: lets go of what was held. */
  finish(): void
}

/** Filters fields on their way to `sink`, holding no more than the beginning of one name. */
export function createHeaderFilter(sink: LineSink): HeaderFilter {
  let ended = false
  let isLineStart = true
  let isVolatile = false
  // What is known of a name while its field is undecided.
  let name: string | undefined

  function begin(first: number): void {
    isLineStart = false
    // A line that begins with a blank continues the field above it and shares its fate (RFC 5322 §2.2.3).
    if (first === space || first === tab) return
    isVolatile = false
    // Most fields are let through by a look at one letter.
    if (initials.has(first | 0x20)) name = ''
  }

  function decide(known: string, chunk: Uint8Array, from: number, to: number): void {
    const limit = Math.min(to, from + longestPrefix - known.length)
    let read = known
    let at = from
    for (; at < limit && chunk[at] !== colon; at += 1) read += String.fromCharCode(chunk[at] ?? 0)
    if (at === to && read.length < longestPrefix) name = read
    else settle(known, read.length < longestPrefix && volatileNames.has(read.replace(/[ \t]+$/, '').toLowerCase()))
  }

  function settle(known: string, verdict: boolean): void {
    name = undefined
    isVolatile = verdict
    if (!isVolatile && known !== '') sink.text(Buffer.from(known, 'latin1'), 0, known.length)
  }

  return {
    get ended() {
      return ended
    },
    text(chunk, from, to) {
      if (isLineStart) begin(chunk[from] ?? 0)
      if (name !== undefined) decide(name, chunk, from, to)
      if (name === undefined && !isVolatile) sink.text(chunk, from, to)
    },
    lineEnd() {
      if (name !== undefined) settle(name, false)
      ended = isLineStart
      if (ended || !isVolatile) sink.lineEnd()
      isLineStart = true
    },
    finish() {
      if (name !== undefined) settle(name, false)
    },
  }
}
