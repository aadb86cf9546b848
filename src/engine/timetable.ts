// When one pair's next pass is due: by its schedule, spread by jitter, and not before what a failure or a server wants.
import type { Clock } from '../core/ports.ts'
import { adapt, adaptiveInterval, firstSpread, jitterWithin, type Schedule } from '../core/schedule.ts'

/** The first time after an instant that fits a cron expression; undefined where there is none. */
export type NextCron = (expression: string, after: number) => number | undefined

/** What a timetable knows of time. */
export interface TimetableParts {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'random'>
  readonly nextCron: NextCron
}

/** A wall clock that was put back by more than this is looked at anew. Milliseconds. */
const setBack = 60_000

/**
 * Starts of one pair. Intervals are counted on the monotonic clock, from a grid that no jitter moves; cron expressions on
 * the wall clock. Starts that were missed, for a pass or a queue that took too long, become one.
 */
export class Timetable {
  readonly schedule: Schedule
  readonly #parts: TimetableParts
  #interval: number
  /** The start by the schedule that the next one follows: for an interval a point of its grid. */
  #slot: number
  #due: number
  #seen: number

  /** `pairs`: so many begin together; where there is an interval, their first passes follow soon, spread by chance. */
  constructor(schedule: Schedule, pairs: number, parts: TimetableParts) {
    this.schedule = schedule
    this.#parts = parts
    this.#interval = schedule.kind === 'every' ? schedule.interval : adaptiveInterval.first
    const now = this.#time()
    this.#seen = now
    this.#slot = now + this.#upTo(firstSpread(pairs, this.#interval))
    this.#due = this.#slot
    // The hours that an expression names were chosen by somebody: none is added.
    if (schedule.kind === 'cron') this.#plan(this.#after(now))
  }

  /** Milliseconds until the next pass is due; infinite where the schedule has no further time. */
  get wait(): number {
    return Math.max(0, this.ahead)
  }

  /** The same, and negative where it has been due for so long. */
  get ahead(): number {
    const now = this.#time()
    if (this.schedule.kind === 'cron' && now < this.#seen - setBack) this.#plan(this.#after(now))
    this.#seen = now
    return this.#due - now
  }

  /** Milliseconds between two passes by the schedule as it is now; undefined where it has no further time. */
  get interval(): number | undefined {
    if (this.schedule.kind !== 'cron') return this.#interval
    const next = this.#after(this.#time())
    const gap = Number.isFinite(next) ? this.#after(next) - next : next
    return Number.isFinite(gap) ? gap : undefined
  }

  /** The next pass is due at once, or within so many milliseconds. */
  hurry(within = 0): void {
    this.#due = Math.min(this.#due, this.#time() + this.#upTo(within))
  }

  /** A pass has begun: it stands for all starts that have been due by now. */
  started(): void {
    this.#slot = this.#nearest(this.#time())
  }

  /** A pass has ended. `hold`: milliseconds before which there must be no other. */
  passed(hasArrived: boolean, hold: number): void {
    this.#interval = this.schedule.kind === 'adaptive' ? adapt(this.#interval, hasArrived) : this.#interval
    const now = this.#time()
    const regular = this.#after(this.#slot)
    const earliest = now + hold
    if (regular >= earliest && regular > now) {
      this.#plan(regular)
    } else {
      // What was missed is made up for at once; what was held up comes back apart from others held up with it.
      this.#slot = this.#nearest(earliest)
      this.#due = earliest + this.#upTo(jitterWithin(hold))
    }
  }

  #plan(slot: number): void {
    this.#slot = slot
    const gap = Number.isFinite(slot) ? this.#after(slot) - slot : 0
    this.#due = slot + this.#upTo(jitterWithin(Number.isFinite(gap) ? gap : 0))
  }

  /** The start that follows one by the schedule. */
  #after(slot: number): number {
    if (this.schedule.kind !== 'cron') return slot + this.#interval
    return this.#parts.nextCron(this.schedule.expression, slot) ?? Number.POSITIVE_INFINITY
  }

  /** The point of the grid that a start at `time` stands for: the nearest; `time` itself where there is no grid. */
  #nearest(time: number): number {
    if (this.schedule.kind !== 'every') return time
    return this.#slot + this.#interval * Math.round((time - this.#slot) / this.#interval)
  }

  #time(): number {
    const { clock } = this.#parts
    return this.schedule.kind === 'cron' ? clock.now() : clock.monotonic()
  }

  #upTo(milliseconds: number): number {
    return this.#parts.clock.random() * milliseconds
  }
}
