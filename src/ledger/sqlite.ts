// The connection to the ledger's database: opened with care, written to in whole transactions, errors translated.
import { statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { MailhaulError } from '../core/errors.ts'
import { damaged, ledgerError, translate } from './errors.ts'
import { LogSync, type Sync } from './log-sync.ts'
import { bringUpToDate, migrations, versionOf } from './schema.ts'
import { findStateFile, keepPrivate, prepareStateFile } from './state-file.ts'

/** One row as an array, in the order of the columns asked for. */
export type Cells = readonly unknown[]

/** A prepared statement whose rows are arrays. */
export interface Statement {
  /** The first row, if there is one. */
  first(...parameters: SQLInputValue[]): Cells | undefined
  rows(...parameters: SQLInputValue[]): Iterable<Cells>
  /** Returns how many rows it changed. */
  run(...parameters: SQLInputValue[]): number
}

/** An open database. Prepared statements may be used inside `read` and `transact` only. */
export interface Connection {
  prepare(sql: string): Statement
  /** Runs `work`, which only reads. */
  read<T>(work: () => T): T
  /** The same, but all of it sees the ledger as it is at one moment, whoever writes meanwhile. */
  snapshot<T>(work: () => T): T
  /** Runs `work` in one transaction: durable when it returns, without a trace when it throws. */
  transact<T>(work: () => T): T
  /** The same, but durable only when `durable` has resolved, or with the next transaction that is. */
  write<T>(work: () => T): T
  /** Resolves when all that was written is durable; the process goes on meanwhile. */
  durable(): Promise<void>
  /** Folds the write-ahead log into the file when nobody else has it open. Calling it again does nothing. */
  close(): void
}

/** What a rehearsal begins with. */
export type Rehearsal = 'copy' | 'blank'

/** What a connection is opened with. */
export interface ConnectionOptions {
  /** Absolute path. */
  readonly path: string
  /** Creates and changes nothing: where there is no ledger, an empty one in memory stands in. */
  readonly readOnly: boolean
  /** With `readOnly`: reads no more of the file than it is asked for. Damage is noticed where it is read. */
  readonly isGlance?: boolean
  /** Works in memory, on a copy of the file or on nothing: the file is never changed. */
  readonly rehearsal?: Rehearsal | undefined
  /** How the log of a file that is written to is made durable; other than usual only in tests. */
  readonly sync?: Sync | undefined
  /** The steps to the schema wanted: other ones only in tests of the mechanism. */
  readonly steps?: readonly string[]
}

// How long a transaction waits for another process's, in milliseconds. They take a few each.
const patience = 15_000

// Checking the structure of the whole file takes about 30 ms for 20 MB (100,000 messages). Beyond this many bytes it
// is left out: damage is then found where a page is read, with the same error.
const largestChecked = 256 * 1024 * 1024

// SQLite's pages, of any database, in bytes.
const smallestPage = 512

/** Opens a ledger's database. Errors: ledger (damaged, foreign, too new, not accessible), disk-full. */
export function openConnection(options: ConnectionOptions): Connection {
  const { path, readOnly, isGlance = false, rehearsal, sync, steps = migrations } = options
  let database: DatabaseSync | undefined
  try {
    if (rehearsal === 'blank') return connectionTo(blank(path, steps), path)
    if (rehearsal === 'copy') return connectionTo(openCopy(path, steps), path)
    if (readOnly) return connectionTo(openToRead(path, steps, isGlance), path)
    prepareStateFile(path)
    database = openFile(path)
    openToWrite(database, path, steps)
    return connectionTo(database, path, new LogSync(`${path}-wal`, sync))
  } catch (thrown) {
    database?.close()
    throw translate(thrown, path)
  }
}

function openFile(path: string): DatabaseSync {
  // SQLite would read what is missing of the last page as zeros. Beside a log that is in order: it holds the page.
  const size = sizeOf(path)
  if (size > 1 && size % smallestPage !== 0 && sizeOf(`${path}-wal`) === 0) throw damaged(path)
  return new DatabaseSync(path, { timeout: patience })
}

function openToWrite(database: DatabaseSync, path: string, steps: readonly string[]): void {
  const version = versionOf(database, path, steps.length)
  checkStructure(database, path)
  keepPrivate(path)
  const [mode] = Object.values(database.prepare('PRAGMA journal_mode = WAL').get() ?? {})
  if (mode !== 'wal') {
    throw ledgerError(`The ledger ${path} lies where SQLite cannot work safely.`, 'Put it on a local disk.')
  }
  // FULL, so that a commit survives a power cut (quirk D05); fullfsync is what this takes on macOS.
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON')
  if (version < steps.length) bringUpToDate(database, path, steps)
}

/**
 * Opens a ledger as it is, damaged or not, and changes nothing: undefined where there is none. Errors: ledger, where not
 * even the first page can be read, for another program's database, and for a newer mailhaul's.
 */
export function openAsItIs(path: string): { readonly connection: Connection; readonly schema: number } | undefined {
  let database: DatabaseSync | undefined
  try {
    if (!findStateFile(path)) return undefined
    database = new DatabaseSync(path, { timeout: patience, readOnly: true })
    return { schema: versionOf(database, path, migrations.length), connection: connectionTo(database, path) }
  } catch (thrown) {
    database?.close()
    throw translate(thrown, path)
  }
}

/** A database that will not be written to. SQLite needs the right to write even so: it keeps its index files tidy. */
function openToRead(path: string, steps: readonly string[], isGlance: boolean): DatabaseSync {
  const database = findStateFile(path) ? openFile(path) : blank(path, steps)
  try {
    const version = versionOf(database, path, steps.length)
    if (isGlance && version < steps.length) throw ledgerError(`The ledger ${path} is an older one.`, 'Run sync.')
    if (!isGlance) checkStructure(database, path)
    // An older ledger, only to be looked at, is brought up to date in a copy.
    const current = version < steps.length ? copyOf(database, path, steps) : database
    current.exec('PRAGMA query_only = ON')
    return current
  } catch (thrown) {
    if (database.isOpen) database.close()
    throw thrown
  }
}

/** A copy in memory that may be written to, for rehearsals; an empty one where there is no ledger. */
function openCopy(path: string, steps: readonly string[]): DatabaseSync {
  if (!findStateFile(path)) return blank(path, steps)
  const database = openFile(path)
  try {
    checkStructure(database, path)
    return copyOf(database, path, steps)
  } finally {
    if (database.isOpen) database.close()
  }
}

function blank(path: string, steps: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  bringUpToDate(database, path, steps)
  return database
}

/** Copies a ledger into memory, brings it up to date there, and closes the file. */
function copyOf(database: DatabaseSync, path: string, steps: readonly string[]): DatabaseSync {
  const version = versionOf(database, path, steps.length)
  database.close()
  const copy = blank(path, steps.slice(0, version))
  copy.exec('PRAGMA foreign_keys = OFF')
  copy.prepare('ATTACH ? AS disk').run(path)
  const tables = copy.prepare(`SELECT name FROM disk.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
  for (const { name } of tables.all()) copy.exec(`INSERT OR REPLACE INTO main."${name}" SELECT * FROM disk."${name}"`)
  copy.exec('DETACH disk')
  bringUpToDate(copy, path, steps)
  copy.exec('PRAGMA foreign_keys = ON')
  return copy
}

function checkStructure(database: DatabaseSync, path: string): void {
  if (sizeOf(path) > largestChecked) return
  // Without the CHECK constraints, which this ledger's own writing has kept: they take four times as long as the rest.
  database.exec('PRAGMA ignore_check_constraints = ON')
  const [verdict] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})
  database.exec('PRAGMA ignore_check_constraints = OFF')
  if (verdict !== 'ok') throw damaged(path, verdict)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** `log`: that of a file that is written to. */
function connectionTo(database: DatabaseSync, path: string, log?: LogSync): Connection {
  const translated = <T>(work: () => T): T => {
    try {
      return work()
    } catch (thrown) {
      throw translate(thrown, path)
    }
  }
  return {
    prepare: (sql) => translated(() => statementOf(database.prepare(sql))),
    read: translated,
    snapshot: (work) => translated(() => inSnapshot(database, work)),
    transact: (work) => translated(() => inTransaction(database, work)),
    write: (work) => translated(() => withoutWaiting(database, () => inTransaction(database, work))),
    durable: async () => {
      await log?.flush().catch((thrown: unknown) => {
        throw translate(thrown, path)
      })
    },
    close: () => {
      log?.close()
      if (database.isOpen) translated(() => database.close())
    },
  }
}

/** In write-ahead mode NORMAL differs from FULL only in that a commit does not wait for the disk: see LogSync. */
function withoutWaiting<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = NORMAL')
  try {
    return work()
  } finally {
    database.exec('PRAGMA synchronous = FULL')
  }
}

function inSnapshot<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work()
  database.exec('BEGIN')
  try {
    return work()
  } finally {
    // Nothing was written: this only lets go.
    database.exec('ROLLBACK')
  }
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } finally {
    // Where SQLite has not done so itself, as it does when the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

function statementOf(statement: StatementSync): Statement {
  statement.setReturnArrays(true)
  return {
    first: (...parameters) => {
      const row: unknown = statement.get(...parameters)
      return row === undefined ? undefined : cellsOf(row)
    },
    *rows(...parameters) {
      for (const row of statement.iterate(...parameters)) yield cellsOf(row)
    },
    run: (...parameters) => Number(statement.run(...parameters).changes),
  }
}

function cellsOf(row: unknown): Cells {
  if (Array.isArray(row)) return row
  throw new MailhaulError({ code: 'internal', scope: 'run', retry: 'never', message: 'SQLite gave a row in no order.' })
}
