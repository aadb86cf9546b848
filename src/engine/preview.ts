// The dry run: what a sync would do, worked out with the same survey and the same plan, writing nothing anywhere.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { Amount, OutcomeKind } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import { type Plan, type PlanEntry, tooBigReason } from '../core/plan.ts'
import type { Clock, Destination, Ledger, LedgerReader } from '../core/ports.ts'
import { indexOf } from './folder-desk.ts'
import type { Ends } from './haul.ts'
import { RunRecord } from './run-record.ts'
import { survey } from './survey.ts'

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
export interface LeftPreview extends Amount {
  readonly outcome: OutcomeKind
  readonly reason: string | undefined
}

/** A pair's dry run. */
export interface Preview {
  readonly pair: string
  readonly listed: Amount
  readonly folders: readonly FolderPreview[]
  readonly left: readonly LeftPreview[]
  /** Messages to fetch only to recognise them: nameless at the source, or listed with another size than before. */
  readonly recognise: Amount
  readonly appendLimit: number | undefined
  readonly quota: { readonly used: number; readonly limit: number } | undefined
  readonly notes: readonly string[]
  readonly error: MailhaulError | undefined
}

/** What a dry run works with: a ledger that is only read. */
export interface PreviewPorts extends Ends {
  readonly ledger: Pick<Ledger, 'read'>
  readonly clock: Clock
  readonly report: Report
  readonly stop: AbortSignal
}

/** Works out what a sync of this pair would do. Never throws: the preview carries the error. */
export async function preview(pair: Pair, ports: PreviewPorts): Promise<Preview> {
  const notes: string[] = []
  const record = new RunRecord(
    pair.name,
    (event) => {
      if (event.kind === 'warning') notes.push(event.text)
      ports.report(event)
    },
    ports.clock,
  )
  const nothing = { count: 0, bytes: 0 }
  const blank = { folders: [], left: [], recognise: nothing, appendLimit: undefined, quota: undefined }
  try {
    const { plan, book } = await planOf(pair, ports, record, notes)
    const listed = { count: plan.entries.length, bytes: plan.bytes }
    const jobs = plan.entries.filter((entry) => entry.action === 'fetch')
    if (jobs.length === 0)
      return { pair: pair.name, listed, ...blank, left: leftOf(plan.entries), notes, error: undefined }
    const { appendLimit, quota, notes: said } = await ports.destination.facts(ports.stop)
    notes.push(...said)
    const fitting = jobs.filter(({ listed }) => tooBigReason(listed.size, appendLimit) === undefined)
    const folders = await foldersOf(fitting, { ...ports, book, signal: ports.stop })
    const recognise = amountOf(fitting.filter(({ why }) => why === 'no-key' || why === 'resized'))
    const left = leftOf(plan.entries, appendLimit)
    return { pair: pair.name, listed, folders, left, recognise, appendLimit, quota, notes, error: undefined }
  } catch (thrown) {
    return { pair: pair.name, listed: nothing, ...blank, notes, error: asMailhaulError(thrown) }
  } finally {
    await ports.destination.close()
  }
}

async function planOf(
  pair: Pair,
  ports: PreviewPorts,
  record: RunRecord,
  notes: string[],
): Promise<{ plan: Plan; book: LedgerReader }> {
  const book = ports.ledger.read(pair.name)
  record.stage('connecting')
  const session = await ports.source.open(ports.stop)
  try {
    const found = await survey(session, { ...ports, pair, book, record, options: { retryFailed: false } })
    notes.push(...session.facts.notes)
    return { plan: found.plan, book }
  } finally {
    await session.close(ports.stop)
  }
}

type Job = Extract<PlanEntry, { action: 'fetch' }>

async function foldersOf(
  jobs: readonly Job[],
  ports: { destination: Destination; book: LedgerReader; signal: AbortSignal },
): Promise<FolderPreview[]> {
  const previews: FolderPreview[] = []
  for (const [name, inFolder] of Map.groupBy(jobs, ({ folder }) => folder)) {
    const folder = await ports.destination.find(name, ports.signal)
    const index = folder && (await indexOf(folder, ports))
    const compare: Job[] = []
    const copy: Job[] = []
    const taken = new Map<number, number>()
    for (const job of inFolder) {
      const { size } = job.listed
      const before = taken.get(size) ?? 0
      const found = index !== undefined && index.countOf(size) > before
      if (found) taken.set(size, before + 1)
      ;(found ? compare : copy).push(job)
    }
    previews.push({ folder: name, exists: folder !== undefined, copy: amountOf(copy), compare: amountOf(compare) })
  }
  return previews
}

function leftOf(entries: readonly PlanEntry[], appendLimit?: number): LeftPreview[] {
  const left = entries.flatMap(({ listed, ...entry }) => {
    if (entry.action === 'none') {
      const { kind, reason } = entry.outcome
      return [{ listed, outcome: kind, reason: kind === 'already-there' ? undefined : reason }]
    }
    const reason = tooBigReason(listed.size, appendLimit)
    return reason === undefined
      ? []
      : [{ listed, outcome: 'too-big' as const, reason: 'more than the destination takes' }]
  })
  const groups = Map.groupBy(left, ({ outcome, reason }) => `${outcome}\n${reason ?? ''}`)
  return [...groups.values()].flatMap((group) => {
    const first = group[0]
    return first ? [{ outcome: first.outcome, reason: first.reason, ...amountOf(group) }] : []
  })
}

function amountOf(items: readonly { listed: { size: number } }[]): Amount {
  return { count: items.length, bytes: items.reduce((bytes, { listed }) => bytes + listed.size, 0) }
}
