// The port to the spool, which holds messages on their way.
import type { Message } from './message.ts'

/** Holds messages on their way within a byte budget; its free room is the only back pressure there is. */
export interface Spool {
  /** Room for a message of about `size` octets: at once, or undefined when the budget is full. */
  tryReserve(size: number): SpoolWriter | undefined
  /** The same, waiting for room. A message is always admitted when nothing else is held. */
  reserve(size: number, signal: AbortSignal): Promise<SpoolWriter>
  /** Octets held now. */
  readonly held: number
}

/** Takes one message's bytes as they arrive. */
export interface SpoolWriter {
  /** Hashes and keeps a chunk; a copy is made, the caller may reuse it. A promise means: wait before writing more. */
  write(chunk: Uint8Array): Promise<void> | undefined
  /** The message is whole. */
  finish(): Promise<Message>
  /** The message is not wanted: frees everything. Calling it after `finish` or again does nothing. */
  discard(): void
}
