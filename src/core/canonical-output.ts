// The writing end of the canonical form: holds closing line ends back, replaces NUL, and gathers small pieces.

/** Octets that an output needs to gather small pieces in. */
export const scratchSize = 2048
// From this length on, bytes are handed out where they lie instead of being gathered.
const longText = 512

/** Takes lines with their ends told apart from their text. */
export interface LineSink {
  /** More text: the bytes of `chunk` in [from, to), which may hold whole lines if these are canonical as they stand. */
  text(chunk: Uint8Array, from: number, to: number): void
  lineEnd(): void
}

/**
 * Writes lines to a function, every piece valid only during the call. Between `rest` and the next call nothing is kept in
 * the scratch, so that all messages on their way may share one: it would be most of what a small one takes.
 */
export class CanonicalOutput implements LineSink {
  readonly #emit: (bytes: Uint8Array) => void
  readonly #nul: number
  readonly #scratch: Uint8Array
  #filled = 0
  // Line ends that are written only if more text follows.
  #held = 0

  constructor(emit: (bytes: Uint8Array) => void, scratch: Uint8Array, replacesNul = true) {
    this.#emit = emit
    this.#scratch = scratch
    this.#nul = replacesNul ? 0x80 : 0
  }

  text(chunk: Uint8Array, from: number, to: number): void {
    this.#writeLineEnds(this.#held)
    this.#held = 0
    if (to - from >= longText) {
      this.#flush()
      this.#emit(withNulAs(this.#nul, chunk.subarray(from, to)))
      return
    }
    if (this.#filled + to - from > scratchSize) this.#flush()
    const scratch = this.#scratch
    const nul = this.#nul
    for (let at = from, next = this.#filled; at < to; at += 1, next += 1) scratch[next] = chunk[at] || nul
    this.#filled += to - from
  }

  lineEnd(): void {
    this.#held += 1
  }

  /** However many line ends came last, one CRLF is written. */
  finish(): void {
    this.#writeLineEnds(1)
    this.#flush()
  }

  /** Others may use the scratch until more comes. */
  rest(): void {
    this.#flush()
  }

  #writeLineEnds(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      if (this.#filled + 2 > scratchSize) this.#flush()
      this.#scratch[this.#filled] = 0x0d
      this.#scratch[this.#filled + 1] = 0x0a
      this.#filled += 2
    }
  }

  #flush(): void {
    if (this.#filled > 0) this.#emit(this.#scratch.subarray(0, this.#filled))
    this.#filled = 0
  }
}

/** The same bytes with another octet for NUL: 0x80, as Dovecot serves them (quirk B14); copied only if there is one. */
function withNulAs(nul: number, bytes: Uint8Array): Uint8Array {
  if (nul === 0 || !bytes.includes(0)) return bytes
  const replaced = Buffer.from(bytes)
  for (let at = 0; at < replaced.length; at += 1) replaced[at] ||= nul
  return replaced
}
