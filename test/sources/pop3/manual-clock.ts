// A clock that stands still until a test moves it.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../../src/core/ports.ts'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** Time as the test wants it. Nobody who sleeps is woken early, or late. */
export class ManualClock implements Clock {
  #time = 0
  #sleepers: Sleeper[] = []

  now(): number {
    return Date.UTC(2020, 0, 1) + this.#time
  }

  monotonic(): number {
    return this.#time
  }

  random(): number {
    return 0.5
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { due: this.#time + milliseconds, wake: resolve }
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper)
        reject(signal.reason)
      }
      if (signal.aborted) onAbort()
      else {
        this.#sleepers.push(sleeper)
        signal.addEventListener('abort', onAbort, { once: true })
      }
    })
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  /** Moves time on, waking everybody in order and letting them act before it goes on. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#time + milliseconds
    for (;;) {
      await turn()
      const next = this.#sleepers.sort((one, other) => one.due - other.due)[0]
      if (next === undefined || next.due > until) break
      this.#time = next.due
      this.#sleepers.shift()
      next.wake()
    }
    this.#time = until
    await turn()
  }
}
