// A ledger in a scratch directory of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  return {
    open: (clock) => openLedger({ path: join(directory, 'state', 'ledger.db'), clock }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
