// The canonical form (v1) of a message as a stream: what stays the same when servers rewrite line ends and mbox headers.
import { CanonicalOutput, type LineSink, scratchSize } from './canonical-output.ts'
import { FoldedHeader } from './folded-header.ts'
import { HeaderFilter } from './volatile-headers.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const formScratch = new Uint8Array(scratchSize)
const headerScratch = new Uint8Array(scratchSize)
const manyReturns = new Uint8Array(64).fill(carriageReturn)

/**
 * Makes the canonical form and hands it to a function in pieces, each valid only during the call. The rules: a line
 * feed with all carriage returns right before it is one CRLF, other carriage returns stay (quirk B15); NUL is 0x80
 * (B14); volatile header fields are left out (C01), and of the others 8-bit octets and what servers put in their place
 * are alike (B12, C02); and the line ends that close the message are exactly one (A34),
 * unless it is empty.
 */
export class CanonicalForm {
  readonly #output: CanonicalOutput
  readonly #unfolded: CanonicalOutput | undefined
  readonly #folded: FoldedHeader | undefined
  readonly #header: HeaderFilter
  #headerSize = 0
  #foldedBy = 0
  #isEmpty = true
  // Carriage returns that are text or part of a line end, depending on the byte that follows.
  #returns = 0

  /**
   * `level` leaves the later rules out: 0 folds line ends only, 1 NUL too, 2 8-bit headers, 3 is the whole form.
   * `emitHeader` takes the header block once more, with its 8-bit octets as they are.
   */
  constructor(emit: (bytes: Uint8Array) => void, level = 3, emitHeader?: (bytes: Uint8Array) => void) {
    this.#output = new CanonicalOutput(emit, formScratch, level >= 1)
    this.#unfolded = emitHeader && new CanonicalOutput(emitHeader, headerScratch)
    this.#folded = level >= 2 ? new FoldedHeader(this.#output, this.#unfolded) : undefined
    this.#header = new HeaderFilter(this.#folded ?? this.#output, level >= 3)
  }

  /** Whether the fields of the header block hold 8-bit octets, as far as they count. */
  get hasEightBitHeader(): boolean {
    return this.#folded?.hasEightBit ?? false
  }

  /** Octets taken so far that belong to the header block, its closing blank line included. */
  get headerSize(): number {
    return this.#headerSize
  }

  /** What storing by lines does to the size: one more for each bare LF, one less for each LF behind several CRs. */
  get foldedBy(): number {
    return this.#foldedBy
  }

  /** The next bytes. How a message is cut into chunks makes no difference; the chunk may be reused afterwards. */
  update(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#isEmpty = false
    const bodyStart = this.#header.ended ? 0 : this.#readHeader(chunk)
    this.#headerSize += bodyStart
    this.#readBody(chunk, bodyStart)
    this.#output.rest()
    this.#unfolded?.rest()
  }

  /** The message is whole: the rest of the form goes out. */
  finish(): void {
    if (this.#isEmpty) return
    this.#header.finish()
    this.#folded?.finish()
    // Carriage returns that came last are left out: a server that completes the line makes them part of its end.
    this.#output.finish()
  }

  /** Reads up to the end of the header block or of the chunk, and returns where that is. */
  #readHeader(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !this.#header.ended) {
      const found = chunk.indexOf(lineFeed, at)
      const end = found === -1 ? chunk.length : found
      let textEnd = end
      while (textEnd > at && chunk[textEnd - 1] === carriageReturn) textEnd -= 1
      if (textEnd > at) this.#text(this.#header, chunk, at, textEnd)
      this.#returns += end - textEnd
      if (found === -1) return end
      this.#lineEnd(this.#header)
      at = end + 1
    }
    return at
  }

  #readBody(chunk: Uint8Array, from: number): void {
    let at = from
    while (at < chunk.length) {
      const byte = chunk[at]
      if (byte !== carriageReturn && byte !== lineFeed) {
        const end = endOfCanonicalText(chunk, at)
        this.#text(this.#output, chunk, at, end)
        at = end
      } else {
        if (byte === carriageReturn) this.#returns += 1
        else this.#lineEnd(this.#output)
        at += 1
      }
    }
  }

  #text(sink: LineSink, chunk: Uint8Array, from: number, to: number): void {
    while (this.#returns > 0) {
      const count = Math.min(this.#returns, manyReturns.length)
      sink.text(manyReturns, 0, count)
      this.#returns -= count
    }
    sink.text(chunk, from, to)
  }

  #lineEnd(sink: LineSink): void {
    if (this.#returns === 0) this.#foldedBy += 1
    if (this.#returns > 1) this.#foldedBy -= 1
    this.#returns = 0
    sink.lineEnd()
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
