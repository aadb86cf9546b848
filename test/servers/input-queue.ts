// The bytes a connection has received and nobody has read yet: taken out as lines or as counted pieces.

const EMPTY = Buffer.alloc(0)
const LF = 0x0a
const CR = 0x0d

/** Holds the pieces as they arrived and joins them only where a line crosses from one into the next. */
export class InputQueue {
  #head: Buffer = EMPTY
  #rest: Buffer[] = []
  #restBytes = 0

  /** Bytes waiting. */
  get length(): number {
    return this.#head.length + this.#restBytes
  }

  push(piece: Buffer): void {
    if (this.#head.length === 0 && this.#rest.length === 0) {
      this.#head = piece
      return
    }
    this.#rest.push(piece)
    this.#restBytes += piece.length
  }

  /** The next line without its CRLF (a bare LF ends a line too), or undefined while it is incomplete. */
  takeLine(): Buffer | undefined {
    if (this.#head.length === 0) this.#advance()
    let end = this.#head.indexOf(LF)
    if (end < 0 && this.#rest.length > 0) {
      this.#head = Buffer.concat([this.#head, ...this.#rest])
      this.#rest = []
      this.#restBytes = 0
      end = this.#head.indexOf(LF)
    }
    if (end < 0) return undefined
    const line = this.#head.subarray(0, end > 0 && this.#head[end - 1] === CR ? end - 1 : end)
    this.#head = this.#head.subarray(end + 1)
    return line
  }

  /** Between 1 and `limit` bytes, or undefined when there are none. */
  takeUpTo(limit: number): Buffer | undefined {
    if (this.#head.length === 0) this.#advance()
    if (this.#head.length === 0) return undefined
    const piece = this.#head.subarray(0, limit)
    this.#head = this.#head.subarray(piece.length)
    return piece
  }

  clear(): void {
    this.#head = EMPTY
    this.#rest = []
    this.#restBytes = 0
  }

  #advance(): void {
    this.#head = this.#rest.shift() ?? EMPTY
    this.#restBytes -= this.#head.length
  }
}
