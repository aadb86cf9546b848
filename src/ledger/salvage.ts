// Reads a ledger row by row, whole or damaged: what can be read is yielded, what cannot be is counted.
import {
  budgetFields,
  comparedFields,
  type Field,
  folderFields,
  habitFields,
  messageFields,
  reportFields,
  runFields,
  togetherField,
  valuesOf,
} from './lines.ts'
import type { Cells, Connection } from './sqlite.ts'

/** One row as its line tells it; pair, folder and run by name or number. */
export type Row = Record<string, unknown>

/** The rows of one table of one pair, and what became of those that could not be read. */
export class Salvage {
  readonly #connection: Connection
  readonly #pairs: ReadonlyMap<number, string>
  readonly #folders: ReadonlyMap<number, Row>
  #isWhole: boolean
  #unreadable = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.#isWhole = isSound(connection)
    this.#pairs = new Map(this.#table('pair', ['id', 'name'], ['id'], ([id, name]) => [Number(id), String(name)]))
    const columns = ['id', ...folderFields.map(({ column }) => column)]
    this.#folders = new Map(
      this.#table('folder', columns, ['id'], ([id, ...cells]) => [Number(id), valuesOf(folderFields, cells)]),
    )
  }

  /** Whether nothing was found damaged so far. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** How many rows are known to be there and could not be read: others may be missing that nothing tells of. */
  get unreadable(): number {
    return this.#unreadable
  }

  /** Pairs by their number. */
  get pairs(): ReadonlyMap<number, string> {
    return this.#pairs
  }

  /** Runs of these pairs. */
  runs(pairs: ReadonlySet<string>): Iterable<Row> {
    const fields = [togetherField, ...runFields]
    return this.#table('run', ['id', 'pair', ...this.#columnsOf('run', fields)], ['id'], ([run, pair, ...cells]) => {
      return this.#ofPair(pair, pairs, () => ({ run, ...valuesOf(fields, cells) }))
    })
  }

  /** What is kept of runs of these pairs: nothing in a ledger that is older than that. */
  reports(pairs: ReadonlySet<string>): Iterable<Row> {
    if (!this.#has('report')) return []
    const fields = [togetherField, ...reportFields]
    const columns = ['pair', ...fields.map(({ column }) => column)]
    return this.#table('report', columns, ['id'], ([pair, ...cells]) => {
      return this.#ofPair(pair, pairs, () => valuesOf(fields, cells))
    })
  }

  /** Messages of these pairs. */
  messages(pairs: ReadonlySet<string>): Iterable<Row> {
    const columns = ['pair', 'key', 'run', 'folder', ...this.#columnsOf('message', messageFields)]
    return this.#table('message', columns, ['pair', 'key'], ([pair, , run, folder, ...cells]) => {
      return this.#ofPair(pair, pairs, () => {
        return { run, folder: folder === null ? null : this.#folder(folder), ...valuesOf(messageFields, cells) }
      })
    })
  }

  /** How far these pairs have been compared with the folders of their accounts. */
  compared(pairs: ReadonlySet<string>): Iterable<Row> {
    return this.#listOf('compared', comparedFields, ['pair', 'account', 'path'], pairs)
  }

  /** What is remembered of these pairs' servers. */
  habits(pairs: ReadonlySet<string>): Iterable<Row> {
    return this.#listOf('habit', habitFields, ['pair', 'name'], pairs)
  }

  /** What was counted against daily budgets, which pairs share: none in a ledger that is older than they are. */
  budgets(): Iterable<Row> {
    const columns = budgetFields.map(({ column }) => column)
    return this.#has('budget')
      ? this.#table('budget', columns, ['name', 'day'], (cells) => valuesOf(budgetFields, cells))
      : []
  }

  #has(table: 'budget' | 'report'): boolean {
    return [...this.#rows(`SELECT 1 FROM pragma_table_info('${table}')`)].length > 0
  }

  #listOf(table: string, fields: readonly Field[], order: readonly string[], pairs: ReadonlySet<string>) {
    const columns = ['pair', ...fields.map(({ column }) => column)]
    return this.#table(table, columns, order, ([pair, ...cells]) => {
      return this.#ofPair(pair, pairs, () => valuesOf(fields, cells))
    })
  }

  #ofPair(pair: unknown, wanted: ReadonlySet<string>, read: () => Row): Row | undefined {
    const name = this.#pairs.get(Number(pair))
    if (name === undefined) throw new Error('a row of a pair that is not there')
    return wanted.has(name) ? { pair: name, ...read() } : undefined
  }

  #folder(id: unknown): Row {
    const folder = this.#folders.get(Number(id))
    if (folder === undefined) throw new Error('a row of a folder that is not there')
    return folder
  }

  /** Columns that an older schema lacks are replaced by what a migration would write. */
  #columnsOf(table: string, fields: readonly Field[]): string[] {
    const there = new Set([...this.#rows(`SELECT name FROM pragma_table_info('${table}')`)].map(([name]) => name))
    return fields.map(({ column, older }) => (there.has(column) || older === undefined ? column : older))
  }

  /** From the front up to the damage, from the back up to the damage, then those in between that an index names. */
  *#table<T>(
    table: string,
    columns: readonly string[],
    order: readonly string[],
    make: (cells: Cells) => T | undefined,
  ): Generator<T> {
    const select = `SELECT ${[...order, ...columns].join(', ')} FROM ${table}`
    const seen = new Set<string>()
    const read = (cells: Cells): T | undefined => {
      seen.add(identityOf(cells.slice(0, order.length)))
      try {
        return make(cells.slice(order.length))
      } catch {
        this.#lose()
        return undefined
      }
    }
    for (const end of ['ASC', 'DESC']) {
      try {
        for (const cells of this.#rows(`${select} ORDER BY ${order.map((column) => `${column} ${end}`).join(', ')}`)) {
          if (seen.has(identityOf(cells.slice(0, order.length)))) break
          const row = read(cells)
          if (row !== undefined) yield row
        }
        if (end === 'ASC') return
      } catch {
        this.#isWhole = false
      }
    }
    if (table === 'message') yield* this.#between(select, seen, read)
  }

  /** Settled messages stand in an index of their own, with their names: each of those not seen yet is asked for. */
  *#between<T>(select: string, seen: ReadonlySet<string>, read: (cells: Cells) => T | undefined): Generator<T> {
    const named: Cells[] = []
    try {
      const index = 'SELECT pair, key FROM message INDEXED BY message_place WHERE uid IS NOT NULL'
      for (const cells of this.#rows(index)) if (!seen.has(identityOf(cells))) named.push(cells)
    } catch {
      // The index is damaged as well: what it named so far is all there is to ask for.
    }
    for (const [pair, key] of named) {
      try {
        const [cells] = this.#rows(`${select} WHERE pair = ? AND key = ?`, Number(pair), key as Uint8Array)
        const row = cells && read(cells)
        if (row !== undefined) yield row
        else if (cells === undefined) this.#lose()
      } catch {
        this.#lose()
      }
    }
  }

  #rows(sql: string, ...parameters: (number | Uint8Array)[]): Iterable<Cells> {
    return this.#connection.prepare(sql).rows(...parameters)
  }

  #lose(): void {
    this.#unreadable += 1
    this.#isWhole = false
  }
}

function isSound(connection: Connection): boolean {
  try {
    return connection.prepare('PRAGMA quick_check(1)').first()?.[0] === 'ok'
  } catch {
    return false
  }
}

function identityOf(cells: Cells): string {
  return cells
    .map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell)))
    .join('\0')
}
