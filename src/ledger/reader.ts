// What can be read of a pair, with or without its lock.
import type { Key } from '../core/message.ts'
import type { Intent, Known, LedgerReader } from '../core/ports.ts'
import {
  integer,
  intentColumns,
  intentOf,
  KnownReader,
  knownColumns,
  optional,
  plainColumns,
  plainRow,
  text,
} from './rows.ts'
import type { Connection, Statement } from './sqlite.ts'

/** The statements for reading, prepared once per ledger. */
export interface ReadStatements {
  readonly plain: Statement
  readonly known: Statement
  readonly folder: Statement
  readonly unsettled: Statement
  readonly bound: Statement
  readonly compared: Statement
  readonly habit: Statement
  readonly habitOfAll: Statement
  readonly counted: Statement
}

/** Prepares what readers ask. */
export function prepareReading(connection: Connection): ReadStatements {
  const pair = '(SELECT id FROM pair WHERE name = ?)'
  return {
    plain: connection.prepare(`SELECT ${plainColumns} FROM message WHERE pair = ${pair} AND ${plainRow}`),
    known: connection.prepare(`SELECT ${knownColumns} FROM message WHERE pair = ${pair} AND NOT ${plainRow}`),
    folder: connection.prepare('SELECT path, uid_validity FROM folder WHERE id = ?'),
    unsettled: connection.prepare(
      `SELECT ${intentColumns} FROM message JOIN folder ON folder.id = message.folder ` +
        `WHERE pair = ${pair} AND begun IS NOT NULL ORDER BY begun`,
    ),
    bound: connection.prepare(
      'SELECT uid FROM message WHERE uid IS NOT NULL AND folder = ' +
        '(SELECT id FROM folder WHERE account = ? AND path = ? AND uid_validity = ?)',
    ),
    compared: connection.prepare(
      `SELECT uid FROM compared WHERE pair = ${pair} AND account = ? AND path = ? AND uid_validity = ?`,
    ),
    habit: connection.prepare(`SELECT value FROM habit WHERE pair = ${pair} AND name = ?`),
    habitOfAll: connection.prepare('SELECT value FROM habit WHERE name = ?'),
    counted: connection.prepare('SELECT bytes FROM budget WHERE day = ? AND name = ?'),
  }
}

/** Reads one pair's book; a pair the ledger has never seen reads as empty. */
export class BookReader implements LedgerReader {
  readonly #connection: Connection
  readonly #statements: ReadStatements
  readonly #pair: string

  constructor(connection: Connection, statements: ReadStatements, pair: string) {
    this.#connection = connection
    this.#statements = statements
    this.#pair = pair
  }

  known(): ReadonlyMap<Key, Known> {
    return this.#connection.snapshot(() => {
      const reader = new KnownReader((folder) => this.#folder(folder))
      const known = new Map<Key, Known>()
      for (const cells of this.#statements.plain.rows(this.#pair)) {
        const row = reader.readPlain(cells)
        known.set(row.key, row)
      }
      for (const cells of this.#statements.known.rows(this.#pair)) {
        const row = reader.read(cells)
        known.set(row.key, row)
      }
      return known
    })
  }

  unsettled(): readonly Intent[] {
    return this.#connection.read(() => Array.from(this.#statements.unsettled.rows(this.#pair), intentOf))
  }

  bound(account: string, folder: string, uidValidity: number): ReadonlySet<number> {
    return this.#connection.read(() => {
      const uids = new Set<number>()
      for (const [uid] of this.#statements.bound.rows(account, folder, uidValidity)) uids.add(integer(uid))
      return uids
    })
  }

  comparedTo(account: string, folder: string, uidValidity: number): number {
    return this.#connection.read(() => {
      const [uid = null] = this.#statements.compared.first(this.#pair, account, folder, uidValidity) ?? []
      return optional(uid, integer) ?? 1
    })
  }

  habit(name: string): string | undefined {
    return this.#connection.read(() => {
      const [value = null] = this.#statements.habit.first(this.#pair, name) ?? []
      return optional(value, text)
    })
  }

  habitOfAll(name: string): readonly string[] {
    return this.#connection.read(() =>
      Array.from(this.#statements.habitOfAll.rows(name), ([value = null]) => text(value)),
    )
  }

  counted(day: string, budgets: readonly string[]): readonly number[] {
    return this.#connection.read(() =>
      budgets.map((name) => integer(this.#statements.counted.first(day, name)?.[0] ?? 0)),
    )
  }

  #folder(id: number): { readonly folder: string; readonly uidValidity: number } {
    const [path, uidValidity] = this.#statements.folder.first(id) ?? []
    return { folder: text(path), uidValidity: integer(uidValidity) }
  }
}
