// One message in a file: written in order in large pieces, read back as often as needed, removed when done.
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { refusal, spoolError } from './errors.ts'

const blockSize = 256 * 1024
// From so many full blocks on, the writer has to wait for the disk.
const mostWaiting = 4

/** Opens a new file for writing. */
export type OpenNew = (path: string) => Promise<FileHandle>

/** Opens a file that must not exist yet, for nobody else to read. */
export function openNew(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
}

/** The bytes of one message on disk. Errors of all methods: disk-full, spool. */
export class SpoolFile {
  readonly #path: string
  readonly #open: OpenNew
  readonly #waiting: Uint8Array[] = []
  // Blocks are used again, so that a message of any size needs no more memory than a few of them.
  readonly #spare: Uint8Array[] = []
  #block: Uint8Array = Buffer.allocUnsafeSlow(blockSize)
  #filled = 0
  #size = 0
  #handle: FileHandle | undefined
  #writing: Promise<void> | undefined
  #failure: unknown
  #isRemoved = false

  /** A path where no file is yet: it is made when the first block is full, or by `finish`. */
  constructor(path: string, openFile: OpenNew) {
    this.#path = path
    this.#open = openFile
  }

  /** Keeps a copy. True means that the disk is behind or has failed: wait for `written` before writing more. */
  write(bytes: Uint8Array): boolean {
    if (this.#failure !== undefined) return true
    this.#size += bytes.length
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + blockSize - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
      if (this.#filled === blockSize) this.#passOnBlock()
    }
    return this.#waiting.length >= mostWaiting
  }

  /** Whether full blocks are not on disk yet. */
  get isBehind(): boolean {
    return this.#writing !== undefined
  }

  /** Resolves when all full blocks are on disk; rejects when writing has failed. */
  async written(): Promise<void> {
    await this.#writing
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Everything is written and the file closed. */
  async finish(): Promise<void> {
    await this.written()
    this.#waiting.push(this.#block.subarray(0, this.#filled))
    this.#writing = this.#writeWaiting()
    await this.written()
    // Finished files may be many, so they keep no memory.
    this.#block = new Uint8Array(0)
    this.#spare.length = 0
    try {
      await this.#handle?.close()
    } catch (thrown) {
      throw spoolError(thrown, dirname(this.#path))
    }
  }

  /**
   * The bytes from the start, in pieces of up to 256 KiB, each overwritten by the next: a large message would leave as
   * much garbage as it has octets otherwise. Only after `finish`.
   */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = await openToRead(this.#path)
    const block = Buffer.allocUnsafeSlow(Math.min(blockSize, this.#size))
    try {
      for (let at = 0; at < this.#size; ) {
        const piece = await readPiece(reader, this.#path, at, block.subarray(0, this.#size - at))
        at += piece.length
        yield piece
      }
    } finally {
      await reader.close()
    }
  }

  /** Stops writing and removes the file. */
  async remove(): Promise<void> {
    this.#isRemoved = true
    await this.#writing
    try {
      await this.#handle?.close()
      await rm(this.#path, { force: true })
    } catch (thrown) {
      throw spoolError(thrown, dirname(this.#path))
    }
  }

  #passOnBlock(): void {
    this.#waiting.push(this.#block)
    this.#block = this.#spare.pop() ?? Buffer.allocUnsafeSlow(blockSize)
    this.#filled = 0
    this.#writing ??= this.#writeWaiting()
  }

  async #writeWaiting(): Promise<void> {
    try {
      this.#handle ??= await this.#open(this.#path)
      for (let next = this.#waiting[0]; next !== undefined && !this.#isRemoved; next = this.#waiting[0]) {
        await writeFully(this.#handle, next)
        this.#waiting.shift()
        this.#spare.push(next)
      }
    } catch (thrown) {
      this.#failure = spoolError(thrown, dirname(this.#path))
    }
    this.#writing = undefined
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (thrown) {
    throw spoolError(thrown, dirname(path))
  }
}

async function readPiece(handle: FileHandle, path: string, position: number, into: Buffer): Promise<Uint8Array> {
  try {
    const { buffer, bytesRead } = await handle.read(into, 0, into.length, position)
    if (bytesRead > 0) return buffer.subarray(0, bytesRead)
  } catch (thrown) {
    throw spoolError(thrown, dirname(path))
  }
  throw refusal(`The file ${path} has been cut short.`, 'Keep other programs out of the spool directory.')
}
