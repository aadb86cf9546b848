// Makes the ledger's write-ahead log durable without keeping the process: many commits share one wait for the disk.
import { type FileHandle, open } from 'node:fs/promises'

/** What makes a file durable; tests count it. */
export type Sync = (file: FileHandle) => Promise<void>

/** The log of one open database. */
export class LogSync {
  readonly #path: string
  readonly #sync: Sync
  #file: Promise<FileHandle> | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** `path`: the log itself. It stays where it is while its database is open. */
  constructor(path: string, sync: Sync = (file) => file.sync()) {
    this.#path = path
    this.#sync = sync
  }

  /** Resolves when everything committed before the call is on the disk. Rejects with what the system says. */
  flush(): Promise<void> {
    // What is under way may have begun before the last commit: it does not count.
    this.#next ??= this.#after(this.#running)
    return this.#next
  }

  /** Lets go of the file, after a flush that is under way. */
  close(): void {
    this.#file?.then((file) => file.close()).catch(() => undefined)
    this.#file = undefined
  }

  async #after(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined)
    this.#running = this.#next
    this.#next = undefined
    // Windows flushes only what may be written to; nothing is.
    this.#file ??= open(this.#path, 'r+')
    await this.#sync(await this.#file)
  }
}
