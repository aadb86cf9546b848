// Adds work up over time in a bounded number of equal steps: when they are used up, each becomes twice as long.
import type { Timeline } from '../core/figures.ts'
import type { Clock } from '../core/ports.ts'

const mostSteps = 120
const firstStep = 250

const rows = ['messages', 'bytesFetched', 'bytesAppended'] as const

/** The timeline of one run. Costs nothing while nothing happens. */
export class RunningTimeline {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #started: number
  #step = firstStep
  #used = 0
  #amounts: Readonly<Record<(typeof rows)[number], Float64Array>> | undefined

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#started = clock.monotonic()
  }

  /** Counts work done now. */
  add(row: (typeof rows)[number], amount: number): void {
    this.#amounts ??= {
      messages: new Float64Array(mostSteps),
      bytesFetched: new Float64Array(mostSteps),
      bytesAppended: new Float64Array(mostSteps),
    }
    const elapsed = Math.max(0, this.#clock.monotonic() - this.#started)
    while (elapsed >= this.#step * mostSteps) this.#double(this.#amounts)
    const at = Math.floor(elapsed / this.#step)
    const amounts = this.#amounts[row]
    amounts[at] = (amounts[at] ?? 0) + amount
    this.#used = Math.max(this.#used, at + 1)
  }

  /** What there is so far. */
  value(): Timeline {
    const row = (name: (typeof rows)[number]) => Array.from(this.#amounts?.[name].subarray(0, this.#used) ?? [])
    return {
      stepMilliseconds: this.#step,
      messages: row('messages'),
      bytesFetched: row('bytesFetched'),
      bytesAppended: row('bytesAppended'),
    }
  }

  #double(amounts: Readonly<Record<(typeof rows)[number], Float64Array>>): void {
    for (const row of rows) {
      const before = amounts[row]
      for (let at = 0; at < mostSteps; at += 1) {
        const isInside = at * 2 < mostSteps
        before[at] = isInside ? (before[at * 2] ?? 0) + (before[at * 2 + 1] ?? 0) : 0
      }
    }
    this.#step *= 2
    this.#used = Math.ceil(this.#used / 2)
  }
}
