// Decides how many upload connections are worth having, by measuring: more are slower on some servers.

/** Milliseconds and batches of uninterrupted work that make a measurement. */
const shortestStretch = 750
const fewestBatches = 8
/** One more connection has to bring at least so much more. */
const worthwhile = 1.15
/** What a message costs besides its octets, in octets: round trips and commits are most of it. */
const messageCost = 16 * 1024

/** Work done: the measure of speed. */
export interface Work {
  readonly messages: number
  readonly bytes: number
}

/** Starts with one connection and adds another as long as the last one made uploading faster. Pure: told the time. */
export class PoolGrowth {
  readonly #most: number
  #target: number
  #isSettled: boolean
  #began: number | undefined
  #done = 0
  #batches = 0
  #slower = 0

  /** With a fixed number there is nothing to find out. */
  constructor(connections: 'auto' | number, most = 4) {
    this.#most = connections === 'auto' ? most : connections
    this.#target = connections === 'auto' ? 1 : connections
    this.#isSettled = connections !== 'auto'
  }

  /** Connections to have when there is work for them. */
  get target(): number {
    return this.#target
  }

  /** A connection was opened or lost: what is being measured says nothing any more. */
  restart(): void {
    this.#began = undefined
  }

  /** A batch was answered. `isBusy`: work was waiting all along, so that the speed is the destination's. */
  note(now: number, { messages, bytes }: Work, isBusy: boolean): void {
    if (this.#isSettled) return
    if (!isBusy) this.#began = undefined
    else if (this.#began === undefined) this.#begin(now)
    else this.#measure(now, bytes + messages * messageCost, this.#began)
  }

  /** The server allows no more than so many. */
  limit(connections: number): void {
    this.#target = Math.max(1, Math.min(this.#target, connections))
    this.#isSettled = true
  }

  #begin(now: number): void {
    this.#began = now
    this.#done = 0
    this.#batches = 0
  }

  #measure(now: number, amount: number, began: number): void {
    this.#done += amount
    this.#batches++
    const elapsed = now - began
    if (elapsed >= shortestStretch && this.#batches >= fewestBatches) this.#weigh(this.#done / elapsed)
  }

  #weigh(speed: number): void {
    this.#began = undefined
    const isWorthwhile = speed >= this.#slower * worthwhile
    this.#slower = speed
    if (!isWorthwhile) this.limit(this.#target - 1)
    else if (this.#target === this.#most) this.#isSettled = true
    else this.#target++
  }
}
