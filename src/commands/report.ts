// mailhaul report: any run again, from the ledger.
import type { KeptReport, RunArchive, UnfinishedRun } from '../core/archive.ts'
import { exitCodeOf, MailhaulError, mostSerious } from '../core/errors.ts'
import { type PairRunDocument, pairRunDocument, type RunDocument } from '../documents/run-document.ts'
import { runOfPairs } from '../reporters/json-run.ts'
import { renderReport, renderReportList } from '../reporters/report-view.ts'
import { renderRunCsv, runCsvHeader } from '../reporters/run-csv.ts'
import { version } from '../version.ts'
import { type CommandContext, commandLine, openConfiguration, present } from './context.ts'
import { checkPageFile, maskedDocument, standardOutput, writePage } from './page-file.ts'

/** Options of this verb. The last run, unless told otherwise. */
export interface ReportVerbOptions {
  readonly last?: boolean
  /** A number of the list, as it was typed. */
  readonly run?: string
  readonly list?: boolean
  /** The file that gets the run as a page; `-` prints it. */
  readonly html?: string
  /** The file that gets it as a table. */
  readonly csv?: string
}

/** A table of a run, as it is known again. */
const table = { name: 'table of a run', beginning: runCsvHeader }

/** Shows a run that was kept, or lists them; asks no server. Returns the exit code: 0 whatever the run came to. */
export async function report(
  names: readonly string[],
  options: ReportVerbOptions,
  context: CommandContext,
): Promise<number> {
  const { pairs: configured, openLedgerReadOnly } = await openConfiguration([], context)
  const pairs = names.map((name) => name.normalize('NFC'))
  const order = new Map(configured.map(({ name }, at) => [name, at]))
  const number = numberOf(options)
  const { html, csv } = options
  await checkPageFile(html, context)
  await checkPageFile(csv, context, table)
  const ledger = openLedgerReadOnly()
  try {
    const { archive } = ledger
    // A pair that the configuration has no more may be kept all the same; any other name is a slip.
    const isKept = (name: string) => archive.runs([name], 1).length > 0 || archive.unfinished([name]).length > 0
    const unknown = pairs.filter((name) => !order.has(name) && !isKept(name))
    if (unknown.length > 0) await openConfiguration(unknown, context)
    if (options.list) return showList(pairs, archive, context)
    const view = number === undefined ? lastOf(archive, pairs, order) : oneOf(archive, number, pairs, order, context)
    const kept = new Set(view.run?.pairs.map(({ pair }) => pair))
    // Whoever names pairs knows that the others are not shown.
    const mayBePart = pairs.length === 0 && configured.some(({ name }) => !kept.has(name))
    if (html !== standardOutput) present('report', { ...view, mayBePart, exitCode: 0 }, renderReport, context)
    if (html === undefined && csv === undefined) return 0
    if (view.run === undefined)
      throw usage('There is no report to be written yet.', 'It is there once a run has ended.')
    const run = maskedDocument(view.run, context.mask)
    if (html !== undefined) await writePage(html, await pageOf(run, mayBePart), context)
    if (csv !== undefined) await writePage(csv, renderRunCsv(run), context, table)
    return 0
  } finally {
    ledger.close()
  }
}

/** Drawing is loaded by those who want a page. */
async function pageOf(run: RunDocument, mayBePart: boolean): Promise<string> {
  const { renderRunPage } = await import('../reporters/html/run-page.ts')
  return renderRunPage(run, mayBePart)
}

interface Found {
  readonly run: RunDocument | undefined
  readonly unfinished: readonly UnfinishedRun[]
}

function numberOf({ last, run, list, html, csv }: ReportVerbOptions): number | undefined {
  if ([last, list, run !== undefined].filter(Boolean).length > 1) {
    throw usage('--last, --run and --list exclude one another.', 'Name one of them.')
  }
  if (list && (html !== undefined || csv !== undefined)) {
    throw usage('--html and --csv are for one run, and --list shows many.', 'Name it: --run NUMBER, or --last.')
  }
  if (run === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(run)) throw usage(`--run takes the number of a run, and ${JSON.stringify(run)} is none.`)
  return Number(run)
}

/** The place of each pair in the configuration: a run was shown in that order when it ended. */
type Order = ReadonlyMap<string, number>

function lastOf(archive: RunArchive, pairs: readonly string[], order: Order): Found {
  const [last] = archive.runs(pairs, 1)
  const kept = last && archive.read(last.number, pairs)
  const turnedAway = new Set(kept?.flatMap(({ pair, exitCode }) => (exitCode === exitCodeOf.locked ? [pair] : [])))
  // One that was turned away by another run of its pair has not taken its place.
  const isOpen = ({ pair, life, startedAt }: UnfinishedRun) =>
    life === 'running' || turnedAway.has(pair) || startedAt >= (last?.startedAt ?? 0)
  const unfinished = archive.unfinished(pairs).filter(isOpen)
  return { run: last && kept && documentOf(last.number, kept, order), unfinished }
}

function oneOf(
  archive: RunArchive,
  number: number,
  pairs: readonly string[],
  order: Order,
  context: CommandContext,
): Found {
  const unfinished = archive.unfinished(pairs).filter((run) => run.number === number)
  const kept = archive.read(number, pairs)
  if (kept !== undefined && kept.length > 0) return { run: documentOf(number, kept, order), unfinished }
  if (unfinished.length > 0) return { run: undefined, unfinished }
  const of = pairs.length === 0 || kept === undefined ? '' : ` for ${pairs.join(', ')}`
  const list = commandLine('report', ['--list'], context)
  throw usage(`No run ${number} is kept${of}.`, `Those that are: ${list}.`)
}

function documentOf(number: number, reports: readonly KeptReport[], order: Order): RunDocument {
  const rank = ({ pair }: KeptReport) => order.get(pair) ?? order.size
  const kept = reports.toSorted((one, other) => rank(one) - rank(other))
  return runOfPairs(
    kept.map((report) => pairOf(report)),
    number,
    mostSerious(kept.map(({ exitCode }) => exitCode)),
    version,
  )
}

/** What the ledger holds was written by a mailhaul, but perhaps by a later one. Error: ledger. */
function pairOf({ pair, document }: KeptReport): PairRunDocument {
  let value: unknown
  try {
    value = JSON.parse(document)
  } catch {
    value = undefined
  }
  const parsed = pairRunDocument.safeParse(value)
  if (parsed.success) return parsed.data
  throw new MailhaulError({
    code: 'ledger',
    scope: 'run',
    retry: 'never',
    message: `What is kept of this run of pair ${JSON.stringify(pair)} cannot be understood.`,
    hint: 'A newer mailhaul may have written it: run that one.',
    cause: parsed.error,
  })
}

/** People are shown as many as they read; scripts get all. */
const mostListed = 50

function showList(pairs: readonly string[], archive: RunArchive, context: CommandContext): number {
  const most = context.options.json ? Number.MAX_SAFE_INTEGER : mostListed
  // One more than is shown tells whether there are more.
  const found = archive.runs(pairs, most + (context.options.json ? 0 : 1))
  const runs = found.slice(0, most).map(({ number, startedAt, finishedAt, exitCodes, ...rest }) => {
    return { ...rest, run: number, startedAt, milliseconds: finishedAt - startedAt, exitCode: mostSerious(exitCodes) }
  })
  const view = { runs, hasMore: found.length > most, unfinished: archive.unfinished(pairs), exitCode: 0 }
  return present('report-list', view, renderReportList, context)
}

function usage(message: string, hint?: string): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, ...(hint ? { hint } : {}) })
}
