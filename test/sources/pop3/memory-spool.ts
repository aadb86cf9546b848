// A spool that is nothing but memory and a budget, so that tests can look into it and fill it at will.
import { createHash } from 'node:crypto'
import type { Fingerprint, Message } from '../../../src/core/message.ts'
import type { Spool, SpoolWriter } from '../../../src/core/ports.ts'

/** Counts what it holds; `pause` makes every write ask for a wait. */
export class MemorySpool implements Spool {
  held = 0
  /** The most it ever held. */
  mostHeld = 0
  /** Octets written to it so far, kept or not. */
  written = 0
  /** Writers and messages that nobody has let go of yet. */
  open = 0
  /** Returned by every write while it is set. */
  pause: Promise<void> | undefined
  /** Makes `finish` fail. */
  failure: Error | undefined
  readonly #limit: number
  readonly #waiting: (() => void)[] = []

  constructor(limit = 64 * 1024 * 1024) {
    this.#limit = limit
  }

  tryReserve(size: number): SpoolWriter | undefined {
    if (this.#waiting.length > 0 || (this.held > 0 && this.held + size > this.#limit)) return undefined
    return new MemoryWriter(this, size)
  }

  async reserve(size: number, signal: AbortSignal): Promise<SpoolWriter> {
    for (;;) {
      signal.throwIfAborted()
      if (this.held === 0 || this.held + size <= this.#limit) return new MemoryWriter(this, size)
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    }
  }

  /** Whether somebody waits for room. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  account(octets: number): void {
    this.held += octets
    this.mostHeld = Math.max(this.mostHeld, this.held)
    if (octets < 0) for (const wake of this.#waiting.splice(0)) wake()
  }
}

class MemoryWriter implements SpoolWriter {
  readonly #spool: MemorySpool
  readonly #pieces: Buffer[] = []
  #reserved: number
  #isOver = false

  constructor(spool: MemorySpool, size: number) {
    this.#spool = spool
    this.#reserved = size
    spool.open += 1
    spool.account(size)
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#isOver) throw new Error('written to after its end')
    this.#pieces.push(Buffer.from(chunk))
    this.#spool.written += chunk.length
    return this.#spool.pause
  }

  async finish(): Promise<Message> {
    if (this.#isOver) throw new Error('finished after its end')
    this.#isOver = true
    const bytes = Buffer.concat(this.#pieces)
    this.#spool.account(bytes.length - this.#reserved)
    if (this.#spool.failure) {
      this.#free(bytes.length)
      throw this.#spool.failure
    }
    let isHeld = true
    const hash = `v1:sha256:${createHash('sha256').update(bytes).digest('hex')}` as Fingerprint
    return {
      size: bytes.length,
      foldedSize: bytes.length,
      fingerprints: { exact: hash, canonical: hash },
      headers: bytes,
      bytes,
      async *chunks() {
        yield bytes
      },
      release: () => {
        if (isHeld) this.#free(bytes.length)
        isHeld = false
      },
    }
  }

  discard(): void {
    if (!this.#isOver) this.#free(this.#reserved)
    this.#isOver = true
  }

  #free(octets: number): void {
    this.#spool.open -= 1
    this.#spool.account(-octets)
  }
}
