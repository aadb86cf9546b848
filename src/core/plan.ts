// The plan: a pure value with one entry per listed message, printed by a dry run and executed by the engine.

import { hasReturned } from './absence.ts'
import { type BacklogRules, fallsUnder, type Ruling } from './backlog.ts'
import { isElsewhere } from './elsewhere.ts'
import { leastOf } from './extremes.ts'
import { formatBytes } from './format.ts'
import type { HeaderField } from './headers.ts'
import { internalDateOf } from './internal-date.ts'
import type { Fingerprint, Key, Listed } from './message.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import type { Policy } from './pair.ts'
import type { DestinationFacts, Known } from './ports.ts'
import { folderOf, needsHeaders, policyDigest, routeOf, selectReason } from './route.ts'

/** A message that failed so often is not tried again unless asked. */
export const attemptLimit = 5

/** A message whose append was cut off by a dying process so often travels alone: then only the one at fault counts on. */
export const aloneAfter = 2

/** A message whose append was cut off so often is not tried again unless asked. */
export const interruptionLimit = 5

/**
 * Why a message is fetched: never seen, nameless at the source, listed with another size, listed again after it was
 * gone or removed, or tried before.
 */
export type FetchReason = 'new' | 'no-key' | 'resized' | 'returned' | 'again'

/** What will be done about one listed message. */
export type PlanEntry =
  | { readonly action: 'fetch'; readonly listed: Listed; readonly why: FetchReason; readonly folder: string }
  /** `mark`: the backlog or another program is why; the ledger keeps it under this. */
  | { readonly action: 'none'; readonly listed: Listed; readonly outcome: Outcome; readonly mark?: string }

/** One entry per listed message, in listing order. */
export interface Plan {
  readonly entries: readonly PlanEntry[]
  /** Octets as listed. */
  readonly bytes: number
}

/** Everything a plan follows from. */
export interface PlanInput {
  readonly messages: readonly Listed[]
  readonly known: ReadonlyMap<Key, Known>
  readonly policy: Policy
  /** Header fields read ahead (TOP), by message number; messages without are planned by size alone. */
  readonly headers: ReadonlyMap<number, readonly HeaderField[]>
  /** This run, so that what it settled a moment ago counts as its own work. */
  readonly run: number
  /** Milliseconds since the epoch: the time of listing. */
  readonly now: number
  /** Try again what was rejected, too big or given up. */
  readonly retryFailed: boolean
  /** Nothing is appended: what another program has delivered is looked for at the destination, too. */
  readonly adoptOnly?: boolean
  /** What holds for mail that was there before the first run; undefined where it is wanted like any other. */
  readonly backlog?: BacklogRules | undefined
}

/** Decides about every listed message. */
export function buildPlan(input: PlanInput): Plan {
  const digest = policyDigest(input.policy)
  const stored = storedContents(input)
  let bytes = 0
  const entries = input.messages.map((listed) => {
    bytes += listed.size
    return entryOf(listed, input, digest, stored)
  })
  return { entries, bytes }
}

/** The messages whose headers are needed before anything can be planned about them (TOP, pipelined). */
export function headersWanted(input: Omit<PlanInput, 'headers'>): readonly Listed[] {
  const { policy, backlog } = input
  const forPolicy = needsHeaders(policy)
  if (!forPolicy && backlog === undefined) return []
  const plan = buildPlan({ ...input, headers: new Map() })
  return plan.entries.flatMap((entry) => {
    if (entry.action !== 'fetch') return []
    const ruling = backlog?.rulingOn(entry.listed)
    const forBacklog = ruling?.kind === 'dated' && ruling.readsAhead
    return forBacklog || (forPolicy && entry.why === 'new') ? [entry.listed] : []
  })
}

/** Contents that lie at the destination: only they excuse leaving out another message with the same bytes. */
function storedContents({ policy, known }: PlanInput): ReadonlySet<Fingerprint> {
  const stored = new Set<Fingerprint>()
  if (policy.duplicates === 'copy') return stored
  for (const { state, fingerprints } of known.values())
    if (state === 'settled' && fingerprints) stored.add(fingerprints.exact)
  return stored
}

function entryOf(listed: Listed, input: PlanInput, digest: string, stored: ReadonlySet<Fingerprint>): PlanEntry {
  const row = listed.key === undefined ? undefined : input.known.get(listed.key)
  if (row && isElsewhere(row)) return elsewhere(listed, row, input)
  const ruling = input.backlog?.rulingOn(listed)
  if (ruling?.kind === 'leave') return leftThere(listed, ruling)
  if (listed.key === undefined) return fetchOr(listed, 'no-key', input)
  if (row === undefined) return fetchOr(listed, 'new', input)
  switch (row.state) {
    case 'settled':
      if (hasReturned(row)) return { action: 'fetch', listed, why: 'returned', folder: input.policy.folder }
      if (row.listedSize !== listed.size)
        return { action: 'fetch', listed, why: 'resized', folder: input.policy.folder }
      return none(listed, row, row.run === input.run ? row.outcome : 'already-there', input)
    case 'left-out':
      if (hasReturned(row)) return fetchOr(listed, 'returned', input)
      return holds(row, input, digest, stored) ? none(listed, row, row.outcome, input) : fetchOr(listed, 'again', input)
    case 'failed':
      if (row.outcome === 'failed' && row.run === input.run) return none(listed, row, 'failed', input)
      if (hasReturned(row)) return fetchOr(listed, 'returned', input)
      return givenUp(listed, row, input) ?? fetchOr(listed, 'again', input)
    case 'begun':
      return fetchOr(listed, 'again', input)
  }
}

/** Another program has delivered it: it stays, whatever the policy says, unless its name was free meanwhile. */
function elsewhere(listed: Listed, row: Known, input: PlanInput): PlanEntry {
  if (hasReturned(row)) return fetchOr(listed, 'returned', input)
  if (input.adoptOnly) return fetchOr(listed, 'again', input)
  const outcome = outcomeOf('filtered', listed, { reason: row.reason, isCarried: true })
  return { action: 'none', listed, outcome, ...(row.policy === undefined ? {} : { mark: row.policy }) }
}

/** What was left out stays out until the policy changes; refusals also until somebody asks to try again. */
function holds(row: Known, input: PlanInput, digest: string, stored: ReadonlySet<Fingerprint>): boolean {
  if (row.run === input.run) return true
  if (row.outcome === 'filtered') return row.policy === digest
  if (row.outcome === 'duplicate') {
    return row.policy === digest && row.fingerprints !== undefined && stored.has(row.fingerprints.exact)
  }
  return !input.retryFailed
}

/** What was tried in vain too often would hold every run up (quirks B10, D18): it waits for somebody to ask. */
function givenUp(listed: Listed, row: Known, { retryFailed }: PlanInput): PlanEntry | undefined {
  const reason = retryFailed ? undefined : givenUpReason(row)
  return reason === undefined
    ? undefined
    : { action: 'none', listed, outcome: outcomeOf('failed', listed, { reason, isCarried: true }) }
}

function givenUpReason({ outcome, attempts, interrupted, reason }: Known): string | undefined {
  if (interrupted >= interruptionLimit) {
    return `the run died ${interrupted} times while this message was sent; mailhaul sync --retry-failed sends it again`
  }
  if (outcome !== 'failed' || attempts < attemptLimit) return undefined
  return `given up after ${attempts} tries, mailhaul sync --retry-failed tries again; the last time: ${reason ?? 'no reason given'}`
}

/** Fetches, unless the listed size or the headers read ahead already say that the owner does not want it. */
function fetchOr(listed: Listed, why: FetchReason, input: PlanInput): PlanEntry {
  const fields = input.headers.get(listed.number)
  const dated = fields && internalDateOf(fields, { listedAt: input.now, now: input.now })
  const instant = dated?.instant
  const reason = selectReason(input.policy.select, { size: listed.size, instant })
  if (reason !== undefined) {
    return { action: 'none', listed, outcome: outcomeOf('filtered', listed, { reason }) }
  }
  const ruling = input.backlog?.rulingOn(listed)
  if (ruling && dated && fallsUnder(ruling, dated)) return leftThere(listed, ruling)
  const template = fields ? routeOf(input.policy, fields).folder : input.policy.folder
  return { action: 'fetch', listed, why, folder: instant === undefined ? template : folderOf(template, instant) }
}

function leftThere(listed: Listed, { reason, mark, isCarried }: Ruling): PlanEntry {
  const carried = isCarried ? { isCarried: true as const } : {}
  return { action: 'none', listed, outcome: outcomeOf('filtered', listed, { reason, ...carried }), mark }
}

function none(listed: Listed, row: Known, kind: Outcome['kind'], { run }: PlanInput): PlanEntry {
  const { reason, placed } = row
  const carried = kind === 'already-there' || row.run === run ? {} : { isCarried: true as const }
  const outcome = outcomeOf(kind, listed, { reason, placed, folder: placed?.folder, ...carried })
  return { action: 'none', listed, outcome }
}

/** Octets of the largest message a destination takes, as far as it says: by its limit, and by its whole quota. */
export function largestTaken({
  appendLimit,
  quota,
}: Pick<DestinationFacts, 'appendLimit' | 'quota'>): number | undefined {
  const limits = [appendLimit, quota?.limit].filter((limit) => limit !== undefined && limit > 0)
  return leastOf(limits.map(Number))
}

/**
 * Why the destination would not take a message of this size, however empty it were; undefined where it would, or does
 * not say (RFC 7889, RFC 9208).
 */
export function tooBigReason(size: number, facts: Pick<DestinationFacts, 'appendLimit' | 'quota'>): string | undefined {
  const limit = largestTaken(facts)
  if (limit === undefined || size <= limit) return undefined
  const what = limit === facts.appendLimit ? 'that the destination takes' : 'of its whole quota'
  return `${formatBytes(size)} is more than the ${formatBytes(limit)} ${what}`
}
