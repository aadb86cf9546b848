// Makes the octets of a header block alike that servers replace: for the canonical form alone.
import type { LineSink } from './canonical-output.ts'

const scratchSize = 2048
const questionMark = 0x3f
const capitalX = 0x58

// What 8-bit octets of a header become on some servers: X where Cyrus has munge8bit on (quirk B12), ? at Yahoo and
// Zimbra (C02); NUL is one of them, for Dovecot shows it as 0x80 (B14).
const folded = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0 || byte >= 0x80 || byte === capitalX ? questionMark : byte,
)

/**
 * Passes header lines on with `?` for each of these octets. Two messages that differ in nothing else, neither date nor
 * Message-ID nor body, look alike then; but equal canonical forms are always paired one to one, and equal bytes first,
 * so that of two such messages at the source each needs its own at the destination.
 */
export class FoldedHeader implements LineSink {
  readonly #sink: LineSink
  readonly #scratch = new Uint8Array(scratchSize)

  constructor(sink: LineSink) {
    this.#sink = sink
  }

  text(chunk: Uint8Array, from: number, to: number): void {
    const scratch = this.#scratch
    for (let at = from; at < to; ) {
      const count = Math.min(to - at, scratchSize)
      for (let next = 0; next < count; next += 1) scratch[next] = folded[chunk[at + next] ?? 0] ?? 0
      this.#sink.text(scratch, 0, count)
      at += count
    }
  }

  lineEnd(): void {
    this.#sink.lineEnd()
  }
}
