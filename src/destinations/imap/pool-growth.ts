// Decides how many upload connections are worth having, by measuring: more are slower on some servers.

/** Milliseconds and batches of uninterrupted work that make a measurement. */
const shortestStretch = 500
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

/** So many batches are worth another connection from the start: one alone has not shown much before they are through. */
const worthAnother = 8
const mostAtFirst = 3

/**
 * Adds a connection as long as the last one made uploading faster. Where it began with several, it looks whether fewer
 * would do as well, once one more is found to bring nothing. Pure: told the time.
 */
export class PoolGrowth {
  readonly #most: number
  /** How fast it was with so many connections. */
  readonly #speeds = new Map<number, number>()
  #target: number
  #isShrinking = false
  #isSettled: boolean
  #began: number | undefined
  #done = 0
  #batches = 0

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

  /** So many batches are to come. */
  expect(batches: number): void {
    if (this.#isSettled || this.#speeds.size > 0) return
    this.#target = Math.max(1, Math.min(1 + Math.floor(batches / worthAnother), mostAtFirst, this.#most))
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
    this.#speeds.set(this.#target, speed)
    const isWorthwhile = (connections: number) =>
      (this.#speeds.get(connections) ?? 0) >= (this.#speeds.get(connections - 1) ?? 0) * worthwhile
    if (this.#isShrinking && isWorthwhile(this.#target + 1)) this.#settle(this.#target + 1)
    else if (this.#isShrinking) this.#shrink()
    else if (!isWorthwhile(this.#target)) {
      this.#target--
      this.#shrink()
    } else if (this.#target === this.#most) this.#isSettled = true
    else this.#target++
  }

  /** One more brings nothing. Whether this one does is known, unless it was there from the start. */
  #shrink(): void {
    this.#isShrinking = this.#target > 1 && !this.#speeds.has(this.#target - 1)
    if (this.#isShrinking) this.#target--
    else this.#settle(this.#target)
  }

  #settle(connections: number): void {
    this.#target = connections
    this.#isSettled = true
  }
}
