// A number of octets shared out in order of asking: who does not fit waits, and nobody overtakes.

interface Waiter {
  readonly octets: number
  admit(): void
}

/** Octets that are held, and those who wait for room. */
export class Budget {
  readonly #limit: number
  readonly #waiters: Waiter[] = []
  #held = 0

  /** A limit in octets. A single taker may exceed it, so that no message is too large to be moved. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Octets held now; above the limit when messages turned out larger than they were reserved for. */
  get held(): number {
    return this.#held
  }

  /** Takes octets if nobody waits and they fit, as anything does while nothing is held; says whether it did. */
  tryTake(octets: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(octets)) return false
    this.#held += octets
    return true
  }

  /** The same, waiting for its turn. Rejects with the signal's reason when that is aborted first. */
  async take(octets: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.tryTake(octets)) await this.#wait(octets, signal)
  }

  /** Takes octets without asking, for a message that has grown. */
  overdraw(octets: number): void {
    this.#held += octets
  }

  /** Gives octets back and lets in who fits now. */
  free(octets: number): void {
    this.#held -= octets
    this.#admitWaiters()
  }

  #fits(octets: number): boolean {
    return this.#held === 0 || this.#held + octets <= this.#limit
  }

  #wait(octets: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
      reject(signal.reason)
      // It may have been the first in line, with smaller ones behind it that fit.
      this.#admitWaiters()
    }
    const waiter: Waiter = {
      octets,
      admit() {
        signal.removeEventListener('abort', abort)
        resolve()
      },
    }
    signal.addEventListener('abort', abort, { once: true })
    this.#waiters.push(waiter)
    return promise
  }

  #admitWaiters(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#fits(next.octets); next = this.#waiters[0]) {
      this.#waiters.shift()
      this.#held += next.octets
      next.admit()
    }
  }
}
