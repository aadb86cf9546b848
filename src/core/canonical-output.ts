// The writing end of the canonical form: holds closing line ends back, replaces NUL, and gathers small pieces.

const scratchSize = 2048
// From this length on, bytes are handed out where they lie instead of being gathered.
const longText = 512

/** Takes lines with their ends told apart from their text. */
export interface LineSink {
  /** More text: the bytes of `chunk` in [from, to), which may hold whole lines if these are canonical as they stand. */
  text(chunk: Uint8Array, from: number, to: number): void
  lineEnd(): void
}

/** A line sink that knows when the message is over. */
export interface CanonicalOutput extends LineSink {
  /** However many line ends came last, one CRLF goes out, unless there was nothing at all. */
  finish(): void
}

/** Writes lines to `emit`, every piece valid only during the call. */
export function createCanonicalOutput(emit: (bytes: Uint8Array) => void): CanonicalOutput {
  const scratch = Buffer.allocUnsafe(scratchSize)
  let filled = 0
  let isEmpty = true
  // Line ends that are text only if more text follows.
  let held = 0

  function flush(): void {
    if (filled > 0) emit(scratch.subarray(0, filled))
    filled = 0
  }

  function writeLineEnds(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      if (filled + 2 > scratchSize) flush()
      scratch[filled] = 0x0d
      scratch[filled + 1] = 0x0a
      filled += 2
    }
  }

  return {
    text(chunk, from, to) {
      isEmpty = false
      writeLineEnds(held)
      held = 0
      if (to - from >= longText) {
        flush()
        emit(withoutNul(chunk.subarray(from, to)))
        return
      }
      if (filled + to - from > scratchSize) flush()
      for (let at = from, next = filled; at < to; at += 1, next += 1) scratch[next] = chunk[at] || 0x80
      filled += to - from
    },
    lineEnd() {
      isEmpty = false
      held += 1
    },
    finish() {
      if (!isEmpty) writeLineEnds(1)
      flush()
    },
  }
}

/** The same bytes with 0x80 for NUL, as Dovecot serves them (quirk B14); copied only if there is one. */
function withoutNul(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0)) return bytes
  const replaced = Buffer.from(bytes)
  for (let at = 0; at < replaced.length; at += 1) replaced[at] ||= 0x80
  return replaced
}
