// The dry run: what a sync would do, worked out with the same survey and the same plan, writing nothing anywhere.

import { type SizeBar, sizeBars, type YearBar } from '../core/bars.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { DestinationPace, Estimate } from '../core/estimate.ts'
import type { Report } from '../core/events.ts'
import type { Amount } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { PlanEntry } from '../core/plan.ts'
import type { Clock, DestinationFacts, EndFacts, Ledger, LedgerReader } from '../core/ports.ts'
import { destinationNotes, sourceNotes } from '../core/providers.ts'
import type { Rates } from '../core/rates.ts'
import type { RemovalPlan } from '../core/removal.ts'
import {
  certificateRisk,
  loginHeldRisk,
  noTop,
  quotaRisk,
  type Risk,
  sameMailboxRisk,
  sortedOut,
  worstFirst,
} from '../core/risks.ts'
import { needsHeaders } from '../core/route.ts'
import { budgetSentences, estimateFor } from './foretell.ts'
import type { Ends } from './haul.ts'
import { heldFor } from './pause.ts'
import { type FolderPreview, type Sorted, sortIntoFolders } from './preview-folders.ts'
import { amountOf, type Job, type LeftPreview, leftOf, recogniseNotes, removalOf, yearsOf } from './preview-parts.ts'
import { lookAtDestination, lookAtSource, type SourceLook } from './probe.ts'
import { RunRecord } from './run-record.ts'
import { type Room, sideBySide } from './side-by-side.ts'
import { type Survey, survey } from './survey.ts'
import { partSeen } from './window.ts'

/** A pair's dry run. */
export interface Preview {
  readonly pair: string
  readonly listed: Amount
  readonly folders: readonly FolderPreview[]
  readonly left: readonly LeftPreview[]
  /** Larger than the destination takes; `limit` in octets. */
  readonly tooBig: (Amount & { readonly limit: number }) | undefined
  /** Octets of the largest message that the destination takes, where it says so. */
  readonly appendLimit: number | undefined
  readonly quota: { readonly used: number; readonly limit: number } | undefined
  /** Whether all that may be copied has room; undefined where the destination does not say. */
  readonly fits: boolean | undefined
  /** What is listed, by size. */
  readonly sizes: readonly SizeBar[]
  /** What is to be moved, by year; undefined where no dates were read. */
  readonly years: readonly YearBar[] | undefined
  /** How many of these messages have had their date read; the years of the others follow from them. */
  readonly datesRead: number
  /** Undefined where nothing is to be moved, or an end would not be measured. */
  readonly estimate: Estimate | undefined
  /** The worst first. */
  readonly risks: readonly Risk[]
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
  /** As with sync --retry-failed. */
  readonly retryFailed?: boolean
}

/** The same, with the pair's own book, and what has been found to say so far. */
type Ports = PreviewPorts & {
  readonly book: LedgerReader
  readonly record: RunRecord
  readonly sentences: Set<string>
  readonly risks: Risk[]
}

const nothing = {
  listed: { count: 0, bytes: 0 },
  ...{ folders: [], left: [], entries: [], sizes: [], datesRead: 0 },
  ...{ tooBig: undefined, appendLimit: undefined, quota: undefined, fits: undefined, years: undefined },
  ...{ estimate: undefined, removal: undefined },
}

/** Works out what a sync of this pair would do. Never throws: the preview carries the error. */
export async function preview(pair: Pair, ports: PreviewPorts): Promise<Preview> {
  const record = new RunRecord(pair.name, ports.report, ports.clock)
  const sentences = new Set<string>()
  const risks: Risk[] = []
  const said = () => {
    const sorted = sortedOut(sentences)
    return { risks: worstFirst([...risks, ...sorted.risks]), notes: sorted.notes }
  }
  try {
    const book = ports.ledger.read(pair.name)
    const found = await foresee(pair, { ...ports, book, record, sentences, risks })
    return { pair: pair.name, ...found, ...said(), error: undefined }
  } catch (thrown) {
    return { pair: pair.name, ...nothing, ...said(), error: asMailhaulError(thrown) }
  } finally {
    await ports.destination.close()
    ports.report({ pair: pair.name, kind: 'ended' })
  }
}

/**
 * Dry runs of all pairs, in the order given; ends are opened when a pair's turn has come. Pairs that read one maildrop
 * come one after another: there are servers that let only one session in (quirk A05), and a dry run does not try again.
 */
export async function previewPairs(
  pairs: readonly Pair[],
  ports: Omit<PreviewPorts, 'source' | 'destination' | 'limits'>,
  openEnds: (pair: Pair) => Promise<Ends>,
  limits: Room & Rates,
): Promise<readonly Preview[]> {
  const readers = new Map<string, Promise<unknown>>()
  return sideBySide(pairs, limits, (pair) => {
    const maildrop = pair.sourceAccount ?? pair.name
    const work = async () => preview(pair, { ...ports, ...(await openEnds(pair)), limits })
    const done = (readers.get(maildrop) ?? Promise.resolve()).then(work)
    readers.set(
      maildrop,
      done.catch(() => undefined),
    )
    return done
  })
}

/** What a look at the source has brought. */
interface Here extends Survey {
  readonly look: SourceLook | undefined
  /** Milliseconds from nothing to a listing. */
  readonly opening: number
}

/** What a look at the destination has brought. */
interface There {
  readonly facts: DestinationFacts
  /** Undefined where it would not be measured. */
  readonly pace: DestinationPace | undefined
  readonly sorted: Sorted
}

async function foresee(pair: Pair, ports: Ports): Promise<Omit<Preview, 'pair' | 'risks' | 'notes' | 'error'>> {
  const { book, clock, sentences, risks } = ports
  const here = await lookHere(pair, ports)
  const { plan, listing } = here
  const jobs = jobsOf(here)
  // Like sync itself, a dry run with nothing to bring does not log in at the destination.
  const there = jobs.length === 0 ? undefined : await lookThere(pair, here, jobs, ports)
  const wanted = there?.sorted.wanted ?? []
  const work = amountOf(wanted)
  for (const sentence of [...budgetSentences(pair, work.bytes, ports), ...recogniseNotes(jobs)]) sentences.add(sentence)
  const quota = there?.facts.quota
  const free = quota && Math.max(0, quota.limit - quota.used)
  const lack = free === undefined ? undefined : quotaRisk(work.bytes, free)
  if (lack) risks.push(lack)
  return {
    listed: { count: plan.entries.length, bytes: plan.bytes },
    folders: there?.sorted.folders ?? [],
    left: leftOf(plan.entries),
    tooBig: there?.sorted.tooBig,
    appendLimit: there?.sorted.limit,
    quota,
    fits: free === undefined ? undefined : lack === undefined,
    sizes: sizeBars(listing.messages.map(({ size }) => size)),
    ...yearsOf(wanted, here, clock.now()),
    estimate: estimateFor(pair, work, { here, there: there?.pace }, ports),
    entries: plan.entries,
    removal: removalOf(pair, here, wanted, book, clock.now()),
  }
}

function jobsOf({ plan }: Survey): readonly Job[] {
  return plan.entries.filter((entry) => entry.action === 'fetch')
}

async function lookHere(pair: Pair, ports: Ports): Promise<Here> {
  const { record, source, book, sentences, risks, clock, stop, retryFailed = false } = ports
  record.stage('connecting')
  const began = clock.monotonic()
  const session = await source.open(stop)
  try {
    const found = await survey(session, { ...ports, pair, options: { retryFailed } })
    const opening = clock.monotonic() - began
    const part = partSeen(pair.sourceProvider, found.listing, book)
    const said = [session.facts.notes, sourceNotes(pair), found.listing.notes, found.backlog?.notes ?? []].flat()
    for (const sentence of part === undefined ? said : [...said, part]) sentences.add(sentence)
    noteEnd(session.facts, ports)
    const held = heldFor(book, clock)
    if (held) risks.push(loginHeldRisk(held.runs, held.rest))
    const readsHeaders = needsHeaders(pair.policy) || pair.policy.backlog?.kind === 'since'
    if (readsHeaders && !session.facts.capabilities.includes('TOP')) sentences.add(noTop)
    const messages = jobsOf(found).map(({ listed }) => listed)
    const look = messages.length === 0 ? undefined : await lookAtSource(session, messages, pair.sourceProvider, ports)
    // What was only looked into must not count as fetched, wherever reading consumes (quirk A47).
    await session.close(stop, { keep: session.consumes || pair.sourceProvider.consumes === true })
    return { ...found, look, opening }
  } finally {
    session.abandon()
  }
}

async function lookThere(pair: Pair, here: Here, jobs: readonly Job[], ports: Ports): Promise<There> {
  const { destination, sentences, risks, clock, stop } = ports
  const began = clock.monotonic()
  const facts = await destination.facts(stop)
  const opening = clock.monotonic() - began
  for (const sentence of [...facts.notes, ...destinationNotes(pair)]) sentences.add(sentence)
  noteEnd(facts, ports)
  const sorted = await sortIntoFolders(jobs, here, facts, pair.policy, ports)
  if (sorted.isAllThere) risks.push(sameMailboxRisk(jobs.length))
  const pace = await lookAtDestination(destination, facts, opening, ports).catch(() => undefined)
  stop.throwIfAborted()
  return { facts, pace, sorted }
}

function noteEnd({ host, tls }: EndFacts, { risks, clock }: Ports): void {
  const expiry = tls && certificateRisk(host, tls.validTo, clock.now())
  if (expiry) risks.push(expiry)
}
