// How far one pair has come: events are counted as they come in, everything else is worked out when somebody looks.
import type { Event, Stage } from '../core/events.ts'
import type { Amount } from '../core/outcome.ts'
import { Forecast, Pace } from './pace.ts'

/** What there is to show of a pair at one moment. */
export interface ProgressView {
  /** Messages dealt with, of those that have to be fetched. */
  readonly done: number
  readonly total: number
  /** Octets fetched so far. */
  readonly bytes: number
  /** From 0 to 1. */
  readonly share: number
  /** Octets per second. */
  readonly rate: number
  /** Milliseconds; undefined while nobody can tell. */
  readonly left: number | undefined
}

/** The progress of one pair. Times are monotonic milliseconds. */
export class PairProgress {
  readonly pair: string
  stage: Stage | undefined
  listed: Amount | undefined
  /** Why it waits, and until when; undefined while it works. */
  waiting: { readonly until: number; readonly reason: string } | undefined
  #plan: { readonly base: number; readonly carried: number; readonly total: number; readonly bytes: number } | undefined
  #outcomes = 0
  #outcomesSincePlan = 0
  #bytes = 0
  #pace: Pace | undefined
  #forecast: Forecast | undefined

  constructor(pair: string) {
    this.pair = pair
  }

  /** Octets fetched so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Counts an event. Called thousands of times a second. */
  take(event: Event, now: number): void {
    switch (event.kind) {
      case 'fetched':
        this.#bytes += event.bytes
        return
      case 'outcome':
        this.#outcomes += 1
        this.#outcomesSincePlan += 1
        return
      case 'stage':
        this.stage = event.stage
        this.waiting = undefined
        return
      case 'listed':
        this.listed = { count: event.count, bytes: event.bytes }
        return
      case 'planned':
        this.#replan(event.toFetch, event.bytes, now)
        return
      case 'retrying':
        this.waiting = { until: now + event.delay, reason: event.error.message }
        return
    }
  }

  /** What there is to show now; undefined before there is a plan. */
  view(now: number): ProgressView | undefined {
    const plan = this.#plan
    if (!plan || !this.#pace || !this.#forecast) return undefined
    const done = this.#done()
    const { share } = this
    const rate = this.#pace.sample(now, this.#bytes) * 1000
    const left = this.#forecast.sample(now, share)
    return { done, total: plan.total, bytes: this.#bytes, share, rate, left }
  }

  /** From 0 to 1, for the sum over all pairs. */
  get share(): number {
    const plan = this.#plan
    return plan ? shareOf(this.#done(), plan.total) / 2 + shareOf(this.#bytes, plan.bytes) / 2 : 0
  }

  /** A pair plans again after a lost session: what is done stays done, and what is left is added to it. */
  #replan(toFetch: number, bytes: number, now: number): void {
    const base = this.#done()
    const untouched = (this.listed?.count ?? toFetch) - toFetch
    const carried = Math.max(0, untouched - this.#outcomes)
    this.#plan = { base, carried, total: base + toFetch, bytes: this.#bytes + bytes }
    this.#outcomesSincePlan = 0
    this.#pace ??= new Pace(now, this.#bytes)
    this.#forecast ??= new Forecast(now, this.share)
  }

  /** Outcomes of messages that need no fetching may be told late (`carried`): they are no progress. */
  #done(): number {
    const plan = this.#plan
    return plan ? Math.min(plan.total, plan.base + Math.max(0, this.#outcomesSincePlan - plan.carried)) : 0
  }
}

function shareOf(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.min(1, part / whole)
}
