// Gathers messages for one folder until count, bytes or a short wait say that the batch should go.
import type { BatchLimits, Clock, Outgoing } from '../core/ports.ts'
import type { OpenFolder } from './folder-desk.ts'

/** Milliseconds a message waits for company. Long enough for a round trip, short enough not to be noticed. */
const patience = 150

/** Hands full batches on; `T` is a message with whatever its delivery needs to know. */
export class Batcher<T extends Outgoing> {
  readonly #limits: () => BatchLimits
  readonly #clock: Clock
  readonly #send: (open: OpenFolder, batch: readonly T[]) => Promise<void>
  readonly #filling = new Map<string, { open: OpenFolder; items: T[]; bytes: number; timer: AbortController }>()
  readonly #sending = new Set<Promise<void>>()

  constructor(limits: () => BatchLimits, clock: Clock, send: (open: OpenFolder, batch: readonly T[]) => Promise<void>) {
    this.#limits = limits
    this.#clock = clock
    this.#send = send
  }

  add(open: OpenFolder, item: T): void {
    const limits = this.#limits()
    let batch = this.#filling.get(open.name)
    if (batch && batch.bytes + item.message.size > limits.bytes) {
      this.#dispatch(open.name)
      batch = undefined
    }
    if (batch === undefined) {
      batch = { open, items: [], bytes: 0, timer: new AbortController() }
      this.#filling.set(open.name, batch)
      this.#dispatchLater(open.name, batch.timer.signal)
    }
    batch.items.push(item)
    batch.bytes += item.message.size
    if (batch.items.length >= limits.count || batch.bytes >= limits.bytes) this.#dispatch(open.name)
  }

  /** Sends what is there and waits until every batch has been dealt with. Failures have reached their own handler. */
  async drain(): Promise<void> {
    for (const name of [...this.#filling.keys()]) this.#dispatch(name)
    while (this.#sending.size > 0) await Promise.all(this.#sending)
  }

  #dispatchLater(name: string, signal: AbortSignal): void {
    this.#clock.sleep(patience, signal).then(
      () => this.#dispatch(name),
      () => undefined,
    )
  }

  #dispatch(name: string): void {
    const batch = this.#filling.get(name)
    if (batch === undefined) return
    this.#filling.delete(name)
    batch.timer.abort()
    const sending = this.#send(batch.open, batch.items).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }
}
