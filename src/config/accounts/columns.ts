// The columns of our own list of accounts: each is the path of a value in the configuration of a pair.

/** How the text of a cell is read. */
export type CellKind =
  | 'text'
  /** Digits are a number, anything else is text. */
  | 'number'
  /** yes or no. */
  | 'truth'
  /** Words with blanks between them. */
  | 'words'
  /** A path, relative to the list. */
  | 'path'
  /** A program and its words, in quotes where they hold blanks; a program with a slash is a path. */
  | 'command'

const end = {
  host: 'text',
  port: 'number',
  tls: 'text',
  user: 'text',
  password: 'text',
  'password.env': 'text',
  'password.file': 'path',
  'password.credential': 'text',
  'password.command': 'command',
  'password.keyring': 'truth',
  'password.prompt': 'truth',
  'token.command': 'command',
  allowPlaintext: 'truth',
  ca: 'path',
  fingerprint: 'words',
  minVersion: 'text',
  servername: 'text',
  'limits.bytesPerSecond': 'number',
  'limits.messagesPerSecond': 'number',
  'limits.bytesPerDay': 'number',
} as const

const source = {
  ...end,
  leave: 'text',
  'leave.days': 'number',
  'leave.proof': 'text',
  maxDeletions: 'number',
  provider: 'text',
} as const

const destination = {
  ...end,
  folder: 'text',
  flags: 'words',
  repair: 'words',
  connections: 'number',
  order: 'text',
} as const

const pair = {
  name: 'text',
  'select.maxSize': 'number',
  'select.since': 'text',
  'select.before': 'text',
  duplicates: 'text',
  backlog: 'text',
  'backlog.newest': 'number',
  'backlog.since': 'text',
  schedule: 'text',
} as const

/** Every column there is, by its path. */
export const columnKinds: ReadonlyMap<string, CellKind> = new Map<string, CellKind>([
  ...Object.entries(pair),
  ...Object.entries(source).map(([path, kind]): [string, CellKind] => [`source.${path}`, kind]),
  ...Object.entries(destination).map(([path, kind]): [string, CellKind] => [`destination.${path}`, kind]),
])

/** The value of a cell that is not empty; `expand` makes paths absolute. */
export function readCell(cell: string, kind: CellKind, expand: (path: string) => string): unknown {
  switch (kind) {
    case 'text':
      return cell
    case 'number':
      return /^\d{1,15}(\.\d{1,6})?$/.test(cell) ? Number(cell) : cell
    case 'truth':
      return /^(yes|true|x)$/i.test(cell) ? true : /^(no|false)$/i.test(cell) ? false : cell
    case 'words':
      return cell.split(/\s+/)
    case 'path':
      return expand(cell)
    case 'command': {
      const [program = '', ...words] = wordsOf(cell)
      return [/[/\\]/.test(program) ? expand(program) : program, ...words]
    }
  }
}

/** Splits words at blanks, as a shell does: '…' and "…" hold words together, and a backslash stands for itself. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*'|["'])+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_whole, double?: string, single?: string) => double ?? single ?? ''),
  )
}
