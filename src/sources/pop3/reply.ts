// Who takes a reply: the three shapes an answer to a command can have (RFC 1939 §3).
import type { MailhaulError } from '../../core/errors.ts'
import type { DotReading, Framing } from './content.ts'
import type { Status } from './status.ts'

/** Takes the reply to one command: a status, and after a positive one what `follows`. */
export type ReplyTaker = StatusTaker | LinesTaker | ContentTaker

/** Takes a single-line reply. */
export interface StatusTaker {
  readonly follows: 'nothing'
  /** Whether the reply may be a continuation (`+ …`): only for AUTH (RFC 5034 §4). */
  readonly continues?: boolean
  status(status: Status): void
  /** The reply will not come. Never called after the reply is complete. */
  lost(reason: MailhaulError): void
}

/** Takes a listing, line by line, dot-stuffing and line ends removed. */
export interface LinesTaker {
  readonly follows: 'lines'
  /** A listing with more lines than this is no honest one. */
  readonly mostLines: number
  status(status: Status): void
  /** The bytes are part of the chunk: copy what is to be kept. */
  line(line: Buffer): void
  end(): void
  lost(reason: MailhaulError): void
}

/** Takes a message's content. */
export interface ContentTaker {
  readonly follows: 'content'
  /** How to read a dot that begins the first line (quirk A29). */
  readonly dotReading: DotReading
  status(status: Status): void
  /** The bytes are part of the chunk: copy what is to be kept. A promise holds everything behind them back. */
  content(piece: Buffer): Promise<void> | undefined
  end(framing: Framing): void
  lost(reason: MailhaulError): void
}
