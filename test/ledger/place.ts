// A ledger in a scratch directory of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import type { LedgerPlace } from '../contracts/ledger-place.ts'

/** A directory that is gone after the test, with everything in it. */
export function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-ledger-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A place for the contract suite. */
export function makePlace(): LedgerPlace {
  const directory = mkdtempSync(join(tmpdir(), 'mailhaul-ledger-'))
  const path = join(directory, 'state', 'ledger.db')
  return {
    open: (clock) => openLedger({ path, clock }),
    forgetEnd: () => forgetEnd(path),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Makes the last run of a closed ledger one whose process was killed. */
export function forgetEnd(path: string): void {
  const database = new DatabaseSync(path)
  database.exec('UPDATE run SET finished_at = NULL WHERE id = (SELECT max(id) FROM run)')
  database.close()
}
