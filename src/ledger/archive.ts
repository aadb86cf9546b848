// The reports of runs in the ledger: one compressed document per pair and run, and never more than a bounded number.

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { KeptReport, KeptRun, RunArchive, UnfinishedRun } from '../core/archive.ts'
import { greatestOf, leastOf } from '../core/extremes.ts'
import { outcomeKinds } from '../core/outcome.ts'
import { damaged } from './errors.ts'
import { lifeOf } from './holder.ts'
import { allLocks } from './lock.ts'
import { integer, optional, text } from './rows.ts'
import type { Cells, Connection } from './sqlite.ts'

/** What is kept of each pair at most, and the same again of runs that failed; of one run everything is kept, however large. */
export interface ArchiveBounds {
  readonly reports: number
  /** Octets, compressed. */
  readonly bytes: number
}

/** Enough for years of a pair that moves mail every day; about 1 kB each, unless messages did not make it. */
export const archiveBounds: ArchiveBounds = { reports: 2000, bytes: 32 * 1024 * 1024 }

/** The number of a run for people, which all pairs of one `sync` share. */
export interface Company {
  number: number | undefined
}

/** What an archive is made of. */
export interface ArchiveParts {
  readonly connection: Connection
  readonly path: string
  /** Of all pairs, where they are one run; undefined: each run of a pair is a run for itself. */
  readonly company: Company | undefined
  readonly redact: (text: string) => string
  readonly bounds: ArchiveBounds
}

/** The next number for people; inside of a transaction. */
export function nextNumber(connection: Connection): number {
  const sql =
    "INSERT INTO meta VALUES ('together', '1') " +
    'ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING value'
  return Number(connection.prepare(sql).first()?.[0])
}

/** The archive of a ledger that is open. */
export function archiveOf(parts: ArchiveParts): RunArchive {
  const { connection } = parts
  return {
    keep: (report) => keep(report, parts),
    runs: (pairs, most) => connection.snapshot(() => runsOf(connection, pairs, most)),
    read: (number, pairs) => connection.snapshot(() => read(number, pairs, parts)),
    unfinished: (pairs) => connection.snapshot(() => unfinishedOf(connection, pairs)),
  }
}

function keep(report: KeptReport, { connection, company, redact, bounds }: ArchiveParts): number {
  const document = deflateRawSync(redact(report.document))
  const { pair, run, startedAt, finishedAt, exitCode, listed, copied, unmade } = report
  return connection.transact(() => {
    connection.prepare('INSERT OR IGNORE INTO pair (name) VALUES (?)').run(pair)
    const id = integer(connection.prepare('SELECT id FROM pair WHERE name = ?').first(pair)?.[0])
    const number = numberOf(connection, id, run, company)
    connection
      .prepare(
        'INSERT INTO report (together, pair, run, started_at, finished_at, exit_code, listed, copied, unmade, document) ' +
          'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(number, id, run ?? null, startedAt, finishedAt, exitCode, listed, copied, unmade, document)
    connection.prepare(forget).run(id, bounds.reports, bounds.bytes)
    return number
  })
}

/**
 * The last one stays whatever its size. Runs that came to their end (exit codes 0 and 3) and those that failed make no room
 * for each other: a server that is down makes a run every few minutes fail, for weeks.
 */
const forget = `
  DELETE FROM report WHERE id IN (
    SELECT id FROM (
      SELECT id, row_number() OVER latest AS place, sum(length(document)) OVER latest AS bytes
      FROM report WHERE pair = ?1 WINDOW latest AS (PARTITION BY exit_code IN (0, 3) ORDER BY id DESC)
    ) WHERE place > 1 AND (place > ?2 OR bytes > ?3))`

/** That of the run in the ledger, where it has one; else that of its company. Every run gets one of its own otherwise. */
function numberOf(connection: Connection, pair: number, run: number | undefined, company: Company | undefined): number {
  const find = 'SELECT together FROM run WHERE id = ? AND pair = ?'
  const known =
    run === undefined ? undefined : optional(connection.prepare(find).first(run, pair)?.[0] ?? null, integer)
  const number = known ?? company?.number ?? nextNumber(connection)
  if (company) company.number ??= number
  return number
}

function runsOf(connection: Connection, pairs: readonly string[], most: number): readonly KeptRun[] {
  const numbers = 'SELECT together FROM report JOIN pair ON pair.id = report.pair'
  const chosen = pairs.length === 0 ? '' : ` WHERE pair.name IN (${pairs.map(() => '?')})`
  const latest = `${numbers}${chosen} GROUP BY together ORDER BY max(finished_at) DESC, together DESC LIMIT ?`
  const columns = 'pair.name, started_at, finished_at, exit_code, listed, copied, unmade'
  const one = connection.prepare(
    `SELECT ${columns} FROM report JOIN pair ON pair.id = report.pair WHERE together = ? ORDER BY report.id`,
  )
  return Array.from(connection.prepare(latest).rows(...pairs, most), ([number]) => {
    const rows = [...one.rows(integer(number))]
    const sum = (at: number) => rows.reduce((total, cells) => total + integer(cells[at]), 0)
    return {
      number: integer(number),
      pairs: rows.map(([name]) => text(name)),
      startedAt: leastOf(rows.map(([, at]) => integer(at))) ?? 0,
      finishedAt: greatestOf(rows.map(([, , at]) => integer(at))) ?? 0,
      exitCodes: rows.map((cells) => integer(cells[3])),
      listed: sum(4),
      copied: sum(5),
      unmade: sum(6),
    }
  })
}

function read(number: number, pairs: readonly string[], parts: ArchiveParts): readonly KeptReport[] | undefined {
  const columns = 'pair.name, run, started_at, finished_at, exit_code, listed, copied, unmade, document'
  const sql = `SELECT ${columns} FROM report JOIN pair ON pair.id = report.pair WHERE together = ? ORDER BY report.id`
  const reports = Array.from(parts.connection.prepare(sql).rows(number), (cells) => reportOf(cells, parts.path))
  if (reports.length === 0) return undefined
  return pairs.length === 0 ? reports : reports.filter(({ pair }) => pairs.includes(pair))
}

function reportOf(cells: Cells, path: string): KeptReport {
  return {
    pair: text(cells[0]),
    run: optional(cells[1], integer),
    startedAt: integer(cells[2]),
    finishedAt: integer(cells[3]),
    exitCode: integer(cells[4]),
    listed: integer(cells[5]),
    copied: integer(cells[6]),
    unmade: integer(cells[7]),
    document: inflated(cells[8], path),
  }
}

function inflated(document: unknown, path: string): string {
  try {
    if (document instanceof Uint8Array) return inflateRawSync(document).toString('utf8')
  } catch (thrown) {
    throw damaged(path, thrown)
  }
  throw damaged(path)
}

function unfinishedOf(connection: Connection, pairs: readonly string[]): readonly UnfinishedRun[] {
  const locks = new Map(allLocks(connection).map((lock) => [lock.pair, lock]))
  const last =
    'SELECT pair.id, pair.name, run.id, run.together, run.started_at FROM pair JOIN run ON run.pair = pair.id ' +
    'WHERE finished_at IS NULL AND run.id = (SELECT max(id) FROM run AS other WHERE other.pair = pair.id) ORDER BY run.id'
  const tally = connection.prepare(
    'SELECT state, outcome, count(*), sum(coalesce(size, listed_size)) FROM message WHERE pair = ? AND run = ? ' +
      'GROUP BY state, outcome',
  )
  const rows = [...connection.prepare(last).rows()].filter(
    ([, name]) => pairs.length === 0 || pairs.includes(text(name)),
  )
  return rows.map(([pair, name, run, number, startedAt]) => {
    const outcomes: Record<string, { count: number; bytes: number }> = {}
    let unsettled = 0
    for (const [state, outcome, count, bytes] of tally.rows(integer(pair), integer(run))) {
      if (state === 'begun') unsettled += integer(count)
      else if (outcomeKinds.some((kind) => kind === outcome)) {
        const before = outcomes[text(outcome)] ?? { count: 0, bytes: 0 }
        outcomes[text(outcome)] = { count: before.count + integer(count), bytes: before.bytes + integer(bytes) }
      }
    }
    const lock = locks.get(integer(pair))
    return {
      pair: text(name),
      number: optional(number, integer),
      startedAt: integer(startedAt),
      life: lock === undefined ? 'gone' : lifeOf(lock),
      outcomes,
      unsettled,
    }
  })
}
