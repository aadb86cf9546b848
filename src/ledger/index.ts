// The ledger: the durable memory of all pairs, in one SQLite file.
import { resolve } from 'node:path'
import type { RunArchive } from '../core/archive.ts'
import { MailhaulError } from '../core/errors.ts'
import type { Clock, Ledger } from '../core/ports.ts'
import { type ArchiveBounds, archiveBounds, archiveOf } from './archive.ts'
import { Locks } from './lock.ts'
import type { Sync } from './log-sync.ts'
import { type BookParts, PairBook } from './pair-book.ts'
import { BookReader, prepareReading } from './reader.ts'
import { openConnection, type Rehearsal } from './sqlite.ts'
import { prepareWriting } from './write-statements.ts'

/** What a ledger is opened with. */
export interface LedgerOptions {
  /** The ledger's file; made, with its directory, for the owner alone where there is none. */
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  /** For `plan` and `status`: creates and changes nothing; no ledger reads as an empty one. */
  readonly readOnly?: boolean
  /** Only for a look at a line or two, and often: the file is not checked for damage, and an older one is refused. */
  readonly isGlance?: boolean
  /** Works in memory, on a copy of the ledger or on an empty one: nothing is written. */
  readonly rehearsal?: Rehearsal
  /** The version of mailhaul, kept with each run. */
  readonly version?: string
  /** Takes secrets out of what servers said, before it is written down. */
  readonly redact?: (text: string) => string
  /** The runs of all pairs that are opened are one run for people. */
  readonly isOneRun?: boolean
  /** What is kept of runs: as `archiveBounds` says, unless told otherwise. */
  readonly bounds?: ArchiveBounds
  /** How the log is made durable; tests look at what is on the disk by then. */
  readonly sync?: Sync
}

/** A ledger with the reports of its runs. */
export interface LedgerWithArchive extends Ledger {
  readonly archive: RunArchive
}

/**
 * Opens the ledger. Errors: ledger (damaged, another program's, a newer mailhaul's, not accessible, a symbolic link),
 * disk-full.
 */
export function openLedger(options: LedgerOptions): LedgerWithArchive {
  const {
    path,
    clock,
    readOnly = false,
    isGlance = false,
    rehearsal,
    version = 'unknown',
    redact = (text) => text,
    sync,
  } = options
  const company = options.isOneRun ? { number: undefined } : undefined
  const connection = openConnection({ path: resolve(path), readOnly, isGlance, rehearsal, sync })
  const books = new Set<PairBook>()
  try {
    const reading = prepareReading(connection)
    const parts = (): BookParts => {
      const writing = prepareWriting(connection)
      return { connection, reading, writing, locks: new Locks(connection), clock, version, redact, company }
    }
    const open = readOnly ? refuseToOpen : openerOf(parts(), books)
    return {
      open,
      read: (pair) => new BookReader(connection, reading, pair),
      archive: archiveOf({ connection, path, company, redact, bounds: options.bounds ?? archiveBounds }),
      close: () => closeAll(books, () => connection.close()),
    }
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

function openerOf(parts: BookParts, books: Set<PairBook>): Ledger['open'] {
  return (pair, account) => {
    const book: PairBook = new PairBook(parts, pair, account, () => books.delete(book))
    books.add(book)
    return book
  }
}

function refuseToOpen(): never {
  const message = 'The ledger was opened to be read only.'
  throw new MailhaulError({ code: 'internal', scope: 'run', retry: 'never', message })
}

/** Closes what is open whatever happens; the first failure is thrown in the end. */
function closeAll(books: ReadonlySet<PairBook>, closeConnection: () => void): void {
  const failures: unknown[] = []
  for (const close of [...[...books].map((book) => () => book.close()), closeConnection]) {
    try {
      close()
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  if (failures.length > 0) throw failures[0]
}
