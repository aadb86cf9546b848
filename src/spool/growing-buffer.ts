// Gathers a message in memory: one buffer of the size that was announced, and another one only if that was wrong.

// Servers that announce a size two or so short are common (quirk A27).
const slack = 64

/** Bytes that arrive piece by piece. */
export class GrowingBuffer {
  readonly #expected: number
  #buffer: Uint8Array = new Uint8Array(0)
  #size = 0

  /** The octets to expect: memory for them is taken with the first that arrive. */
  constructor(expected: number) {
    this.#expected = expected
  }

  /** Keeps a copy. */
  append(bytes: Uint8Array): void {
    const size = this.#size + bytes.length
    const capacity = this.#buffer.length
    // Doubling keeps the copying in proportion to the message, whatever was announced.
    if (size > capacity) this.#moveTo(Math.max(size, capacity === 0 ? this.#expected + slack : 2 * capacity))
    this.#buffer.set(bytes, this.#size)
    this.#size = size
  }

  /** All bytes so far, in memory that is hardly larger than they are. */
  bytes(): Uint8Array {
    if (this.#buffer.length > this.#size + slack + this.#size / 8) this.#moveTo(this.#size)
    return this.#buffer.subarray(0, this.#size)
  }

  #moveTo(capacity: number): void {
    const larger = Buffer.allocUnsafeSlow(capacity)
    larger.set(this.#buffer.subarray(0, this.#size))
    this.#buffer = larger
  }
}
