// What people do to a ledger by hand: look it over, write it down, read it back in, make it anew.
import { renameSync } from 'node:fs'
import { resolve } from 'node:path'
import { MailhaulError } from '../core/errors.ts'
import type { LastRun } from '../core/last-run.ts'
import type { Clock, Ledger } from '../core/ports.ts'
import { DamagedLedger, translate } from './errors.ts'
import { type ExportReport, exportLedger } from './export.ts'
import { readExport, writeExport } from './export-file.ts'
import { type ImportReport, importLedger } from './import.ts'
import { openLedger } from './index.ts'
import { type Inspection, inspectLedger } from './inspect.ts'
import { readLastRuns } from './last-runs.ts'
import { filesOf } from './state-file.ts'
import { exportUidlMap } from './uidl-map.ts'

/** A ledger to rebuild. */
export interface Rebuilding {
  readonly ledger: Ledger
  /** Whether the present one is damaged, so that a new one stands in for it. */
  readonly isDamaged: boolean
  /** Where the damaged one lies now; undefined where nothing was moved. */
  readonly movedTo: string | undefined
}

/** Works on one ledger file. */
export interface LedgerTools {
  /** How the last run of each pair ended. */
  lastRuns(): ReadonlyMap<string, LastRun>
  /** See `inspectLedger`. */
  inspect(): Inspection
  /** Writes JSON Lines to a file, whole or not at all. See `exportLedger`. */
  exportTo(file: string, pairs: readonly string[]): ExportReport
  /** The same, line by line. */
  exportLines(write: (line: string) => void, pairs: readonly string[]): ExportReport
  /** Writes the table of old and new names to a file, whole or not at all. See `exportUidlMap`. */
  uidlMapTo(file: string, pairs: readonly string[]): ExportReport
  /** The same, line by line. */
  uidlMapLines(write: (line: string) => void, pairs: readonly string[]): ExportReport
  /** See `importLedger`. */
  importFrom(file: string): ImportReport
  /**
   * Opens the ledger to be filled from the destination: as it is where it is sound, else a new one. Unless `write`,
   * everything happens in memory. Errors: locked (a process works on a damaged ledger), and those of `openLedger`.
   */
  openToRebuild(write: boolean): Rebuilding
}

/** The tools for a ledger file. */
export function ledgerTools(file: string, clock: Pick<Clock, 'now'>, version: string): LedgerTools {
  const path = resolve(file)
  return {
    lastRuns: () => readLastRuns(path),
    inspect: () => inspectLedger(path),
    exportTo: (target, pairs) => writeExport(target, (write) => exportLedger({ path, pairs, version, write })),
    exportLines: (write, pairs) => exportLedger({ path, pairs, version, write }),
    uidlMapTo: (target, pairs) => writeExport(target, (write) => exportUidlMap({ path, pairs, write })),
    uidlMapLines: (write, pairs) => exportUidlMap({ path, pairs, write }),
    importFrom: (source) => importLedger({ path, clock, name: source, lines: readExport(source) }),
    openToRebuild: (write) => {
      const inspection = inspectLedger(path)
      const isDamaged = inspection.problems.length > 0 || !opens(path, clock)
      const options = { path, clock, version }
      if (!write) {
        const rehearsal = isDamaged ? 'blank' : 'copy'
        return { ledger: openLedger({ ...options, rehearsal }), isDamaged, movedTo: undefined }
      }
      const movedTo = isDamaged ? moveAside(path, inspection, clock.now()) : undefined
      return { ledger: openLedger(options), isDamaged, movedTo }
    },
  }
}

/** False for a damaged ledger; any other reason why it cannot be used is thrown. */
function opens(path: string, clock: Pick<Clock, 'now'>): boolean {
  try {
    openLedger({ path, clock, readOnly: true }).close()
    return true
  } catch (thrown) {
    if (thrown instanceof DamagedLedger) return false
    throw thrown
  }
}

/** Out of the way, and still there to be looked into; never while a process works on it. */
function moveAside(path: string, { pairs }: Inspection, now: number): string {
  for (const { pair, lock } of pairs) {
    if (lock?.life !== 'running') continue
    const message = `Pair ${JSON.stringify(pair)} is being worked on by process ${lock.pid} on ${lock.host}.`
    const hint = `Wait until it has finished, or end process ${lock.pid}; then run again.`
    throw new MailhaulError({ code: 'locked', scope: 'run', retry: 'later', message, hint })
  }
  const aside = `${path}.damaged-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`
  try {
    // The log first: left beside a new ledger it would be taken for that one's.
    for (const suffix of filesOf('').toReversed()) moveFile(`${path}${suffix}`, `${aside}${suffix}`)
  } catch (thrown) {
    throw translate(thrown, path)
  }
  return aside
}

function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
  }
}
