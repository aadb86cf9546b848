// Reads an exported ledger back in: every line checked, all of it in one transaction, or nothing at all.
import type { SQLInputValue } from 'node:sqlite'
import { MailhaulError } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { nextNumber } from './archive.ts'
import { Unreadable } from './errors.ts'
import {
  budgetFields,
  cellsOf,
  comparedFields,
  exportFormat,
  exportVersion,
  type Field,
  folderFields,
  habitFields,
  messageFields,
  reportFields,
  runFields,
  togetherField,
} from './lines.ts'
import { type LockedPair, Locks } from './lock.ts'
import { integer } from './rows.ts'
import { type Connection, openConnection, type Statement } from './sqlite.ts'

/** What an import has brought. */
export interface ImportReport {
  readonly pairs: readonly string[]
  readonly messages: number
  /** False where the file was saved from a damaged ledger and lacks rows: the next run compares what is missing. */
  readonly isWhole: boolean
}

/** What an import is made from. */
export interface ImportOptions {
  /** Absolute path of the ledger. */
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  /** What to call the file in sentences. */
  readonly name: string
  /** Its lines, without line ends. */
  readonly lines: Iterable<string>
}

type Line = Readonly<Record<string, unknown>>

/**
 * Brings pairs into a ledger that has no message of them. Errors: usage (a line that is wrong, by its number; a file
 * that is cut short; a pair that the ledger knows already), locked, and those of opening a ledger.
 */
export function importLedger({ path, clock, name, lines }: ImportOptions): ImportReport {
  const connection = openConnection({ path, readOnly: false })
  try {
    return connection.transact(() => new Import(connection, clock.now()).read(lines, name))
  } finally {
    connection.close()
  }
}

class Import {
  readonly #now: number
  readonly #locks: Locks
  readonly #connection: Connection
  readonly #statements = new Map<string, Statement>()
  readonly #pairs = new Map<string, { readonly pair: LockedPair; readonly token: string }>()
  readonly #runs = new Map<string, number>()
  readonly #folders = new Map<string, number>()
  readonly #numbers = new Map<number, number>()
  readonly #kinds: Readonly<Record<string, (line: Line) => void>> = {
    pair: (line) => this.#addPair(line),
    run: (line) => this.#addRun(line),
    message: (line) => this.#addMessage(line),
    compared: (line) => this.#add('compared', ['pair'], [this.#pairOf(line).id], comparedFields, line),
    habit: (line) => this.#add('habit', ['pair'], [this.#pairOf(line).id], habitFields, line),
    budget: (line) => this.#addBudget(line),
    report: (line) =>
      this.#add('report', ['pair', 'together'], [this.#pairOf(line).id, this.#numberOf(line)], reportFields, line),
  }
  #rows = 0
  #messages = 0
  #isWhole: boolean | undefined

  constructor(connection: Connection, now: number) {
    this.#now = now
    this.#locks = new Locks(connection)
    this.#connection = connection
  }

  read(lines: Iterable<string>, name: string): ImportReport {
    let number = 0
    for (const line of lines) {
      number += 1
      try {
        if (number === 1) checkHead(parse(line))
        else this.#take(parse(line))
      } catch (thrown) {
        throw refusalOf(thrown, `line ${number} of ${name}`)
      }
    }
    if (this.#isWhole === undefined) {
      throw refused(`${name} is cut short: the line that ends an export is missing.`)
    }
    for (const { pair, token } of this.#pairs.values()) this.#locks.remove(pair, token)
    return { pairs: [...this.#pairs.keys()], messages: this.#messages, isWhole: this.#isWhole }
  }

  #take(line: Line): void {
    if (this.#isWhole !== undefined) throw new Unreadable('it stands behind the end')
    if (line.kind === 'end') {
      if (line.rows !== this.#rows) throw new Unreadable(`it counts ${line.rows} rows, and there are ${this.#rows}`)
      this.#isWhole = line.whole === true && line.unreadable === 0
      return
    }
    this.#rows += 1
    const add = this.#kinds[String(line.kind)]
    if (add === undefined) throw new Unreadable('it is of no known kind')
    add(line)
  }

  #addPair({ pair: name }: Line): void {
    if (typeof name !== 'string' || name === '') throw new Unreadable('pair is no name')
    this.#statement('INSERT OR IGNORE INTO pair (name) VALUES (?)').run(name)
    const id = integer(this.#statement('SELECT id FROM pair WHERE name = ?').first(name)?.[0])
    const isKnown = 'SELECT 1 FROM message WHERE pair = ?1 UNION ALL SELECT 1 FROM compared WHERE pair = ?1'
    if (this.#statement(isKnown).first(id)) throw isThere(name)
    this.#statement('DELETE FROM habit WHERE pair = ?').run(id)
    const pair = { id, name }
    this.#pairs.set(name, { pair, token: this.#locks.take(pair, this.#now) })
  }

  #addRun(line: Line): void {
    const pair = this.#pairOf(line)
    const columns = ['pair', 'together', ...runFields.map(({ column }) => column)]
    const sql = `INSERT INTO run (${columns}) VALUES (${columns.map(() => '?')}) RETURNING id`
    const id = integer(this.#statement(sql).first(pair.id, this.#numberOf(line), ...cellsOf(runFields, line))?.[0])
    const name = runName(pair, line.run)
    if (this.#runs.has(name)) throw new Unreadable('the run was there before')
    this.#runs.set(name, id)
  }

  #addMessage(line: Line): void {
    const pair = this.#pairOf(line)
    const run = this.#runs.get(runName(pair, line.run))
    if (run === undefined) throw new Unreadable('run is none of those before')
    const folder = line.folder === null ? null : this.#folderOf(asLine(line.folder, 'folder'))
    this.#add('message', ['pair', 'run', 'folder'], [pair.id, run, folder], messageFields, line)
    this.#messages += 1
  }

  /** What this ledger has counted already holds where it is more: both count the same accounts. */
  #addBudget(line: Line): void {
    const sql =
      'INSERT INTO budget (name, day, bytes) VALUES (?, ?, ?) ' +
      'ON CONFLICT (name, day) DO UPDATE SET bytes = max(bytes, excluded.bytes)'
    this.#statement(sql).run(...cellsOf(budgetFields, line))
  }

  #folderOf(folder: Line): number {
    const cells = cellsOf(folderFields, folder)
    const name = JSON.stringify(cells)
    const known = this.#folders.get(name)
    if (known !== undefined) return known
    this.#statement('INSERT OR IGNORE INTO folder (account, path, uid_validity) VALUES (?, ?, ?)').run(...cells)
    const find = 'SELECT id FROM folder WHERE account = ? AND path = ? AND uid_validity = ?'
    const id = integer(this.#statement(find).first(...cells)?.[0])
    this.#folders.set(name, id)
    return id
  }

  #add(table: string, names: readonly string[], cells: SQLInputValue[], fields: readonly Field[], line: Line): void {
    const columns = [...names, ...fields.map(({ column }) => column)]
    const sql = `INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`
    this.#statement(sql).run(...cells, ...cellsOf(fields, line))
  }

  /** What was one run for people stays one, under a number that is free here. */
  #numberOf(line: Line): number | null {
    const [number] = cellsOf([togetherField], line)
    if (typeof number !== 'number') return null
    const known = this.#numbers.get(number) ?? nextNumber(this.#connection)
    this.#numbers.set(number, known)
    return known
  }

  #pairOf({ pair }: Line): LockedPair {
    const found = typeof pair === 'string' ? this.#pairs.get(pair) : undefined
    if (found === undefined) throw new Unreadable('pair is none of those before')
    return found.pair
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const made = this.#connection.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }
}

function runName({ id }: LockedPair, run: unknown): string {
  if (typeof run !== 'number' || !Number.isSafeInteger(run)) throw new Unreadable('run is no whole number')
  return `${id} ${run}`
}

function parse(line: string): Line {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Unreadable('it is no JSON')
  }
  return asLine(value, 'it')
}

function asLine(value: unknown, what: string): Line {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable(`${what} is no object`)
  return value as Line
}

function checkHead({ format, version }: Line): void {
  if (format !== exportFormat) throw new Unreadable('it does not begin an exported ledger')
  if (version !== exportVersion)
    throw new Unreadable(`it is of version ${version}, and this mailhaul reads ${exportVersion}`)
}

/** What is wrong with a line becomes a sentence; what is wrong with the ledger or its disk stays what it is. */
function refusalOf(thrown: unknown, where: string): unknown {
  if (thrown instanceof Unreadable) return refused(`In ${where}, ${thrown.message}.`)
  const isConstraint = thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === 19
  return isConstraint ? refused(`What ${where} says contradicts another row: ${thrown.message}.`, thrown) : thrown
}

function isThere(pair: string): MailhaulError {
  const hint = 'Import into another ledger, or take this pair out of the file. Nothing was imported.'
  return usage(`The ledger has messages of pair ${JSON.stringify(pair)} already.`, hint)
}

function refused(message: string, cause?: unknown): MailhaulError {
  return usage(message, 'Write the file anew with mailhaul ledger export. Nothing was imported.', cause)
}

function usage(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint, cause })
}
