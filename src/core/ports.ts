// The four ports between the engine and the world: source, destination, ledger, spool; and the clock.
import type { MailhaulError } from './errors.ts'
import type { EndFacts } from './facts.ts'
import type { Fingerprints, Key, Listed, Message, Placed } from './message.ts'
import type { OutcomeKind } from './outcome.ts'
import type { Sent } from './repair.ts'
import type { Forms } from './rewriting.ts'
import type { Spool } from './spool-port.ts'

export type { Clock } from './clock.ts'
export type { EndFacts, TlsFacts } from './facts.ts'
export type { Habits } from './habits.ts'
export type { Spool, SpoolWriter } from './spool-port.ts'

// ---- source ----

/** A maildrop that can be opened again and again. */
export interface Source {
  /** Connects and logs in. Errors: connect, dns, tls, auth, in-use, login-delayed, temporary, timeout, protocol. */
  open(signal: AbortSignal): Promise<SourceSession>
}

/** The listing of one session, in the server's order. */
export interface Listing {
  readonly messages: readonly Listed[]
  /** How many messages the source says it has (STAT), where that is not what it lists. */
  readonly claimed?: number
  /** Plain sentences: keys unsupported or repeated, counts that disagree, a window suspected. */
  readonly notes: readonly string[]
}

/** What a retrieval brought. The receiver of a `message` owns it and releases it. */
export type Fetched =
  | { readonly kind: 'message'; readonly listed: Listed; readonly message: Message }
  | { readonly kind: 'empty' | 'vanished'; readonly listed: Listed; readonly reason: string }
  | { readonly kind: 'failed'; readonly listed: Listed; readonly error: MailhaulError }

/** One login at the source. Methods are called one after another, never side by side. */
export interface SourceSession {
  readonly facts: EndFacts
  /** Whether the server says that it removes what has been fetched (EXPIRE 0, RFC 2449 §6.7). */
  readonly consumes: boolean
  /** How often the session was lost on the way and taken up again by another login; never unless told. */
  readonly reopenings?: number
  /** Whether commands are sent ahead, as far as that is known by now. */
  readonly pipelines: boolean
  /** One round trip that changes nothing (NOOP). */
  ping(signal: AbortSignal): Promise<void>
  list(signal: AbortSignal): Promise<Listing>
  /** Header blocks (TOP n 0), pipelined, in order; undefined where the server would not give one. A hint, no identity. */
  headers(
    messages: readonly Listed[],
    signal: AbortSignal,
  ): AsyncIterable<{ listed: Listed; headers: Uint8Array | undefined }>
  /**
   * Retrieves messages in order, sending ahead as far as the spool has room. A message is yielded only when the
   * checkpoint behind it has vouched for it (architecture.md §4). Throws when the session is lost: what was not
   * yielded was not retrieved. Leaving the loop early drops the session.
   */
  fetch(messages: readonly Listed[], spool: Spool, signal: AbortSignal): AsyncIterable<Fetched>
  /** Marks for removal (DELE); takes effect with `close`. Returns those the server accepted. */
  remove(messages: readonly Listed[], signal: AbortSignal): Promise<readonly Listed[]>
  /**
   * Ends the session properly (QUIT), which makes removals real; false when the answer did not confirm it. `keep`: what
   * was fetched must not count as removed (RSET before QUIT); of no effect once something has been removed.
   */
  close(signal: AbortSignal, ending?: { readonly keep: boolean }): Promise<boolean>
  /** Drops the connection: nothing is removed. Never throws. */
  abandon(): void
}

// ---- destination ----

/** A folder as found on the server. */
export interface Folder {
  /** The server's spelling, delimiter and namespace included. */
  readonly path: string
  readonly uidValidity: number
  /** A lower bound for the UID of the next message. */
  readonly uidNext: number
  readonly messages: number
  /** Octets of the largest message it takes, where the server has a limit for each folder and was asked (RFC 7889). */
  readonly appendLimit?: number | undefined
}

/** One message on its way into a folder. */
export interface Outgoing {
  readonly message: Message
  readonly flags: readonly string[]
  /** Milliseconds since the epoch. */
  readonly internalDate: number
}

/**
 * What became of one message of a batch. `placed` without `uid`: stored, but the server did not say where.
 * `refused`: a tagged NO or BAD, nothing was stored; `together` when the whole batch was refused as one (RFC 3502).
 * `unknown`: the answer was lost, so settle it. `unsent`: certainly not stored. `held-back`: not even tried, because one
 * before it was not stored and order of arrival was asked for.
 */
export type Appended =
  | { readonly kind: 'placed'; readonly uid: number | undefined; readonly uidValidity: number | undefined }
  | { readonly kind: 'refused'; readonly error: MailhaulError; readonly together: boolean }
  | { readonly kind: 'unknown' | 'unsent'; readonly error: MailhaulError }
  | { readonly kind: 'held-back' }

/** A message at the destination, by UID, re-read and hashed. */
export interface Digest {
  readonly uid: number
  readonly size: number
  readonly fingerprints: Fingerprints
  /** Where they were asked for. */
  readonly forms?: Forms
}

/** What the destination said of itself. */
export interface DestinationFacts extends EndFacts {
  /** How messages will be uploaded, in words: `MULTIAPPEND, LITERAL+, 2 connections`. */
  readonly upload: string
  /** Upload connections at most. */
  readonly lanes: number
  /** Largest message in octets (RFC 7889); undefined where the server does not say. */
  readonly appendLimit: number | undefined
  /** Storage of the quota root of INBOX in octets (RFC 9208); undefined where unknown. */
  readonly quota: { readonly used: number; readonly limit: number } | undefined
}

/** An IMAP account. Connects on first use: a run with nothing to do there never logs in, but for a first one (`prepare`). */
export interface Destination {
  /** Names the account in the ledger without telling it: a hash of host and user. */
  readonly account: string
  /** Connects if need be. Errors: connect, dns, tls, auth, temporary, timeout, throttled, protocol. */
  facts(signal: AbortSignal): Promise<DestinationFacts>
  /** One round trip that changes nothing (NOOP). */
  ping(signal: AbortSignal): Promise<void>
  /**
   * Messages are coming, so many as far as that is known: logs in meanwhile, so that the first batch need not wait for it.
   * Never throws: whoever needs a connection that could not be had learns why.
   */
  prepare(signal: AbortSignal, messages?: number): void
  /** Looks a folder up by configured name (path or special use); undefined when it does not exist. */
  find(name: string, signal: AbortSignal): Promise<Folder | undefined>
  /** What `ensure` would find, creating nothing: undefined where it would create the folder. Its errors are the same. */
  foresee(name: string, signal: AbortSignal): Promise<Folder | undefined>
  /** The same, creating and subscribing it when missing. Errors: permission-denied, no-folder. */
  ensure(name: string, signal: AbortSignal): Promise<Folder>
  /** UID and RFC822.SIZE of every message from `fromUid` on. */
  sizes(folder: Folder, fromUid: number, signal: AbortSignal): AsyncIterable<{ uid: number; size: number }>
  /** Re-reads messages (BODY.PEEK[]) and hashes them, streaming; absent UIDs are left out. Errors: uidvalidity-changed. */
  digests(folder: Folder, uids: readonly number[], signal: AbortSignal, withForms?: boolean): AsyncIterable<Digest>
  /**
   * Appends a batch; one answer per message, in order. Never throws for what a server or network does. May be called
   * again before it has answered: calls queue for the channels, and go out in order of calling.
   */
  append(folder: Folder, batch: readonly Outgoing[], signal: AbortSignal): Promise<readonly Appended[]>
  /** How messages are best handed over; known after the first use. */
  readonly batchLimits: BatchLimits
  close(): Promise<void>
}

/** When a batch is full. */
export interface BatchLimits {
  readonly count: number
  readonly bytes: number
}

// ---- ledger ----

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
