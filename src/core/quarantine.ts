// The port for messages that the destination would not take: kept as exact bytes for somebody to look at.
import type { ErrorCode } from './errors.ts'
import type { Fingerprint, Key, Message } from './message.ts'
import type { OutcomeKind } from './outcome.ts'

/** What is to be known of a message that is kept. */
export interface Quarantined {
  readonly pair: string
  readonly key: Key
  /** The folder it would have gone to. */
  readonly folder: string
  readonly outcome: OutcomeKind
  readonly code: ErrorCode | undefined
  readonly reason: string | undefined
  readonly hint: string | undefined
  /** Tries that failed, this one included. */
  readonly attempts: number
}

/** A place for such messages. */
export interface Quarantine {
  /**
   * Keeps the exact bytes and what is known, durably; the same message again replaces the older copy. Returns the path
   * of the bytes. Errors: disk-full, quarantine.
   */
  keep(message: Message, about: Quarantined): Promise<string>
  /** Removes what is kept of a message that has arrived after all; does nothing where there is none. Error: quarantine. */
  release(pair: string, exact: Fingerprint): Promise<void>
}
