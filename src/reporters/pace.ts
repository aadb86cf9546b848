// How fast something goes and how long it will take, smoothed so that neither number jumps.

/** Milliseconds after which an old speed counts for about a third. */
const rateMemory = 10_000
const forecastMemory = 30_000
/** How slowly the time left follows a new forecast, and how long it keeps silent at first, in milliseconds. */
const followTime = 8_000
const silence = 3_000
/** Thirty days: what takes longer is not known well enough to be said. */
const longest = 30 * 86_400_000

/** The speed of a growing number: an average in which the recent past counts most. */
export class Pace {
  readonly #memory: number
  #at: number
  #done: number
  #average = 0
  /** Share of the average that is made of samples: it starts from nothing, which must not count as slowness. */
  #weight = 0

  constructor(now: number, done: number, memory = rateMemory) {
    this.#at = now
    this.#done = done
    this.#memory = memory
  }

  /** Takes a sample (now in monotonic milliseconds) and returns the speed per millisecond. */
  sample(now: number, done: number): number {
    const elapsed = now - this.#at
    if (elapsed > 0) {
      const keep = Math.exp(-elapsed / this.#memory)
      const speed = Math.max(0, done - this.#done) / elapsed
      this.#average = this.#average * keep + speed * (1 - keep)
      this.#weight = this.#weight * keep + (1 - keep)
      this.#at = now
      this.#done = done
    }
    return this.#weight === 0 ? 0 : this.#average / this.#weight
  }
}

/** The time left until a share that grows from 0 to 1 is whole. */
export class Forecast {
  readonly #startedAt: number
  readonly #pace: Pace
  #at: number
  #left: number | undefined

  constructor(now: number, share: number) {
    this.#startedAt = now
    this.#at = now
    this.#pace = new Pace(now, share, forecastMemory)
  }

  /** Takes a sample and returns the milliseconds left; undefined while nobody can tell. */
  sample(now: number, share: number): number | undefined {
    const speed = this.#pace.sample(now, share)
    const elapsed = Math.max(0, now - this.#at)
    this.#at = now
    const target = speed === 0 ? Number.POSITIVE_INFINITY : Math.max(0, 1 - share) / speed
    if (now - this.#startedAt < silence || target > longest) {
      this.#left = undefined
      return undefined
    }
    // The time that has passed is gone in any case; only what is left over of the difference is followed slowly.
    const expected = Math.max(0, (this.#left ?? target + elapsed) - elapsed)
    this.#left = expected + (target - expected) * (1 - Math.exp(-elapsed / followTime))
    return this.#left
  }
}
