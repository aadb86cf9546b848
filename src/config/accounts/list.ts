// Reads a list of accounts into pairs as a configuration would hold them, unchecked; problems are told by row and column.
import { shortHash } from '../../core/fingerprint.ts'
import type { ConfigPath } from '../problem.ts'
import { columnKinds, readCell } from './columns.ts'
import { type Layout, type ListForm, layoutOf, optionsPath, securityPath } from './forms.ts'
import { readOptions } from './imapsync.ts'
import { cutRows, type ListRow } from './rows.ts'

/** A map as a configuration holds it. */
export interface RawMap {
  readonly [key: string]: unknown
}

/** Something about rows of a list: never holds anything that stands in a cell. */
export interface ListProblem {
  readonly row: number
  /** As the file calls it; empty where it concerns the row as a whole. */
  readonly column: string
  readonly message: string
  readonly hint: string
}

/** A list as read. */
export interface AccountList {
  readonly form: ListForm | undefined
  /** Raw pairs, in the order of the file: `defaults` and a name may still be missing. */
  readonly pairs: readonly RawMap[]
  readonly problems: readonly ListProblem[]
  readonly warnings: readonly ListProblem[]
  /** Whether a password itself stands in the list, which then must be readable by its owner alone. */
  readonly holdsPlainPassword: boolean
  /** The row of a pair, by its place among `pairs`. */
  rowOf(index: number): number
  /** What the file calls the column that fills this path of a pair; the path where none does. */
  columnOf(path: ConfigPath): string
  /** What to write in this list for a path: `usual` is what a configuration in YAML would be told. */
  hintFor(path: ConfigPath, usual: string): string
}

/** Reads the text of a list; `expand` makes the paths in it absolute. Never throws. */
export function readAccounts(text: string, expand: (path: string) => string): AccountList {
  const { rows, broken } = cutRows(text)
  const reading = new Reading(expand)
  for (const { row, message, hint } of broken) reading.problems.push({ row, column: '', message, hint })
  const [first, ...others] = rows
  if (first === undefined) {
    if (broken.length === 0) reading.problems.push({ row: 1, column: '', ...nothing })
    return reading.end(undefined)
  }
  const layout = layoutOf(first)
  if (!('form' in layout)) {
    for (const problem of layout) reading.problems.push({ row: first.row, ...problem })
    return reading.end(undefined)
  }
  const accounts = layout.hasHeader ? others : rows
  if (accounts.length === 0 && broken.length === 0) reading.problems.push({ row: first.row, column: '', ...nothing })
  for (const row of accounts) reading.add(row, layout)
  return reading.end(layout)
}

/** Leaves room for the digest within the 64 characters of a name. */
const longestAccount = 48
const nothing = { message: 'there is no account in this list', hint: 'write one account a row' }
const imapPort = {
  message: '993 and 143 are ports of IMAP, and the source is read over POP3',
  hint: '995 or 110 is used',
}

class Reading {
  readonly problems: ListProblem[] = []
  readonly #warnings: ListProblem[] = []
  readonly #pairs: RawMap[] = []
  readonly #rows: number[] = []
  readonly #expand: (path: string) => string
  #holdsPlainPassword = false

  constructor(expand: (path: string) => string) {
    this.#expand = expand
  }

  add({ row, cells }: ListRow, layout: Layout): void {
    const { columns } = layout
    const fault = countFault(cells, layout)
    if (fault) {
      // Its cells stand under the wrong titles, so there is nothing more to be said of it.
      this.problems.push({ row, column: '', ...fault })
      return
    }
    const pair = new RawPair((column, message, hint) => this.problems.push({ row, column, message, hint }))
    for (const [at, { title, path }] of columns.entries()) {
      const cell = cells[at] ?? ''
      if (cell === '' || path === undefined) continue
      if (path.endsWith('.password')) this.#holdsPlainPassword = true
      if (path === optionsPath) this.#addOptions(row, title, cell, pair)
      else if (path === securityPath.source) pair.putSecurity('source.tls', cell, title)
      else if (path === securityPath.destination) pair.putSecurity('destination.tls', cell, title)
      else pair.put(path, readCell(cell, columnKinds.get(path) ?? 'text', this.#expand), title)
    }
    if (layout.form !== 'mailhaul' && dropImapPort(pair.value)) {
      this.#warnings.push({ row, column: layout.form === 'mailferry' ? 'srcport' : 'options', ...imapPort })
    }
    this.#pairs.push(pair.value)
    this.#rows.push(row)
  }

  #addOptions(row: number, column: string, cell: string, pair: RawPair): void {
    const { values, passedOver, problems } = readOptions(cell, this.#expand)
    for (const [path, value] of values) pair.put(path, value, column)
    for (const problem of problems) this.problems.push({ row, column, ...problem })
    for (const option of passedOver) {
      const hint = 'it is passed over'
      this.#warnings.push({ row, column, message: `${option} means nothing to mailhaul`, hint })
    }
  }

  end(layout: Layout | undefined): AccountList {
    const [problems, warnings, pairs, rows] = [this.problems, this.#warnings, this.#pairs, this.#rows]
    const titles = new Map(layout?.columns.map(({ title, path }) => [path ?? '', title]))
    return {
      form: layout?.form,
      ...{ pairs, problems, warnings },
      holdsPlainPassword: this.#holdsPlainPassword,
      rowOf: (index) => rows[index] ?? 0,
      columnOf: (path) => titleOf(path, titles),
      hintFor: (path, usual) => hintFor(path, layout?.form) ?? usual,
    }
  }
}

/** In a list, some things are written otherwise than in YAML. */
function hintFor(path: ConfigPath, form: ListForm | undefined): string | undefined {
  const [end] = path
  const whole = path.join('.')
  if (!whole.endsWith('.password')) return form === 'mailhaul' ? ownHints[whole] : undefined
  if (form !== 'mailhaul') return `write the password, or where it is kept under defaults: ${end}: in the configuration`
  const columns = ['file', 'env', 'credential', 'keyring'].map((place) => `${end}.password.${place}`)
  return `fill in ${end}.password, or one of ${columns.join(', ')}`
}

const ownHints: Readonly<Record<string, string>> = {
  'source.leave': 'write keep or delete, or a number of days under source.leave.days',
  backlog: 'write copy or skip, or a number under backlog.newest, or a date under backlog.since',
}

function titleOf(path: ConfigPath, titles: ReadonlyMap<string, string>): string {
  const steps = path.filter((step) => typeof step === 'string')
  const whole = steps.join('.')
  for (let length = steps.length; length > 0; length -= 1) {
    const title = titles.get(steps.slice(0, length).join('.'))
    if (title !== undefined) return title
  }
  if (whole === 'source.tls') return titles.get(securityPath.source) ?? titles.get(optionsPath) ?? whole
  if (whole === 'destination.tls') return titles.get(securityPath.destination) ?? titles.get(optionsPath) ?? whole
  return titles.get(optionsPath) ?? whole
}

function countFault(cells: readonly string[], { form, columns }: Layout) {
  const message = `this row has ${cells.length} cells, and there are ${columns.length} columns`
  if (cells.slice(columns.length).some((cell) => cell !== '')) {
    return { message, hint: 'put a cell that holds the separator in quotes' }
  }
  const needed = columns.filter(({ path }) => path !== optionsPath).length
  if (form === 'mailhaul' || cells.length >= needed) return undefined
  return { message, hint: `write ${columns.map(({ title }) => title).join(', ')}` }
}

/** One pair in the making: values by path. */
class RawPair {
  readonly value: Record<string, unknown> = { source: {}, destination: {} }
  readonly #complain: (column: string, message: string, hint: string) => void

  constructor(complain: (column: string, message: string, hint: string) => void) {
    this.#complain = complain
  }

  put(path: string, value: unknown, column: string): void {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    let map = this.value
    for (const step of steps) {
      map[step] ??= {}
      const inner = map[step]
      if (!isRecord(inner)) {
        this.#clash(column)
        return
      }
      map = inner
    }
    if (map[last] === undefined) map[last] = value
    else this.#clash(column)
  }

  /** MailFerry's words for tls. */
  putSecurity(path: string, cell: string, column: string): void {
    const tls = securities.get(cell.toLowerCase())
    if (tls === undefined) this.#complain(column, 'this is none of ssl, tls and none', 'write ssl, tls or none')
    else this.put(path, tls, column)
  }

  #clash(column: string): void {
    this.#complain(column, 'another column of this row says something else about the same', 'fill in one of the two')
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const securities: ReadonlyMap<string, string> = new Map([
  ['ssl', 'implicit'],
  ['tls', 'starttls'],
  ['none', 'none'],
])

/** Lists of programs that move IMAP to IMAP name IMAP's port for the source, too. */
function dropImapPort({ source }: RawMap): boolean {
  if (!isRecord(source) || (source.port !== 993 && source.port !== 143)) return false
  delete source.port
  return true
}

/**
 * The name of a pair that has none in the list: what people know the source by, and a digest of both accounts. It is
 * the pair's identity, so it must never come out otherwise for the same accounts.
 */
export function nameOfAccounts({ source, destination }: RawMap): string | undefined {
  if (!isRecord(source) || !isRecord(destination)) return undefined
  const words = [source.host, source.user, destination.host, destination.user]
  if (!words.every((word) => typeof word === 'string')) return undefined
  const [from = '', user = '', to = '', other = ''] = words
  const digest = shortHash([from.toLowerCase(), user, to.toLowerCase(), other].join('\n')).slice(0, 8)
  const account = user.includes('@') ? user : `${user}@${from.toLowerCase()}`
  const shown = account
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Z}]/gu, '_')
    .replace(/^-+/, '')
  // What a cut leaves of a character of two halves is no character.
  return `${shown.slice(0, longestAccount).replace(/[\ud800-\udbff]$/, '')}-${digest}`
}
