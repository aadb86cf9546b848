// The dry run: what a sync would do, worked out with the same survey and the same plan, writing nothing anywhere.
import { budgetNotes, dailyBudgets, dayOf } from '../core/daily-budget.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { Amount, OutcomeKind } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import { largestTaken, type PlanEntry, tooBigReason } from '../core/plan.ts'
import type { Clock, Destination, DestinationFacts, Ledger, LedgerReader } from '../core/ports.ts'
import { appendLimits, sourceNotes } from '../core/providers.ts'
import type { Rates } from '../core/rates.ts'
import { deletionLimit, dueOf, type RemovalPlan } from '../core/removal.ts'
import { isRemembered } from './consent.ts'
import { indexOf } from './folder-desk.ts'
import type { Ends } from './haul.ts'
import { RunRecord } from './run-record.ts'
import { type Survey, survey } from './survey.ts'
import { partSeen } from './window.ts'

/** What would go to one folder. */
export interface FolderPreview {
  /** Configured name, templates filled in as far as headers were read. */
  readonly folder: string
  readonly exists: boolean
  /** To be appended. */
  readonly copy: Amount
  /** Of the same size as a message already there: compared byte by byte, and appended only when different. */
  readonly compare: Amount
}

/** What would be left alone, and why. */
export interface LeftPreview {
  readonly outcome: OutcomeKind
  readonly reason: string | undefined
  readonly amount: Amount
}

/** A pair's dry run. */
export interface Preview {
  readonly pair: string
  readonly listed: Amount
  readonly folders: readonly FolderPreview[]
  readonly left: readonly LeftPreview[]
  /** Larger than the destination takes; `limit` in octets. */
  readonly tooBig: (Amount & { readonly limit: number }) | undefined
  readonly quota: { readonly used: number; readonly limit: number } | undefined
  readonly notes: readonly string[]
  readonly error: MailhaulError | undefined
  readonly entries: readonly PlanEntry[]
  /** What would be removed at the source afterwards; undefined where nothing would. */
  readonly removal: RemovalPlan | undefined
}

/** What a dry run works with: a ledger that is only read. */
export interface PreviewPorts extends Ends {
  readonly ledger: Pick<Ledger, 'read'>
  readonly clock: Clock
  readonly report: Report
  readonly stop: AbortSignal
  /** What holds for each host. */
  readonly limits?: Rates
}

type Job = Extract<PlanEntry, { action: 'fetch' }>

/** Works out what a sync of this pair would do. Never throws: the preview carries the error. */
export async function preview(pair: Pair, ports: PreviewPorts): Promise<Preview> {
  const notes = new Set<string>()
  const record = new RunRecord(pair.name, ports.report, ports.clock)
  try {
    const book = ports.ledger.read(pair.name)
    const found = await lookAt(pair, { ...ports, book, record }, notes)
    const { plan } = found
    const jobs = plan.entries.filter((entry) => entry.action === 'fetch')
    // Like sync itself, a dry run with nothing to bring does not log in at the destination.
    const facts = jobs.length === 0 ? undefined : await ports.destination.facts(ports.stop)
    for (const note of facts ? [...facts.notes, ...appendLimits(pair)] : []) notes.add(note)
    const fits = (job: Job) => !facts || tooBigReason(job.listed.size, facts) === undefined
    const folders = await foldersOf(jobs.filter(fits), { ...ports, book, signal: ports.stop })
    return {
      pair: pair.name,
      listed: { count: plan.entries.length, bytes: plan.bytes },
      folders,
      left: leftOf(plan.entries),
      tooBig: tooBigOf(
        jobs.filter((job) => !fits(job)),
        facts,
      ),
      quota: facts?.quota,
      notes: [...notes, ...roomNotes(pair, amountOf(jobs.filter(fits)).bytes, book, ports), ...recogniseNotes(jobs)],
      error: undefined,
      entries: plan.entries,
      removal: removalOf(pair, found, jobs.filter(fits), book, ports.clock.now()),
    }
  } catch (thrown) {
    const error = asMailhaulError(thrown)
    const nothing = { folders: [], left: [], tooBig: undefined, quota: undefined, entries: [], removal: undefined }
    return { pair: pair.name, listed: { count: 0, bytes: 0 }, ...nothing, notes: [...notes], error }
  } finally {
    await ports.destination.close()
    ports.report({ pair: pair.name, kind: 'ended' })
  }
}

async function lookAt(
  pair: Pair,
  ports: PreviewPorts & { book: LedgerReader; record: RunRecord },
  notes: Set<string>,
): Promise<Survey> {
  ports.record.stage('connecting')
  const session = await ports.source.open(ports.stop)
  try {
    const found = await survey(session, { ...ports, pair, options: { retryFailed: false } })
    const known = sourceNotes(pair)
    const part = partSeen(pair.sourceProvider, found.listing, ports.book) ?? []
    for (const note of [
      ...session.facts.notes,
      ...known,
      ...found.listing.notes,
      ...(found.backlog?.notes ?? []),
    ].concat(part))
      notes.add(note)
    await session.close(ports.stop)
    return found
  } finally {
    session.abandon()
  }
}

async function foldersOf(
  jobs: readonly Job[],
  ports: { destination: Destination; book: LedgerReader; signal: AbortSignal },
): Promise<FolderPreview[]> {
  const previews: FolderPreview[] = []
  for (const [name, inFolder] of Map.groupBy(jobs, ({ folder }) => folder)) {
    const folder = await ports.destination.find(name, ports.signal)
    const index = folder && (await indexOf(folder, ports))
    const taken = new Map<number, number>()
    const { compare = [], copy = [] } = Object.groupBy(inFolder, ({ listed: { size } }) => {
      const before = taken.get(size) ?? 0
      if (index === undefined || index.countOf(size) <= before) return 'copy'
      taken.set(size, before + 1)
      return 'compare'
    })
    previews.push({ folder: name, exists: folder !== undefined, copy: amountOf(copy), compare: amountOf(compare) })
  }
  return previews.sort((one, other) => (one.folder < other.folder ? -1 : 1))
}

function leftOf(entries: readonly PlanEntry[]): LeftPreview[] {
  const left = entries.flatMap((entry) => {
    if (entry.action === 'fetch') return []
    const { kind: outcome, reason } = entry.outcome
    return [{ listed: entry.listed, outcome, reason: outcome === 'already-there' ? undefined : reason }]
  })
  const groups = Map.groupBy(left, ({ outcome, reason }) => `${outcome}\n${reason ?? ''}`)
  return [...groups.values()].flatMap((group) => {
    const first = group[0]
    return first ? [{ outcome: first.outcome, reason: first.reason, amount: amountOf(group) }] : []
  })
}

function tooBigOf(jobs: readonly Job[], facts: DestinationFacts | undefined): Preview['tooBig'] {
  const limit = facts && largestTaken(facts)
  return jobs.length === 0 || limit === undefined ? undefined : { ...amountOf(jobs), limit }
}

/** What is due already, and what will be as soon as it is moved. */
function removalOf(
  { policy }: Pair,
  { listing: { messages }, known }: Survey,
  jobs: readonly Job[],
  book: LedgerReader,
  now: number,
): RemovalPlan | undefined {
  const { leave } = policy
  if (leave.kind === 'keep') return undefined
  const { count, bytes } = amountOf([...dueOf(leave, messages, known, now), ...(leave.afterDays === 0 ? jobs : [])])
  if (count === 0) return undefined
  const asks = !isRemembered(book, { leave })
  const limit = deletionLimit(policy, messages.length)
  return { leave, count, bytes, asks, limit: asks || limit >= count ? undefined : limit }
}

/** How far today's budgets reach, where they do not reach for everything. */
function roomNotes(pair: Pair, bytes: number, book: LedgerReader, ports: PreviewPorts): readonly string[] {
  const budgets = dailyBudgets(pair, ports.limits ?? {}, ports.destination.account)
  const names = budgets.map(({ name }) => name)
  return bytes === 0 ? [] : budgetNotes(budgets, book.counted(dayOf(ports.clock.now()), names), bytes)
}

/** Some messages are fetched without knowing whether they are new: sync will find out, the plan says so. */
function recogniseNotes(jobs: readonly Job[]): string[] {
  const nameless = jobs.filter(({ why }) => why === 'no-key').length
  const resized = jobs.filter(({ why }) => why === 'resized').length
  const returned = jobs.filter(({ why }) => why === 'returned').length
  return [
    ...(nameless > 0
      ? [`${nameless} messages have no name at the source: each run fetches them and goes by their bytes.`]
      : []),
    ...(resized > 0
      ? [`${resized} messages are listed with another size than before: they are fetched and compared.`]
      : []),
    ...(returned > 0
      ? [`${returned} messages are listed again after they were gone: they are fetched and compared.`]
      : []),
  ]
}

function amountOf(items: readonly { listed: { size: number } }[]): Amount {
  return { count: items.length, bytes: items.reduce((bytes, { listed }) => bytes + listed.size, 0) }
}
