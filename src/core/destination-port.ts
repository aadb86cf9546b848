// The port to the destination: folders that are looked into, and that messages are appended to.
import type { MailhaulError } from './errors.ts'
import type { EndFacts } from './facts.ts'
import type { Fingerprints, Message } from './message.ts'
import type { Forms } from './rewriting.ts'

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
