// What a power cut would leave of the ledger: its files as they were when the last flush that has ended began.
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import type { Key } from '../../src/core/message.ts'
import { openLedger } from '../../src/ledger/index.ts'
import type { Sync } from '../../src/ledger/log-sync.ts'
import { heldClock } from '../engine/held-clock.ts'

/** The files of a ledger, octet by octet. */
interface Files {
  readonly database: Buffer
  readonly log: Buffer
}

/** What stands in it. */
interface Found {
  /** Octets of the messages whose append is announced. */
  readonly announced: ReadonlySet<number>
  /** Messages whose place is proven. */
  readonly proven: ReadonlySet<Key>
}

/** Follows the ledger of one run. What SQLite flushes by itself is not seen, so the shadow knows too little, never too much. */
export class ShadowDisk {
  /** Flushes that have ended. */
  flushes = 0
  readonly #path: string
  readonly #copy: string
  #database: number | undefined
  #files: Files | undefined
  #found: Found | undefined

  /** The ledger's path, and a directory for copies. */
  constructor(path: string, directory: string) {
    this.#path = path
    this.#copy = join(directory, 'shadow.db')
  }

  /** To be given to the ledger: a slow flush, behind which the shadow is what the files were before it. */
  readonly sync: Sync = async () => {
    const files = this.#read()
    for (let turns = 0; turns < 10; turns += 1) await turn()
    this.#files = files
    this.#found = undefined
    this.flushes += 1
  }

  /** What the next process would find in the book of the pair. */
  get found(): Found {
    this.#found ??= this.#look()
    return this.#found
  }

  /** Cuts the power: what is called when the run is over puts in the ledger's place what a system finds that starts again. */
  cut(): () => void {
    const files = this.#files
    return () => {
      remove(this.#path)
      if (files === undefined) return
      write(this.#path, files)
      const database = new DatabaseSync(this.#path)
      database.exec("UPDATE lock SET boot = 'the one before the cut'")
      database.close()
    }
  }

  close(): void {
    if (this.#database !== undefined) closeSync(this.#database)
  }

  #look(): Found {
    if (this.#files === undefined) return { announced: new Set(), proven: new Set() }
    write(this.#copy, this.#files)
    const ledger = openLedger({ path: this.#copy, clock: heldClock(), readOnly: true })
    const reader = ledger.read('pair')
    const settled = [...reader.known().values()].filter(({ state }) => state === 'settled')
    const found = {
      announced: new Set(reader.unsettled().map(({ size }) => size)),
      proven: new Set(settled.map(({ key }) => key)),
    }
    ledger.close()
    return found
  }

  #read(): Files {
    // Opened once: closing the file would take SQLite's locks away with it.
    this.#database ??= openSync(this.#path, 'r')
    const database = Buffer.alloc(fstatSync(this.#database).size)
    readSync(this.#database, database, 0, database.length, 0)
    return { database, log: readFileSync(`${this.#path}-wal`) }
  }
}

function write(path: string, { database, log }: Files): void {
  remove(path)
  writeFileSync(path, database, { mode: 0o600 })
  writeFileSync(`${path}-wal`, log, { mode: 0o600 })
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
}
