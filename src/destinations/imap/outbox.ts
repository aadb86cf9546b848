// Gathers what goes to a socket into few large writes, and knows what has been handed over.
import type { Writable } from 'node:stream'

const blockSize = 256 * 1024

/**
 * Writes to one socket. Many small writes would each wait for a delayed acknowledgement (architecture.md §4), so
 * nothing goes out before a block is full or `flush` is called. Everything is copied: the caller may reuse its bytes.
 */
export class Outbox {
  readonly #socket: Writable
  #block: Buffer = Buffer.alloc(0)
  /** Blocks that have left: used again, so that a long upload makes no garbage. */
  readonly #free: Buffer[] = []
  #start = 0
  #end = 0
  /** Octets put in so far. */
  position = 0
  /** Octets of these that the socket has been given: what lies beyond has certainly not left this machine. */
  handed = 0

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /** Whether the socket holds as much as it wants to: wait for its `drain` before putting more. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** Adds text, one octet per character. */
  text(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'))
  }

  /** Adds octets. */
  bytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#end === this.#block.length) this.#nextBlock()
      const taken = bytes.subarray(at, at + this.#block.length - this.#end)
      this.#block.set(taken, this.#end)
      this.#end += taken.length
      at += taken.length
    }
    this.position += bytes.length
    if (this.#end === this.#block.length) this.flush()
  }

  /** Hands over everything gathered. */
  flush(): void {
    if (this.#end === this.#start) return
    const block = this.#block
    const gathered = block.subarray(this.#start, this.#end)
    this.#start = this.#end
    this.handed += gathered.length
    if (this.#end < block.length) this.#socket.write(gathered)
    // Writes leave in order: with the last piece of a block, all of it has left.
    else this.#socket.write(gathered, () => this.#free.push(block))
  }

  #nextBlock(): void {
    this.flush()
    this.#block = this.#free.pop() ?? Buffer.allocUnsafeSlow(blockSize)
    this.#start = 0
    this.#end = 0
  }
}
