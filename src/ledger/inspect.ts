// Looks a ledger over: is the file whole, does what it says make sense, what is in it, and who holds its pairs.
import { statSync } from 'node:fs'
import { MailhaulError } from '../core/errors.ts'
import { outcomeKinds } from '../core/outcome.ts'
import { DamagedLedger, translate } from './errors.ts'
import { type Holder, lifeOf } from './holder.ts'
import { allLocks } from './lock.ts'
import { integer, optional, text } from './rows.ts'
import { migrations } from './schema.ts'
import { type Connection, openAsItIs } from './sqlite.ts'

/** One pair of a ledger. */
export interface InspectedPair {
  readonly pair: string
  /** Messages by state. */
  readonly settled: number
  readonly begun: number
  readonly leftOut: number
  readonly failed: number
  readonly runs: number
  /** When the last run began: milliseconds since the epoch; undefined where there was none. */
  readonly lastRun: number | undefined
  readonly lock: InspectedLock | undefined
}

/** Who holds a pair. */
export interface InspectedLock extends Pick<Holder, 'host' | 'pid'> {
  /** Milliseconds since the epoch. */
  readonly since: number
  /** A holder that is gone keeps nobody out; `unknown` where it cannot be seen from here. */
  readonly life: 'running' | 'gone' | 'unknown'
}

/** What a look at a ledger found. */
export interface Inspection {
  readonly path: string
  readonly exists: boolean
  /** Octets, log included. */
  readonly bytes: number
  readonly schema: number | undefined
  /** The schema that this mailhaul writes. */
  readonly latest: number
  /** Tells this ledger and its copies from others; undefined where it is too old to have one. */
  readonly generation: string | undefined
  readonly pairs: readonly InspectedPair[]
  /** Plain sentences; empty where everything is as it should be. */
  readonly problems: readonly string[]
}

const mostProblems = 20

const fingerprints = ['exact', 'canonical', 'sent_exact', 'sent_canonical']

/**
 * What must not be found, and what is said of it. Columns as of schema 4. The CHECK constraints are among them: SQLite
 * does not know any where it opens a database to be read only.
 */
const rules: readonly { readonly where: string; readonly says: string }[] = [
  { where: "state NOT IN ('begun', 'settled', 'left-out', 'failed')", says: 'in a state that there is not' },
  {
    where: "removal NOT IN ('none', 'dele-sent', 'quit-sent', 'absent-confirmed')",
    says: 'removed in a way that there is not',
  },
  { where: fingerprints.map((column) => `length(${column}) <> 33`).join(' OR '), says: 'with a broken fingerprint' },
  { where: '(exact IS NULL) <> (canonical IS NULL)', says: 'with one fingerprint of two' },
  { where: 'uid NOT BETWEEN 1 AND 4294967295 OR size < 0 OR sent_size < 0', says: 'with numbers that cannot be' },
  { where: "state = 'settled' AND (uid IS NULL OR folder IS NULL)", says: 'settled, and without a place' },
  { where: "state = 'settled' AND settled_at IS NULL", says: 'settled, and nobody knows when' },
  { where: "state = 'settled' AND exact IS NULL", says: 'settled, and without fingerprints' },
  {
    where: "state = 'begun' AND (begun IS NULL OR folder IS NULL OR exact IS NULL OR size IS NULL OR uid_next IS NULL)",
    says: 'begun, and not enough is known to look for them',
  },
  { where: "state <> 'begun' AND begun IS NOT NULL", says: 'announced, and not begun' },
  { where: "removal <> 'none' AND state <> 'settled'", says: 'removed at the source, and not settled' },
  { where: `outcome NOT IN (${outcomeKinds.map((kind) => `'${kind}'`)})`, says: 'of an outcome that there is not' },
  {
    where: '(sent_size IS NULL) <> (sent_exact IS NULL) OR (sent_exact IS NULL) <> (sent_canonical IS NULL)',
    says: 'half a record of what was sent',
  },
  {
    where: 'NOT EXISTS (SELECT 1 FROM run WHERE run.id = message.run AND run.pair = message.pair)',
    says: 'of a run that is not of their pair',
  },
]

/** Inspects the ledger; changes nothing. Errors: those for a file that is no ledger, or a newer mailhaul's. */
export function inspectLedger(path: string): Inspection {
  const bytes = sizeOf(path) + sizeOf(`${path}-wal`)
  const nothing = {
    path,
    exists: bytes > 0,
    bytes,
    schema: undefined,
    latest: migrations.length,
    generation: undefined,
  }
  try {
    const opened = openAsItIs(path)
    if (opened === undefined) return { ...nothing, pairs: [], problems: [] }
    try {
      return { ...nothing, ...inspect(opened.connection, opened.schema) }
    } finally {
      opened.connection.close()
    }
  } catch (thrown) {
    const error = translate(thrown, path)
    if (!(error instanceof DamagedLedger)) throw error
    return { ...nothing, pairs: [], problems: [`Not even its first page can be read: ${sentenceOf(error.cause)}`] }
  }
}

function inspect(
  connection: Connection,
  schema: number,
): Pick<Inspection, 'schema' | 'generation' | 'pairs' | 'problems'> {
  connection.prepare('BEGIN').run()
  const problems: string[] = []
  const attempt = <T>(work: () => T, otherwise: T): T => {
    try {
      return work()
    } catch (thrown) {
      if (thrown instanceof MailhaulError) throw thrown
      problems.push(`It cannot be read to the end: ${sentenceOf(thrown)}`)
      return otherwise
    }
  }
  attempt(() => problems.push(...structure(connection)), 0)
  if (schema === migrations.length) attempt(() => problems.push(...sense(connection)), 0)
  const generation = schema > 1 ? attempt(() => generationOf(connection), undefined) : undefined
  if (schema > 1 && generation === undefined) problems.push('It has lost the name that tells it from other ledgers.')
  const pairs = attempt(() => pairsOf(connection), [])
  return { schema, generation, pairs, problems: [...new Set(problems)].slice(0, mostProblems) }
}

/** Every page, index and reference. */
function* structure(connection: Connection): Generator<string> {
  for (const [verdict] of connection.prepare(`PRAGMA integrity_check(${mostProblems})`).rows()) {
    if (verdict !== 'ok') yield `SQLite finds: ${sentenceOf(verdict)}`
  }
  const broken = [...connection.prepare('PRAGMA foreign_key_check').rows()]
  if (broken.length > 0) yield `References to what is not there: ${rowsOf(broken.length)}.`
}

function* sense(connection: Connection): Generator<string> {
  for (const { where, says } of rules) {
    const [count] = connection.prepare(`SELECT count(*) FROM message WHERE ${where}`).first() ?? []
    if (integer(count) > 0) yield `Wrong are ${rowsOf(integer(count))}: ${says}.`
  }
  const [counts] =
    connection.prepare('SELECT count(*) FROM budget WHERE bytes < 0 OR date(day) IS NOT day').first() ?? []
  if (integer(counts) > 0) yield `Wrong are ${rowsOf(integer(counts))}: counts of daily budgets that cannot be.`
  const [reports] =
    connection.prepare('SELECT count(*) FROM report WHERE listed < 0 OR copied < 0 OR unmade < 0').first() ?? []
  if (integer(reports) > 0) yield `Wrong are ${rowsOf(integer(reports))}: reports of runs that cannot be.`
  const twice =
    'SELECT count(*) FROM (SELECT 1 FROM message JOIN folder ON folder.id = folder WHERE uid IS NOT NULL ' +
    'GROUP BY account, path, uid_validity, uid HAVING count(*) > 1)'
  const [places] = connection.prepare(twice).first() ?? []
  if (integer(places) > 0)
    yield `More than one message has the same place at the destination, at ${placesOf(integer(places))}.`
}

function generationOf(connection: Connection): string | undefined {
  const [value] = connection.prepare("SELECT value FROM meta WHERE name = 'generation'").first() ?? []
  return value === undefined ? undefined : text(value)
}

function pairsOf(connection: Connection): readonly InspectedPair[] {
  const locks = new Map(allLocks(connection).map((lock) => [lock.pair, lock]))
  const count = (state: string) => `(SELECT count(*) FROM message WHERE message.pair = pair.id AND state = '${state}')`
  const runs = 'FROM run WHERE run.pair = pair.id'
  const columns = ['settled', 'begun', 'left-out', 'failed'].map(count)
  const sql = `SELECT id, name, ${columns}, (SELECT count(*) ${runs}), (SELECT max(started_at) ${runs}) FROM pair ORDER BY name`
  return Array.from(connection.prepare(sql).rows(), (cells) => {
    const lock = locks.get(integer(cells[0]))
    return {
      pair: text(cells[1]),
      settled: integer(cells[2]),
      begun: integer(cells[3]),
      leftOut: integer(cells[4]),
      failed: integer(cells[5]),
      runs: integer(cells[6]),
      lastRun: optional(cells[7], integer),
      lock: lock && { host: lock.host, pid: lock.pid, since: lock.takenAt, life: lifeOf(lock) },
    }
  })
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

function placesOf(count: number): string {
  return count === 1 ? '1 place' : `${count} places`
}

function sentenceOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
