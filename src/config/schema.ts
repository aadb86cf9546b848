// The configuration's one schema: its types, its errors and its JSON Schema all come from here.
import { z } from 'zod'
import { usualSchedule } from '../core/schedule.ts'
import { dateInstead, parseDate } from './date.ts'
import { invisibleCharacters, map, type Parsed, parsedBy, text } from './parsed.ts'
import { quote } from './problem.ts'
import { parseSchedule, scheduleInstead } from './schedule.ts'
import { destination, endDefaults, flags, folder, rates, source, wholeNumber } from './schema-ends.ts'
import { http, notify } from './schema-service.ts'
import { parseSize, sizeInstead } from './size.ts'

const nameInstead = 'write a short name of letters and digits, such as alice: the ledger knows the pair by it for ever'

function parseName(name: string): Parsed<string> {
  // Composed (NFC), so that the same name typed on another system is the same pair.
  const composed = name.normalize('NFC')
  const refuse = (problem: string): Parsed<string> => ({ ok: false, problem, instead: nameInstead })
  if (composed.length > 64) return refuse('this name is longer than 64 characters')
  if (invisibleCharacters.test(composed)) return refuse(`${quote(name)} holds invisible characters`)
  if (composed.trim() !== composed) return refuse(`${quote(name)} starts or ends with a space`)
  if (composed.startsWith('-')) return refuse(`${quote(name)} starts with a dash, like an option`)
  return { ok: true, value: composed }
}

// A year alone reads as a number, and "put it in quotes" would not make it a date.
const dateText = z.preprocess(
  (date) => (typeof date === 'number' ? String(date) : date),
  z.string({ error: dateInstead }),
)
const date = parsedBy(dateText, parseDate)

const select = map(
  {
    maxSize: parsedBy(z.union([z.number(), z.string()], { error: sizeInstead }), parseSize)
      .optional()
      .describe('Leaves out larger messages: 50MB, 50MiB or a number of bytes'),
    since: date.optional().describe('Leaves out messages dated earlier'),
    before: date.optional().describe('Leaves out messages dated then or later'),
  },
  'write select: { maxSize: 50MB, since: 2015-01-01 }',
)
  .superRefine(refuseEmptySpan)
  .describe('Which messages are moved at all; those left out are reported with the reason')

function refuseEmptySpan(
  selected: { since?: number | undefined; before?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (selected.since === undefined || selected.before === undefined || selected.since < selected.before) return
  const problem = 'this is not later than since, so no message would be left'
  context.addIssue({ code: 'custom', path: ['before'], params: { problem }, message: 'write a date after it' })
}

const conditionInstead =
  'write { header: List-Id, matches: "*.lists.example" }, { from: "*@example.com" } or { to: alice@example.com }'
const pattern = text('write a pattern such as "*@example.com", where * stands for anything')
// field-name = 1*ftext (RFC 5322 §3.6.8)
const headerName = z
  .string({ error: 'write the name of a header without its colon, such as List-Id' })
  .regex(/^[!-9;-~]+$/)

const route = map(
  {
    when: z
      .union(
        [
          map(
            {
              header: headerName.describe('Name of a header'),
              matches: pattern.describe('Pattern for its value'),
            },
            conditionInstead,
          ),
          map({ from: pattern.describe('Pattern for an address in From') }, conditionInstead),
          map({ to: pattern.describe('Pattern for an address in To or Cc') }, conditionInstead),
        ],
        { error: conditionInstead },
      )
      .describe('What to look at; in a pattern, * stands for anything'),
    folder: folder.describe('Where the messages go'),
    flags: flags.optional().describe("Flags instead of the destination's own"),
  },
  'write a route such as { when: { from: "*@example.com" }, folder: Work }',
)

const backlogInstead = 'write copy, skip, { newest: 500 } or { since: 2026-01-31 }'
const newest = wholeNumber(1, 10_000_000, 'write a number of messages from 1 to 10000000')
const backlog = z
  .union(
    [
      z.enum(['copy', 'skip'], { error: backlogInstead }),
      map({ newest: newest.describe('So many of the last in the order of the source') }, backlogInstead),
      map({ since: date.describe('Those dated then or later') }, backlogInstead),
    ],
    { error: backlogInstead },
  )
  .default('copy')
  .describe('What becomes of the mail that is in the maildrop before the first run; all that comes later is moved')

const choices = {
  select: select.default({}),
  routes: z
    .array(route, { error: 'write a list of routes, such as - { when: { from: "*@example.com" }, folder: Work }' })
    .default([])
    .describe('The first that holds decides the folder'),
  duplicates: z
    .enum(['copy', 'skip'], { error: 'write copy or skip' })
    .default('copy')
    .describe('What becomes of the second of two identical messages in the source'),
  backlog,
  schedule: parsedBy(z.string({ error: scheduleInstead }).min(1), parseSchedule)
    .default(usualSchedule)
    .describe(
      'When mailhaul watch looks at the pair: every 5m (unless told), adaptive (1 to 30 minutes), or a cron expression',
    ),
}

const pairInstead = 'write a pair with name, source and destination'
const pairMap = map(
  {
    name: parsedBy(z.string({ error: nameInstead }).min(1), parseName).describe('Its identity in the ledger, for ever'),
    source: source.describe('The POP3 maildrop'),
    destination: destination.describe('The IMAP account'),
    ...choices,
  },
  pairInstead,
)

const pairsInstead =
  'write a list with at least one pair: - name: alice, and below it source and destination; or { csv: accounts.csv }'

const limits = map(
  {
    pairs: wholeNumber(1, 256, 'write a number from 1 to 256').default(4).describe('Pairs at work at once'),
    perHost: wholeNumber(1, 64, 'write a number from 1 to 64').default(2).describe('Pairs at work on one host at once'),
    ...rates,
  },
  'write limits: { pairs: 4, perHost: 2 }',
)

/** Where the ledger lies when the configuration does not say. */
export const defaultLedger = '~/.local/state/mailhaul/ledger.db'

/** The configuration as a whole; `defaults` must have been merged under the pairs before (check.ts). */
export const configSchema = map(
  {
    ledger: text('write the path of the ledger file').default(defaultLedger).describe('Path of the ledger'),
    quarantine: text('write the path of a directory for messages that the destination refuses')
      .optional()
      .describe('Directory in which refused messages are kept as .eml, each with a .json that says why'),
    report: text('write the path of a directory for the reports of runs')
      .optional()
      .describe('Directory in which the report of every run with news is kept, as JSON, as a page and as a table'),
    limits: limits
      .prefault({})
      .describe('How much is done at once, how fast and how much a day, per source host and per destination host'),
    http: http.optional(),
    notify,
    defaults: map(
      { ...endDefaults, ...partly(choices) },
      'write a map with source, destination, select, routes, duplicates, backlog or schedule',
    )
      .optional()
      .describe('Merged under every pair: what a pair says itself wins'),
    pairs: z
      .array(pairMap, { error: pairsInstead })
      .min(1)
      .superRefine(refuseSameNames, { when: () => true })
      .describe('Each a maildrop feeding an IMAP account'),
  },
  'write a map with the key pairs',
).transform(({ defaults: _merged, ...config }) => config)

function partly(shape: typeof choices) {
  return z.strictObject(shape).partial().shape
}

// Runs even where pairs have other problems, so any of them may be of another type.
function refuseSameNames(pairs: unknown, context: z.RefinementCtx): void {
  if (!Array.isArray(pairs)) return
  const seen = new Set<string>()
  for (const [index, pair] of pairs.entries()) {
    const name: unknown = pair?.name
    if (typeof name !== 'string') continue
    if (!seen.has(name)) seen.add(name)
    else {
      const problem = `another pair is already called ${quote(name)}`
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        params: { problem },
        message: 'give each pair its own name',
      })
    }
  }
}

/**
 * A checked configuration, everything filled in: times in milliseconds since the epoch, sizes in bytes, pins as 64 hex
 * digits.
 */
export type Config = z.infer<typeof configSchema>

/** One pair of a checked configuration. */
export type PairConfig = Config['pairs'][number]

/** How to reach one end of a pair, and what to do there. */
export type EndpointConfig = PairConfig['source' | 'destination']

/** One line of the routing table. */
export type RouteConfig = PairConfig['routes'][number]
