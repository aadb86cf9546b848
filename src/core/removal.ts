// What is due for removal at the source, how much of it may go in one run, and whose word that takes.
import { hasReturned } from './absence.ts'
import type { Key, Listed } from './message.ts'
import type { Leave, Policy } from './pair.ts'
import type { Known } from './ports.ts'

const day = 24 * 60 * 60 * 1000
const leastBatch = 100
const leastLimit = 100

/** Removal as the owner wants it. */
export type Removing = Extract<Leave, { kind: 'delete' }>

/** A message that is to go: as the source lists it, and as the ledger knows it. */
export interface Due {
  readonly listed: Listed
  readonly row: Known & { readonly key: Key }
}

/** What its owner is asked before the first message of a pair goes. */
export interface RemovalQuestion {
  readonly pair: string
  readonly sourceHost: string
  /** What would go now, as far as its copies are found at the destination. */
  readonly count: number
  readonly bytes: number
  readonly leave: Removing
}

/** What a run would remove at the source once its mail is moved. */
export interface RemovalPlan {
  readonly leave: Removing
  /** Due at once, or as soon as it is moved; without what another client removes, or the destination lacks. */
  readonly count: number
  readonly bytes: number
  /** Whether nobody has confirmed removals of this pair yet: then the run asks first, and no cap holds. */
  readonly asks: boolean
  /** Messages that one run removes at most; undefined where that is enough for all. */
  readonly limit: number | undefined
}

/** Why a message that was due has been kept at the source, and how many. */
export interface Kept {
  readonly reason: string
  readonly count: number
}

/** What has become in one run of the messages that were due for removal. */
export interface RemovalTally {
  /** The source has confirmed their removal, or does not list them any more. */
  readonly removed: number
  /** Of all that was asked to go, what no listing since could tell of: the next one will. */
  readonly toConfirm: number
  readonly kept: readonly Kept[]
}

/** A run that removes nothing. */
export const noRemoval: RemovalTally = { removed: 0, toConfirm: 0, kept: [] }

/**
 * Settled messages whose time has come, in listing order. Only a name that no other message shares is good enough, and
 * only where the source lists it with the size it had, and has listed it all the time.
 */
export function dueOf(
  { afterDays }: Removing,
  messages: readonly Listed[],
  known: ReadonlyMap<Key, Known>,
  now: number,
): readonly Due[] {
  return messages.flatMap((listed) => {
    const row = listed.key === undefined ? undefined : known.get(listed.key)
    if (row?.state !== 'settled' || hasReturned(row) || row.listedSize !== listed.size) return []
    // Without days to wait, a clock that was put back since makes no difference.
    const isOld = afterDays === 0 || (row.settledAt !== undefined && now - row.settledAt >= afterDays * day)
    return isOld ? [{ listed, row }] : []
  })
}

/** How many messages one run may remove, of a mailbox that lists so many. */
export function deletionLimit({ maxDeletions }: Pick<Policy, 'maxDeletions'>, listed: number): number {
  return maxDeletions ?? Math.max(leastLimit, Math.ceil(listed / 10))
}

/** How many messages go in one session: what a lost answer leaves in doubt is never more. */
export function removalBatch(listed: number): number {
  return Math.max(leastBatch, Math.ceil(listed / 20))
}

/** What a confirmation was given for, to be remembered. */
export function consentOf({ afterDays, proof }: Removing): string {
  return `${afterDays} days, proof ${proof}`
}

/** Whether a confirmation that is remembered is good for this policy: one that removes sooner, or on less, asks anew. */
export function isCovered({ afterDays, proof }: Removing, consent: string | undefined): boolean {
  const [, days, proven] = /^(\d+) days, proof (size|hash)$/.exec(consent ?? '') ?? []
  return days !== undefined && afterDays >= Number(days) && (proof === 'hash' || proven === 'size')
}
