// Makes the octets of a header block alike that servers replace: for the canonical form alone.
import type { CanonicalOutput, LineSink } from './canonical-output.ts'

// Nothing is kept in it from one call to the next.
const scratch = new Uint8Array(2048)
const questionMark = 0x3f
const capitalX = 0x58

// What 8-bit octets of a header become on some servers: X where Cyrus has munge8bit on (quirk B12), ? at Yahoo and
// Zimbra (C02); NUL is one of them, for Dovecot shows it as 0x80 (B14).
const folded = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || byte >= 0x80 || byte === capitalX ? questionMark : byte,
)

/**
 * Passes header lines on with `?` for each of these octets, and as they were to a second output. Two messages that differ
 * in nothing else look alike in the first: the second, and whether there were any, tells a rewritten copy from another
 * message.
 */
export class FoldedHeader implements LineSink {
  /** Whether 8-bit octets or NUL have passed: a server that replaces them leaves none. */
  hasEightBit = false
  readonly #sink: LineSink
  readonly #unfolded: CanonicalOutput | undefined

  constructor(sink: LineSink, unfolded: CanonicalOutput | undefined) {
    this.#sink = sink
    this.#unfolded = unfolded
  }

  text(chunk: Uint8Array, from: number, to: number): void {
    this.#unfolded?.text(chunk, from, to)
    for (let at = from; at < to; ) {
      const count = Math.min(to - at, scratch.length)
      for (let next = 0; next < count; next += 1) {
        const byte = chunk[at + next] ?? 0
        if (byte === 0 || byte >= 0x80) this.hasEightBit = true
        scratch[next] = folded[byte] ?? 0
      }
      this.#sink.text(scratch, 0, count)
      at += count
    }
  }

  lineEnd(): void {
    this.#unfolded?.lineEnd()
    this.#sink.lineEnd()
  }

  /** No more header lines. */
  finish(): void {
    this.#unfolded?.finish()
  }
}
