// The canonical form (v1) of a message as a stream: what stays the same when servers rewrite line ends and mbox headers.
import { createCanonicalOutput, type LineSink } from './canonical-output.ts'
import { createHeaderFilter } from './volatile-headers.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const manyReturns = new Uint8Array(64).fill(carriageReturn)

/** A message on its way into its canonical form. */
export interface CanonicalForm {
  /** The next bytes. How a message is cut into chunks makes no difference; the chunk may be reused afterwards. */
  update(chunk: Uint8Array): void
  /** The message is whole: the rest of the form goes out. */
  finish(): void
  /** Octets taken so far that belong to the header block, its closing blank line included. */
  readonly headerSize: number
  /** What storing by lines does to the size: one more for each bare LF, one less for each LF behind several CRs. */
  readonly foldedBy: number
}

/**
 * Makes the canonical form and hands it to `emit` in pieces, each valid only during the call. The rules: a line feed
 * with all carriage returns right before it is one CRLF, other carriage returns stay (quirk B15); NUL is 0x80 (B14);
 * volatile header fields are left out (C01); and the line ends that close the message are exactly one (A34).
 */
export function createCanonicalForm(emit: (bytes: Uint8Array) => void): CanonicalForm {
  const output = createCanonicalOutput(emit)
  const header = createHeaderFilter(output)
  let headerSize = 0
  let foldedBy = 0
  // Carriage returns that are text or part of a line end, depending on the byte that follows.
  let returns = 0

  function text(sink: LineSink, chunk: Uint8Array, from: number, to: number): void {
    while (returns > 0) {
      const count = Math.min(returns, manyReturns.length)
      sink.text(manyReturns, 0, count)
      returns -= count
    }
    sink.text(chunk, from, to)
  }

  function lineEnd(sink: LineSink): void {
    if (returns === 0) foldedBy += 1
    if (returns > 1) foldedBy -= 1
    returns = 0
    sink.lineEnd()
  }

  function readHeader(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !header.ended) {
      const found = chunk.indexOf(lineFeed, at)
      const end = found === -1 ? chunk.length : found
      let textEnd = end
      while (textEnd > at && chunk[textEnd - 1] === carriageReturn) textEnd -= 1
      if (textEnd > at) text(header, chunk, at, textEnd)
      returns += end - textEnd
      if (found === -1) return end
      lineEnd(header)
      at = end + 1
    }
    return at
  }

  function readBody(chunk: Uint8Array, from: number): void {
    let at = from
    while (at < chunk.length) {
      const byte = chunk[at]
      if (byte !== carriageReturn && byte !== lineFeed) {
        const end = endOfCanonicalText(chunk, at)
        text(output, chunk, at, end)
        at = end
      } else {
        if (byte === carriageReturn) returns += 1
        else lineEnd(output)
        at += 1
      }
    }
  }

  return {
    update(chunk) {
      const bodyStart = header.ended ? 0 : readHeader(chunk)
      headerSize += bodyStart
      readBody(chunk, bodyStart)
    },
    finish() {
      header.finish()
      // A server that completes a last line ending in carriage returns makes them part of the line end.
      if (returns > 0) (header.ended ? output : header).lineEnd()
      output.finish()
    },
    get headerSize() {
      return headerSize
    },
    get foldedBy() {
      return foldedBy
    },
  }
}

/**
 * How far the chunk is canonical as it stands, from a byte of text on: up to the line ends before the first LF that
 * does not follow a single CR, but not into the line ends that close the chunk, for they may close the message.
 */
function endOfCanonicalText(chunk: Uint8Array, from: number): number {
  let found = chunk.indexOf(lineFeed, from)
  while (found !== -1 && chunk[found - 1] === carriageReturn && chunk[found - 2] !== carriageReturn) {
    found = chunk.indexOf(lineFeed, found + 1)
  }
  let end = found === -1 ? chunk.length : found
  while (chunk[end - 1] === carriageReturn || chunk[end - 1] === lineFeed) end -= 1
  return end
}
