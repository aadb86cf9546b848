// Notices that something overdue has not happened, with one timer however often the deadline moves.
import type { Clock } from '../../core/ports.ts'

/** Calls back once when a deadline passes. Deadlines move thousands of times a second, the timer hardly ever. */
export class Watchdog {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly #expired: () => void
  #deadline: number | undefined
  #wakesAt = Number.POSITIVE_INFINITY
  #timer: AbortController | undefined

  constructor(clock: Pick<Clock, 'monotonic' | 'sleep'>, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Expires in so many milliseconds unless called again before. */
  expect(milliseconds: number): void {
    this.#deadline = this.#clock.monotonic() + milliseconds
    if (this.#deadline < this.#wakesAt) this.#sleepUntil(this.#deadline)
  }

  /** Nothing is expected for now. */
  rest(): void {
    this.#deadline = undefined
  }

  /** Nothing is expected any more; the timer is gone. */
  stop(): void {
    this.rest()
    this.#timer?.abort()
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #sleepUntil(time: number): void {
    this.#timer?.abort()
    const timer = new AbortController()
    this.#timer = timer
    this.#wakesAt = time
    this.#clock.sleep(Math.max(1, time - this.#clock.monotonic()), timer.signal).then(
      () => {
        if (!timer.signal.aborted) this.#wake()
      },
      // Another timer has taken its place, or nothing is expected any more.
      () => undefined,
    )
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY
    if (this.#deadline === undefined) return
    if (this.#deadline > this.#clock.monotonic()) {
      this.#sleepUntil(this.#deadline)
      return
    }
    this.#deadline = undefined
    this.#expired()
  }
}
