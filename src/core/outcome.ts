// What became of each listed message: exactly one outcome each, adding up to the listing.
import type { ErrorCode } from './errors.ts'
import type { Key, Placed } from './message.ts'

/** Every outcome there is, in the order reports show them, with what it means to people. */
export const outcomeMeaning = {
  copied: 'appended at the destination in this run',
  'already-there': 'settled by an earlier run',
  adopted: 'found at the destination, nothing appended',
  duplicate: 'identical to another message of the source, left out as asked',
  filtered: 'left out by select, backlog or import',
  'too-big': 'larger than the destination takes',
  rejected: 'refused by the destination for good',
  vanished: 'gone from the source before it could be fetched',
  empty: 'no bytes at the source',
  failed: 'could not be moved in this run',
  pending: 'not reached in this run',
} as const

/** The kinds of outcome. */
export type OutcomeKind = keyof typeof outcomeMeaning

/** All kinds, in report order. */
export const outcomeKinds = Object.keys(outcomeMeaning) as readonly OutcomeKind[]

/** Kinds after which a run has not done all it was asked: exit code 3. */
export const incompleteKinds: ReadonlySet<OutcomeKind> = new Set([
  'too-big',
  'rejected',
  'vanished',
  'failed',
  'pending',
])

/** Outcomes after which nobody knows whether the message lies at the destination. */
export const unweighedKinds: ReadonlySet<OutcomeKind> = new Set(['failed', 'pending', 'filtered', 'too-big'])

/** Outcomes after which the message lies at the destination, or has nothing in it, or is gone already. */
export const provenKinds: ReadonlySet<OutcomeKind> = new Set([
  'copied',
  'already-there',
  'adopted',
  'empty',
  'vanished',
])

/** Which rule gave a message its INTERNALDATE. */
export type DateRule = 'received' | 'date' | 'listing'

/** The end of one listed message in one run. */
export interface Outcome {
  readonly kind: OutcomeKind
  /** Undefined where the source gave no usable name. */
  readonly key: Key | undefined
  /** Octets: as retrieved where it was fetched, else as listed. */
  readonly size: number
  /** One plain sentence for people, for everything but the ordinary cases. */
  readonly reason: string | undefined
  readonly code: ErrorCode | undefined
  /** The folder it went to or would have gone to. */
  readonly folder: string | undefined
  readonly placed: Placed | undefined
  readonly dateRule: DateRule | undefined
  /** The file that holds its exact bytes, where it was put into the quarantine. */
  readonly kept: string | undefined
  /** An earlier run has decided so, and nothing has changed since; absent where this run has. */
  readonly isCarried?: true
}

/** Makes an outcome, filling what does not apply. */
export function outcomeOf(kind: OutcomeKind, of: Pick<Outcome, 'key' | 'size'>, more: Partial<Outcome> = {}): Outcome {
  // One shape for all, made once per message: a spread would cost a large mailbox dear.
  const { reason, code, folder, placed, dateRule, kept } = more
  const outcome = { kind, key: of.key, size: of.size, reason, code, folder, placed, dateRule, kept }
  return more.isCarried ? { ...outcome, isCarried: true } : outcome
}

/** Count and octets of one kind. */
export interface Amount {
  readonly count: number
  readonly bytes: number
}

/** Amounts by kind: every kind is present. */
export type Tally = Readonly<Record<OutcomeKind, Amount>>

/** Adds outcomes up by kind. */
export function tallyOf(outcomes: Iterable<Pick<Outcome, 'kind' | 'size'>>): Tally {
  const tally = Object.fromEntries(outcomeKinds.map((kind) => [kind, { count: 0, bytes: 0 }])) as Record<
    OutcomeKind,
    { count: number; bytes: number }
  >
  for (const outcome of outcomes) {
    tally[outcome.kind].count += 1
    tally[outcome.kind].bytes += outcome.size
  }
  return tally
}

/** What a run has itself brought about: all but what earlier runs had settled or decided, and it just saw again. */
export function* freshOf<T extends Pick<Outcome, 'kind' | 'isCarried'>>(outcomes: Iterable<T>): Iterable<T> {
  for (const outcome of outcomes) if (outcome.kind !== 'already-there' && !outcome.isCarried) yield outcome
}

/** The sum over all kinds: must equal the listing. */
export function totalOf(tally: Tally): Amount {
  let count = 0
  let bytes = 0
  for (const kind of outcomeKinds) {
    count += tally[kind].count
    bytes += tally[kind].bytes
  }
  return { count, bytes }
}

/** Whether some message did not make it. */
export function isIncomplete(tally: Tally): boolean {
  return outcomeKinds.some((kind) => incompleteKinds.has(kind) && tally[kind].count > 0)
}
