// Room in the spool for the next message: at once, or waited for without holding anything else up.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Spool, SpoolWriter } from '../../core/ports.ts'

/** Told when a wait is over. */
export interface RoomOwner {
  /** Ask again: what was waited for is there. */
  hasCome(): void
  failed(error: MailhaulError): void
}

/** Reserves for one message at a time, always the next one. */
export class Room {
  readonly #spool: Spool
  readonly #owner: RoomOwner
  readonly #ended = new AbortController()
  #reserved: SpoolWriter | undefined
  #isWaiting = false

  constructor(spool: Spool, owner: RoomOwner) {
    this.#spool = spool
    this.#owner = owner
  }

  /** Room for a message of so many octets; undefined when there is none now, and then the owner is told later. */
  take(octets: number): SpoolWriter | undefined {
    if (this.#isWaiting) return undefined
    const room = this.#reserved ?? this.#spool.tryReserve(octets)
    this.#reserved = undefined
    if (room === undefined) void this.#wait(octets)
    return room
  }

  /** Nothing is wanted any more. */
  end(): void {
    this.#ended.abort()
    this.#reserved?.discard()
    this.#reserved = undefined
  }

  async #wait(octets: number): Promise<void> {
    const { signal } = this.#ended
    this.#isWaiting = true
    try {
      const room = await this.#spool.reserve(octets, signal)
      this.#isWaiting = false
      if (signal.aborted) return room.discard()
      this.#reserved = room
    } catch (thrown) {
      if (!signal.aborted) this.#owner.failed(asMailhaulError(thrown))
      return
    }
    this.#owner.hasCome()
  }
}
