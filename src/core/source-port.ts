// The port to the source: a maildrop that is listed, fetched from, and emptied when the owner says so.
import type { MailhaulError } from './errors.ts'
import type { EndFacts } from './facts.ts'
import type { Listed, Message } from './message.ts'
import type { Spool } from './spool-port.ts'

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
