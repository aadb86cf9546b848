// The port to the ledger: what is known of each message, written down before and after everything that cannot be undone.
import type { Fingerprints, Key, Placed } from './message.ts'
import type { OutcomeKind } from './outcome.ts'
import type { Sent } from './repair.ts'

/** What the ledger knows of one message of a pair. */
export interface Known {
  readonly key: Key
  /** Octets as last listed by the source. */
  readonly listedSize: number
  /**
   * begun: an append was announced and its answer is not recorded, so settle it;
   * settled: its place at the destination is proven; left-out: an outcome that holds until policy or person changes it
   * (duplicate, filtered, too-big, rejected, empty); failed: tried, to be tried again.
   */
  readonly state: 'begun' | 'settled' | 'left-out' | 'failed'
  /** How it ended when last dealt with. */
  readonly outcome: OutcomeKind
  readonly fingerprints: Fingerprints | undefined
  /** Octets as retrieved; undefined while never fetched. */
  readonly size: number | undefined
  readonly placed: Placed | undefined
  /** What was sent in place of the bytes retrieved, where a repair was made. */
  readonly sent: Sent | undefined
  readonly reason: string | undefined
  readonly attempts: number
  /** Announced appends in a row that a dying process left without an answer, and that did not arrive. */
  readonly interrupted: number
  /** The run that last began or settled this row. */
  readonly run: number
  /** Digest of the policy that left it out; undefined otherwise. */
  readonly policy: string | undefined
  /** When it was last begun or settled: milliseconds since the epoch. */
  readonly changedAt: number
  /** When its place at the destination was first proven: milliseconds since the epoch; undefined where it is not. */
  readonly settledAt: number | undefined
  /** When the source stopped listing it though we had not removed it; undefined while it is listed. */
  readonly absentSince: number | undefined
  /** How far removal at the source has come. */
  readonly removal: 'none' | 'dele-sent' | 'quit-sent' | 'absent-confirmed'
}

/** An append about to be sent: written down before the first byte leaves. */
export interface Intent {
  readonly key: Key
  readonly listedSize: number
  readonly size: number
  readonly fingerprints: Fingerprints
  readonly folder: string
  readonly uidValidity: number
  /** The UIDs to look at, when the answer is lost, start here. */
  readonly uidNext: number
  /** What is sent in place of these bytes, where a repair was made: this is what has to be looked for. */
  readonly sent?: Sent | undefined
}

/** The end of a message, to be written down. */
export interface Settlement {
  readonly key: Key
  readonly listedSize: number
  readonly state: 'settled' | 'left-out' | 'failed'
  readonly outcome: OutcomeKind
  readonly size?: number
  readonly fingerprints?: Fingerprints
  readonly placed?: Placed
  readonly reason?: string
  readonly policy?: string
}

/** A message's new name and listed size; the same name where only the size is another. */
export interface Rename {
  readonly from: Key
  readonly to: Key
  readonly listedSize: number
}

/** The durable memory of all pairs. */
export interface Ledger {
  /** Takes the pair's lock and opens its book. Error: locked (naming the holder). */
  open(pair: string, account: string): PairLedger
  /** Reads without locking: for `status` and `plan`. An unknown pair reads as empty. */
  read(pair: string): LedgerReader
  close(): void
}

/** What can be read of a pair. */
export interface LedgerReader {
  /** Every row of the pair, by key. */
  known(): ReadonlyMap<Key, Known>
  /** Intents without an answer, from an earlier run or this one, in the order they were begun. */
  unsettled(): readonly Intent[]
  /** UIDs of this folder that the ledger has bound to a message of any pair feeding the same account. */
  bound(account: string, folder: string, uidValidity: number): ReadonlySet<number>
  /** UIDs below this have been compared with this pair's source before (1 at first); reset by another UIDVALIDITY. */
  comparedTo(account: string, folder: string, uidValidity: number): number
  /** Something remembered of this pair's servers, such as `pipelining: off`. */
  habit(name: string): string | undefined
  /** What any pair remembers under this name: of a server, or an account there, that several use. */
  habitOfAll(name: string): readonly string[]
  /** Octets counted on a day (UTC, `2026-01-31`) against each of these daily budgets, by all runs of all pairs. */
  counted(day: string, budgets: readonly string[]): readonly number[]
}

/**
 * The book of one pair, held under its lock. Every method is one transaction, which no death of the process undoes once
 * it has returned. A power cut does not either; after `begin` and `settle` only once `durable` has resolved, so that many
 * batches share one wait for the disk.
 */
export interface PairLedger extends LedgerReader {
  /** The number of this run, counted per ledger. */
  readonly run: number
  /** Whether no run of this pair has been before. */
  readonly isNew: boolean
  /** Whether the two runs of this pair before this one died without having settled anything (quirk D18). */
  readonly isStuck: boolean
  begin(intents: readonly Intent[]): void
  settle(settlements: readonly Settlement[]): void
  /** Resolves when all that was written is on the disk. Errors: ledger, disk-full. */
  durable(): Promise<void>
  /**
   * The source gave messages other names (quirk A20), or lists them with another size: carried out in order. A name
   * that a settled message has is refused; a message without proof gives way to one that has it.
   */
  rekey(renames: readonly Rename[]): void
  markRemoval(keys: readonly Key[], removal: Known['removal']): void
  /** The source does not list these any more though we did not remove them; or it lists them again. */
  markAbsent(keys: readonly Key[], isAbsent: boolean): void
  setComparedTo(account: string, folder: string, uidValidity: number, uid: number): void
  setHabit(name: string, value: string): void
  /** Adds to a day's counts what `add` makes of them, with no other process in between; none falls below zero. */
  count(day: string, budgets: readonly string[], add: (counts: readonly number[]) => readonly number[]): void
  /** Gives the lock back. Calling it again does nothing. */
  close(): void
}
