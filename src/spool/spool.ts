// Messages on their way: small ones in memory, large ones in files, each kind within a budget of octets.
import { interrupted } from '../core/errors.ts'
import type { Spool, SpoolWriter } from '../core/ports.ts'
import { Budget } from './budget.ts'
import { createFileNames, type FileNames, prepareDirectory } from './directory.ts'
import { type OpenNew, openNew, SpoolFile } from './spool-file.ts'
import { MessageWriter } from './writer.ts'

const MiB = 1024 * 1024

/** Where messages are kept and how much room they get, in octets. */
export interface SpoolOptions {
  /** Made if missing; nobody else may have access to it. */
  readonly directory: string
  /** For all messages in memory together: 64 MiB unless told. */
  readonly memoryBudget?: number
  /** For all messages in files together: 1 GiB unless told. */
  readonly diskBudget?: number
  /** The largest message kept in memory: 1 MiB unless told. */
  readonly inMemory?: number
  /** What a message takes besides its octets, so that many small ones fill a budget too: 8 KiB unless told. */
  readonly besides?: number
  /** How files are made; tests use it to fill a disk. */
  readonly openFile?: OpenNew
}

/** A spool that can be closed. */
export interface ClosableSpool extends Spool {
  /** Gives up whatever is still held, and whoever waits. Errors: spool, when a file could not be removed. */
  close(): Promise<void>
}

/** Opens a spool in a directory. Errors: spool, disk-full. */
export async function createSpool(options: SpoolOptions): Promise<ClosableSpool> {
  const directory = await prepareDirectory(options.directory)
  return new DirectorySpool({
    memoryBudget: 64 * MiB,
    diskBudget: 1024 * MiB,
    inMemory: MiB,
    besides: 8192,
    openFile: openNew,
    ...options,
    directory,
  })
}

class DirectorySpool implements ClosableSpool {
  readonly #options: Required<SpoolOptions>
  readonly #names: FileNames
  readonly #memory: Budget
  readonly #disk: Budget
  readonly #writers = new Set<MessageWriter>()
  readonly #removals = new Set<Promise<void>>()
  readonly #failures: unknown[] = []
  #isClosed = false

  constructor(options: Required<SpoolOptions>) {
    this.#options = options
    this.#names = createFileNames(options.directory)
    this.#memory = new Budget(options.memoryBudget)
    this.#disk = new Budget(options.diskBudget)
  }

  get held(): number {
    return this.#memory.held + this.#disk.held - this.#writers.size * this.#options.besides
  }

  tryReserve(size: number): SpoolWriter | undefined {
    if (this.#isClosed) throw interrupted()
    const reserved = reservable(size)
    return this.#budgetFor(reserved).tryTake(reserved + this.#options.besides) ? this.#admit(reserved) : undefined
  }

  async reserve(size: number, signal: AbortSignal): Promise<SpoolWriter> {
    if (this.#isClosed) throw interrupted()
    const reserved = reservable(size)
    const budget = this.#budgetFor(reserved)
    await budget.take(reserved + this.#options.besides, signal)
    if (!this.#isClosed) return this.#admit(reserved)
    // The spool was closed meanwhile.
    budget.free(reserved + this.#options.besides)
    throw interrupted()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    // This makes room for those who wait, and each of them learns in turn that there is nothing to wait for.
    for (const writer of this.#writers) writer.drop()
    await Promise.all(this.#removals)
    this.#names.close()
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  #budgetFor(reserved: number): Budget {
    return reserved > this.#options.inMemory ? this.#disk : this.#memory
  }

  #admit(reserved: number): SpoolWriter {
    const writer = new MessageWriter({
      reserved,
      inMemory: this.#options.inMemory,
      memory: this.#memory,
      disk: this.#disk,
      newFile: () => new SpoolFile(this.#names.next(), this.#options.openFile),
      dropped: (file) => {
        this.#writers.delete(writer)
        this.#budgetFor(reserved).free(this.#options.besides)
        if (file !== undefined) this.#remove(file)
      },
    })
    this.#writers.add(writer)
    return writer
  }

  /** Nobody waits for a removal but `close`, which also tells of failures. */
  #remove(file: SpoolFile): void {
    const removal = file
      .remove()
      .catch((thrown: unknown) => void this.#failures.push(thrown))
      .finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }
}

/** A size as a server claims it, made fit for adding up: some claim negative ones (quirk A27). */
function reservable(size: number): number {
  return size > 0 ? Math.min(size, 2 ** 50) : 0
}
