// The house's import rules as a table (architecture: a pure core, an engine, adapters, the edge): a planted violation fails.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../src')

/** What each room may import: other rooms, packages, and parts of Node. */
const rooms: Record<string, { rooms: string[]; packages: string[]; node: string[] }> = {
  // node:module loads libmime with the first word that needs it.
  core: { rooms: [], packages: ['libmime'], node: ['node:crypto', 'node:module'] },
  engine: { rooms: ['core'], packages: ['p-queue'], node: ['node:timers/promises', 'node:buffer'] },
  'sources/pop3': { rooms: ['core'], packages: [], node: ['node:net', 'node:tls', 'node:crypto', 'node:timers'] },
  'destinations/imap': {
    rooms: ['core'],
    packages: ['imapflow'],
    node: ['node:net', 'node:tls', 'node:crypto', 'node:timers', 'node:stream'],
  },
  spool: {
    rooms: ['core'],
    packages: [],
    node: ['node:fs', 'node:fs/promises', 'node:path', 'node:crypto', 'node:os'],
  },
  quarantine: { rooms: ['core'], packages: [], node: ['node:fs', 'node:fs/promises', 'node:path', 'node:crypto'] },
  ledger: {
    rooms: ['core'],
    packages: [],
    node: ['node:sqlite', 'node:fs', 'node:fs/promises', 'node:path', 'node:os', 'node:crypto', 'node:zlib'],
  },
  notify: { rooms: ['core'], packages: [], node: ['node:child_process', 'node:path'] },
  page: { rooms: ['core'], packages: [], node: [] },
  http: { rooms: ['core', 'page'], packages: ['prom-client'], node: ['node:http', 'node:crypto', 'node:net'] },
  documents: { rooms: ['core'], packages: ['zod'], node: [] },
  // Drawing is loaded by the few commands that write a page.
  'reporters/html': {
    rooms: ['core', 'documents', 'page', 'reporters'],
    packages: ['d3-array', 'd3-scale', 'd3-shape'],
    node: ['node:crypto'],
  },
  reporters: {
    rooms: ['core', 'documents'],
    packages: ['cli-progress', 'csv-stringify'],
    node: ['node:util', 'node:stream'],
  },
  seen: { rooms: ['core'], packages: [], node: ['node:fs', 'node:path'] },
  log: { rooms: ['core'], packages: ['pino'], node: ['node:fs'] },
  service: { rooms: ['core'], packages: [], node: ['node:child_process'] },
  tokens: {
    rooms: ['core'],
    packages: ['oauth4webapi'],
    // A lock of SQLite's is one that the system lets go of when its holder dies.
    node: [
      'node:fs',
      'node:fs/promises',
      'node:path',
      'node:crypto',
      'node:http',
      'node:net',
      'node:sqlite',
      'node:timers/promises',
    ],
  },
  config: {
    rooms: ['core'],
    packages: ['zod', 'yaml', 'croner', 'csv-parse', '@napi-rs/keyring'],
    node: [
      'node:fs',
      'node:fs/promises',
      'node:path',
      'node:os',
      'node:child_process',
      'node:crypto',
      'node:url',
      'node:module',
      'node:net',
    ],
  },
  'compose-pair.ts': { rooms: ['core', 'config'], packages: [], node: [] },
  'compose-tokens.ts': { rooms: ['core', 'tokens', 'config'], packages: [], node: ['node:path'] },
  doctor: { rooms: ['core'], packages: [], node: ['node:fs', 'node:path'] },
  discovery: { rooms: ['core'], packages: [], node: ['node:dns/promises', 'node:https', 'node:url'] },
  questions: { rooms: ['core'], packages: ['@clack/prompts'], node: ['node:stream'] },
  init: {
    rooms: ['core', 'engine', 'compose.ts', 'config', 'discovery', 'questions'],
    packages: [],
    node: ['node:path'],
  },
  'compose.ts': {
    rooms: [
      'core',
      'compose-pair.ts',
      'compose-tokens.ts',
      'engine',
      'sources/pop3',
      'destinations/imap',
      'spool',
      'quarantine',
      'ledger',
      'config',
      'version.ts',
    ],
    packages: [],
    node: ['node:fs/promises', 'node:path'],
  },
  'compose-reach.ts': {
    rooms: ['core', 'compose.ts', 'config', 'sources/pop3', 'destinations/imap'],
    packages: [],
    node: [],
  },
  'compose-notify.ts': { rooms: ['core', 'engine', 'config', 'notify', 'version.ts'], packages: [], node: [] },
  'index.ts': {
    rooms: [
      'core',
      'engine',
      'compose.ts',
      'config',
      'sources/pop3',
      'destinations/imap',
      'spool',
      'ledger',
      'reporters',
    ],
    packages: [],
    node: [],
  },
  commands: {
    rooms: [
      'core',
      'engine',
      'compose.ts',
      'compose-notify.ts',
      'compose-reach.ts',
      'compose-tokens.ts',
      'config',
      'documents',
      'http',
      'reporters',
      'reporters/html',
      'service',
      'version.ts',
      'discovery',
      'doctor',
      'questions',
      'seen',
      'init',
    ],
    packages: ['commander'],
    node: ['node:tty', 'node:readline', 'node:path', 'node:fs/promises', 'node:fs', 'node:net', 'node:stream'],
  },
  'version.ts': { rooms: [], packages: [], node: ['node:fs'] },
  'cli.ts': {
    rooms: ['core', 'commands', 'reporters', 'config', 'engine', 'log', 'version.ts'],
    packages: [],
    node: ['node:fs'],
  },
}

/** Words that only some rooms may use. */
const words = [
  { pattern: /\bprocess\.exit\b/, allowed: ['cli.ts'], why: 'only cli.ts exits' },
  { pattern: /\bprocess\.env\b/, allowed: ['config'], why: 'only config/ reads the environment' },
  {
    pattern: /\bprocess\.(stdout|stderr)\b/,
    allowed: ['cli.ts', 'reporters', 'config/keyring-process.ts'],
    why: 'only reporters/ and cli.ts print',
  },
  { pattern: /\bconsole\.\w+\(/, allowed: ['cli.ts', 'reporters'], why: 'only reporters/ and cli.ts print' },
  {
    pattern: /\bDate\.now\(\)|\bMath\.random\(\)/,
    allowed: ['engine/clock.ts', 'config'],
    why: 'clock and chance are passed in',
  },
  {
    pattern: /Math\.(min|max)\(.*\.\.\./,
    // Of a few by nature: rates, budgets, letters, examples, and the pairs of one host.
    allowed: [
      'engine/pace.ts',
      'engine/watch-pass.ts',
      'core/daily-budget.ts',
      'core/estimate.ts',
      'core/suggest.ts',
      'commands/examples.ts',
    ],
    why: 'a mailbox may have more messages than a function takes arguments: core/extremes.ts',
  },
]

interface Violation {
  readonly file: string
  readonly what: string
}

function sources(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
}

function roomOf(file: string): string | undefined {
  return Object.keys(rooms).find((room) => file === room || file.startsWith(`${room}/`))
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s+['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

/** Every way in which one file breaks the rules. */
function violationsOf(file: string, text: string): Violation[] {
  const name = roomOf(file)
  const room = name === undefined ? undefined : rooms[name]
  if (name === undefined || room === undefined) return [{ file, what: 'stands in no room of the house' }]
  const imports = importsOf(text).flatMap((target) => {
    if (target.startsWith('.')) {
      const other = roomOf(relative(root, resolve(root, dirname(file), target)))
      return other === name || (other !== undefined && room.rooms.includes(other)) ? [] : [target]
    }
    if (target.startsWith('node:')) return room.node.includes(target) ? [] : [target]
    return room.packages.some((allowed) => target === allowed || target.startsWith(`${allowed}/`)) ? [] : [target]
  })
  const spoken = words.filter(({ pattern, allowed }) => {
    return pattern.test(text) && !allowed.some((place) => file === place || file.startsWith(`${place}/`))
  })
  return [
    ...imports.map((target) => ({ file, what: `may not import ${target}` })),
    ...spoken.map(({ why }) => ({ file, what: why })),
  ]
}

test('every file of src keeps to what its room may import and do', () => {
  const violations = sources(root).flatMap((file) => violationsOf(file, readFileSync(join(root, file), 'utf8')))
  assert.deepEqual(violations, [])
})

test('no file is longer than 300 lines', () => {
  const long = sources(root).filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 301)
  assert.deepEqual(long, [])
})

test('planted violations are found', () => {
  const planted: [string, string][] = [
    ['core/plan.ts', "import { haul } from '../engine/haul.ts'"],
    ['core/plan.ts', "import { readFile } from 'node:fs/promises'"],
    ['engine/haul.ts', "import { createPop3Source } from '../sources/pop3/source.ts'"],
    ['sources/pop3/source.ts', "import { createImapDestination } from '../../destinations/imap/destination.ts'"],
    ['destinations/imap/folders.ts', "import type { Haul } from '../../engine/haul.ts'"],
    ['engine/run.ts', "import { z } from 'zod'"],
    ['engine/timetable.ts', "import { Cron } from 'croner'"],
    ['reporters/summary.ts', "import { renderRunPage } from './html/run-page.ts'"],
    ['reporters/html/charts.ts', "import { style } from '../../http/style.ts'"],
    ['ledger/index.ts', "const later = await import('imapflow')"],
    ['engine/haul.ts', 'process.exit(1)'],
    ['compose.ts', 'const home = process.env.HOME'],
    ['engine/haul.ts', "console.log('done')"],
    ['core/plan.ts', 'const now = Date.now()'],
    ['utils/things.ts', ''],
  ]
  for (const [file, text] of planted) assert.notDeepEqual(violationsOf(file, text), [], `${file}: ${text}`)
})
