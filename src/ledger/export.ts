// Writes a ledger down as JSON Lines: to be kept, looked at, moved to another machine, or saved from a damaged file.
import { MailhaulError } from '../core/errors.ts'
import { unknownPair } from '../core/unknown-pair.ts'
import { translate } from './errors.ts'
import { exportFormat, exportVersion, lineOf } from './lines.ts'
import { type Row, Salvage } from './salvage.ts'
import { type Connection, openAsItIs } from './sqlite.ts'

/** What an export has written. */
export interface ExportReport {
  readonly pairs: number
  readonly messages: number
  /** Rows that are known to be there and could not be read. */
  readonly unreadable: number
  /** False where the ledger is damaged: then rows may be missing that nothing tells of. */
  readonly isWhole: boolean
}

/** What an export is made from. */
export interface ExportOptions {
  /** Absolute path of the ledger. */
  readonly path: string
  /** Names of pairs; every pair of the ledger where there are none. */
  readonly pairs: readonly string[]
  /** The version of mailhaul, for the first line. */
  readonly version: string
  /** Takes the lines, each with its line end. */
  readonly write: (line: string) => void
}

/**
 * Writes a first line that says what this is, one line per pair, run, message, comparison, habit, day of
 * a budget and report of a run, and a last line that counts them. Changes nothing. Errors: ledger (not even the first page can be read, another program's, a newer
 * mailhaul's), usage (no ledger, no such pair).
 */
export function exportLedger({ path, pairs, version, write }: ExportOptions): ExportReport {
  return saved(path, pairs, (salvage, chosen, { connection, schema }) => {
    const generation = generationOf(connection)
    write(lineOf({ format: exportFormat, version: exportVersion, mailhaul: version, schema, generation }))
    return writeRows(salvage, chosen, write)
  })
}

/** Opens a ledger as it is, damaged or not, for one reading of the pairs that are named, or all. Errors as above. */
export function saved<T>(
  path: string,
  pairs: readonly string[],
  work: (salvage: Salvage, pairs: ReadonlySet<string>, opened: NonNullable<ReturnType<typeof openAsItIs>>) => T,
): T {
  const opened = openAsItIs(path)
  if (opened === undefined) throw usage(`There is no ledger at ${path}.`, 'The first mailhaul sync makes one.')
  const { connection } = opened
  try {
    // One view of the whole, whatever a run writes in the meantime.
    connection.prepare('BEGIN').run()
    const salvage = new Salvage(connection)
    return work(salvage, choose(pairs, [...salvage.pairs.values()], path), opened)
  } catch (thrown) {
    throw translate(thrown, path)
  } finally {
    connection.close()
  }
}

function writeRows(salvage: Salvage, pairs: ReadonlySet<string>, write: (line: string) => void): ExportReport {
  let rows = 0
  const put = (kind: string, row: Row) => {
    write(lineOf({ kind, ...row }))
    rows += 1
  }
  for (const pair of pairs) put('pair', { pair })
  const runs = new Set<unknown>()
  for (const row of salvage.runs(pairs)) {
    runs.add(row.run)
    put('run', row)
  }
  let messages = 0
  for (const row of salvage.messages(pairs)) {
    const { pair, run, changedAt } = row
    if (!runs.has(run)) put('run', { pair, run, version: 'unknown', startedAt: changedAt, finishedAt: null })
    runs.add(run)
    put('message', row)
    messages += 1
  }
  for (const row of salvage.habits(pairs)) put('habit', row)
  for (const row of salvage.budgets()) put('budget', row)
  for (const row of salvage.reports(pairs)) put('report', row)
  // Where rows are missing, everything at the destination has to be compared again: else they would be appended twice.
  if (salvage.isWhole) for (const row of salvage.compared(pairs)) put('compared', row)
  const { unreadable, isWhole } = salvage
  write(lineOf({ kind: 'end', rows, unreadable, whole: isWhole }))
  return { pairs: pairs.size, messages, unreadable, isWhole }
}

function choose(names: readonly string[], known: readonly string[], path: string): ReadonlySet<string> {
  if (names.length === 0) return new Set(known)
  for (const name of names) {
    if (known.includes(name)) continue
    throw unknownPair(name, known, `The ledger ${path} has`)
  }
  return new Set(names)
}

/** Tells this ledger from others; null where it is too old to have a name, or cannot be read. */
function generationOf(connection: Connection): string | null {
  try {
    const [value] = connection.prepare("SELECT value FROM meta WHERE name = 'generation'").first() ?? []
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

function usage(message: string, hint: string): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}
