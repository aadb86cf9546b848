// Makes the ledger's write-ahead log durable without keeping the process: many commits share one wait for the disk.
import { closeSync, fsync, openSync } from 'node:fs'

/** What makes an open file durable; tests count it. */
export type Sync = (file: number) => Promise<void>

/** The log of one open database. */
export class LogSync {
  readonly #file: number
  readonly #sync: Sync
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #isFlushing = false
  #isClosed = false
  /** After a failure the system may have forgotten what it could not write: then nothing is vouched for any more. */
  #failure: unknown

  /** `path`: the log itself, which is there and stays while its database is open. Throws what the system says. */
  constructor(path: string, sync: Sync = synced) {
    // Windows flushes only what may be written to; nothing is.
    this.#file = openSync(path, 'r+')
    this.#sync = sync
  }

  /** Resolves when everything committed before the call is on the disk. Rejects with what the system says, for good. */
  flush(): Promise<void> {
    // What is under way may have begun before the last commit: it does not count.
    this.#next ??= this.#after(this.#running)
    return this.#next
  }

  /** Lets go of the file, after a flush that is under way. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (!this.#isFlushing) closeSync(this.#file)
  }

  async #after(running: Promise<void>): Promise<void> {
    await running.catch(() => undefined)
    if (this.#next) this.#running = this.#next
    this.#next = undefined
    if (this.#isClosed) throw new Error('The ledger is closed.')
    if (this.#failure !== undefined) throw this.#failure
    this.#isFlushing = true
    try {
      await this.#sync(this.#file)
    } catch (thrown) {
      this.#failure = thrown
      throw thrown
    } finally {
      this.#isFlushing = false
      if (this.#isClosed) closeSync(this.#file)
    }
  }
}

function synced(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(file, (error) => (error ? reject(error) : resolve()))
  })
}
