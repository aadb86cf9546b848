// The forms that a list of accounts may have, and the columns of each by the configuration's own words.
import { suggest } from '../../core/suggest.ts'
import { columnKinds } from './columns.ts'
import type { ListRow } from './rows.ts'

/** A list's form: our own, imapsync's or MailFerry's. */
export type ListForm = 'mailhaul' | 'imapsync' | 'mailferry'

/** One column: what the file calls it, and the path it fills; undefined where it is passed over. */
export interface ListColumn {
  readonly title: string
  readonly path: string | undefined
}

/** How a list is to be read. */
export interface Layout {
  readonly form: ListForm
  readonly columns: readonly ListColumn[]
  /** Whether the first row names the columns. */
  readonly hasHeader: boolean
}

/** What is wrong with the first row. */
export interface HeaderProblem {
  readonly column: string
  readonly message: string
  readonly hint: string
}

/** Stands for the column of imapsync's options. */
export const optionsPath = '(options)'
/** Stands for a way of encryption in MailFerry's words. */
export const securityPath = { source: '(source security)', destination: '(destination security)' } as const

const imapsync: readonly (readonly [title: string, path: string])[] = [
  ['host1', 'source.host'],
  ['user1', 'source.user'],
  ['password1', 'source.password'],
  ['host2', 'destination.host'],
  ['user2', 'destination.user'],
  ['password2', 'destination.password'],
  ['options', optionsPath],
]

const mailferry: readonly (readonly [title: string, path: string])[] = [
  ['srchost', 'source.host'],
  ['srcport', 'source.port'],
  ['srcsecurity', securityPath.source],
  ['srcuser', 'source.user'],
  ['srcpassword', 'source.password'],
  ['dsthost', 'destination.host'],
  ['dstport', 'destination.port'],
  ['dstsecurity', securityPath.destination],
  ['dstuser', 'destination.user'],
  ['dstpassword', 'destination.password'],
]

const forms =
  'begin with a row of column names (source.host,source.user,…), or with an account as imapsync (host1;user1;password1;…) or MailFerry (srchost,srcport,…) write it'

/** Finds out by its first row how a list is to be read, or what is wrong with that row. */
export function layoutOf(first: ListRow): Layout | readonly HeaderProblem[] {
  const titles = first.cells.map((cell) => cell.toLowerCase())
  if (titles.some((title) => /^(source|destination)\./.test(title))) return ownLayout(first.cells)
  if (titles.includes('srchost') || titles.includes('dsthost')) return foreignLayout('mailferry', titles, mailferry)
  if (titles.includes('host1') || titles.includes('host2')) return foreignLayout('imapsync', titles, imapsync)
  // Without a header the first row is an account already: a host, and six cells at least.
  if (titles.length >= 6 && /[.:]|^localhost$/.test(titles[0] ?? '')) {
    const columns = imapsync.map(([title, path]) => ({ title, path }))
    return { form: 'imapsync', columns, hasHeader: false }
  }
  return [{ column: '', message: 'this is neither a known header nor an account', hint: forms }]
}

function ownLayout(cells: readonly string[]): Layout | readonly HeaderProblem[] {
  const known = [...columnKinds.keys()]
  const problems: HeaderProblem[] = []
  const columns = cells.map((cell, at): ListColumn => {
    // For remarks of one's own.
    if (cell === '' || cell.startsWith('#')) return { title: cell, path: undefined }
    const path = known.find((one) => one.toLowerCase() === cell.toLowerCase())
    if (path === undefined) problems.push(unknownColumn(cell, at, known))
    return { title: cell, path }
  })
  problems.push(...twice(columns))
  return problems.length > 0 ? problems : { form: 'mailhaul', columns, hasHeader: true }
}

// Where the row of names is missing, what stands here may be an account with its password: only what is nearly a name
// of a column is shown.
function unknownColumn(cell: string, at: number, known: readonly string[]): HeaderProblem {
  const near = suggest(cell, known)
  const isPath = /^(source|destination|select|backlog)\.[a-z.]{1,40}$/i.test(cell)
  const hint = near === undefined ? 'begin the title with # to have the column passed over' : `did you mean ${near}?`
  const column = isPath || near !== undefined ? cell : `column ${at + 1}`
  return { column, message: 'this is not a known column', hint }
}

function foreignLayout(
  form: ListForm,
  titles: readonly string[],
  known: readonly (readonly [title: string, path: string])[],
): Layout | readonly HeaderProblem[] {
  const paths = new Map(known)
  const problems: HeaderProblem[] = []
  const names = known.map(([title]) => title)
  const columns = titles.map((title, at): ListColumn => {
    if (title !== '' && !paths.has(title)) problems.push(unknownColumn(title, at, names))
    return { title, path: paths.get(title) }
  })
  for (const [title, path] of known) {
    if (path === optionsPath || titles.includes(title)) continue
    problems.push({ column: title, message: 'this column is missing', hint: `the columns are ${names.join(', ')}` })
  }
  problems.push(...twice(columns))
  return problems.length > 0 ? problems : { form, columns, hasHeader: true }
}

function twice(columns: readonly ListColumn[]): HeaderProblem[] {
  const seen = new Set<string>()
  return columns.flatMap(({ title, path }) => {
    if (path === undefined) return []
    if (seen.has(path))
      return [{ column: title, message: 'this column stands here twice', hint: 'remove one of the two' }]
    seen.add(path)
    return []
  })
}
