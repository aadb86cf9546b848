// Takes one message into the spool: hashes it on the way, and keeps it in memory until it grows too large for that.
import { interrupted } from '../core/errors.ts'
import { createFingerprinter, type Fingerprinter, fingerprint } from '../core/fingerprint.ts'
import type { Message } from '../core/message.ts'
import type { SpoolWriter } from '../core/ports.ts'
import type { Budget } from './budget.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { SpoolFile } from './spool-file.ts'

/** What a writer works with. */
export interface WriterParts {
  /** Octets already taken: from `disk` if they are more than `inMemory`, else from `memory`. */
  readonly reserved: number
  /** The largest message kept in memory, in octets. */
  readonly inMemory: number
  readonly memory: Budget
  readonly disk: Budget
  newFile(): SpoolFile
  /** Told once, when nothing is kept any more but the file, which is to be removed. */
  dropped(file: SpoolFile | undefined): void
}

/** One message, from its first byte until it is released. */
export class MessageWriter implements SpoolWriter {
  readonly #parts: WriterParts
  /** Of a message that is too large for memory: any other one is hashed when it is whole. */
  #fingerprinter: Fingerprinter | undefined
  #budget: Budget
  #taken: number
  #size = 0
  #buffer: GrowingBuffer
  #file: SpoolFile | undefined
  #isOpen = true
  #isDropped = false

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#budget = parts.reserved > parts.inMemory ? parts.disk : parts.memory
    this.#taken = parts.reserved
    this.#buffer = new GrowingBuffer(parts.reserved)
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#isOpen) throw new Error('The message is closed: nothing more can be written to it.')
    const { reserved, inMemory } = this.#parts
    this.#size += chunk.length
    if (Math.max(this.#size, reserved) > inMemory) this.#file ??= this.#moveToFile()
    if (this.#size > this.#taken) this.#settleAccount()
    this.#fingerprinter?.update(chunk)
    if (this.#file === undefined) this.#buffer.append(chunk)
    else if (this.#file.write(chunk)) return this.#file.written()
    return undefined
  }

  async finish(): Promise<Message> {
    if (!this.#isOpen) throw new Error('The message is closed: it cannot be finished.')
    this.#isOpen = false
    try {
      await this.#file?.finish()
      // The spool was closed meanwhile.
      if (this.#isDropped) throw interrupted()
    } catch (thrown) {
      this.drop()
      throw thrown
    }
    this.#settleAccount()
    return this.#message()
  }

  discard(): void {
    if (this.#isOpen) this.drop()
  }

  /** Frees everything held for the message, finished or not. Calling it again does nothing. */
  drop(): void {
    if (this.#isDropped) return
    this.#isOpen = false
    this.#isDropped = true
    this.#buffer = new GrowingBuffer(0)
    this.#budget.free(this.#taken)
    this.#parts.dropped(this.#file)
  }

  #message(): Message {
    const fingerprinted = this.#fingerprinter?.finish() ?? fingerprint(this.#buffer.bytes())
    const bytes = () => (this.#file === undefined && !this.#isDropped ? this.#buffer.bytes() : undefined)
    return {
      ...fingerprinted,
      get bytes() {
        return bytes()
      },
      chunks: () => this.#chunks(),
      release: () => this.drop(),
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#isDropped) throw new Error('The message has been released: its bytes are gone.')
    if (this.#file === undefined) yield this.#buffer.bytes()
    else yield* this.#file.chunks()
  }

  #moveToFile(): SpoolFile {
    const file = this.#parts.newFile()
    const begun = this.#buffer.bytes()
    this.#fingerprinter = createFingerprinter()
    this.#fingerprinter.update(begun)
    file.write(begun)
    this.#buffer = new GrowingBuffer(0)
    // Until the disk has them, its octets are in memory, and nobody else gets their room.
    const moved = () => this.#moveAccount()
    if (file.isBehind) file.written().then(moved, moved)
    else moved()
    return file
  }

  #moveAccount(): void {
    const { disk } = this.#parts
    if (this.#isDropped || this.#budget === disk) return
    this.#budget.free(this.#taken)
    this.#budget = disk
    this.#budget.overdraw(this.#taken)
  }

  #settleAccount(): void {
    if (this.#size > this.#taken) this.#budget.overdraw(this.#size - this.#taken)
    else this.#budget.free(this.#taken - this.#size)
    this.#taken = this.#size
  }
}
