// Notices that something overdue has not happened, with one timer however often the deadline moves.

/** Calls back once when a deadline passes. Deadlines move thousands of times a second, the timer hardly ever. */
export class Watchdog {
  readonly #expired: () => void
  #deadline: number | undefined
  #wakesAt = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(expired: () => void) {
    this.#expired = expired
  }

  /** Expires in so many milliseconds unless called again before. */
  expect(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds
    if (this.#deadline < this.#wakesAt) this.#sleepUntil(this.#deadline)
  }

  /** Nothing is expected for now. */
  rest(): void {
    this.#deadline = undefined
  }

  /** Nothing is expected any more; the timer is gone. */
  stop(): void {
    this.rest()
    clearTimeout(this.#timer)
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #sleepUntil(time: number): void {
    clearTimeout(this.#timer)
    this.#wakesAt = time
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, time - performance.now()))
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY
    if (this.#deadline === undefined) return
    if (this.#deadline > performance.now()) {
      this.#sleepUntil(this.#deadline)
      return
    }
    this.#deadline = undefined
    this.#expired()
  }
}
