// A stage for watches: pairs whose passes are played, on a clock that leaps, and a record of every start.

import { nextCron } from '../../src/config/schedule.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { MailhaulError, type Retry } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { judge, type Notice, type Standing } from '../../src/core/notice.ts'
import type { Pair } from '../../src/core/pair.ts'
import { providers } from '../../src/core/providers.ts'
import type { Schedule } from '../../src/core/schedule.ts'
import type { WatchedPair } from '../../src/core/watch.ts'
import { type Assignment, type PassOptions, type Watch, watchPairs } from '../../src/engine/watch.ts'
import { policy } from '../core/rows.ts'
import { outcomes, summaryOf } from '../reporters/samples.ts'
import { type LeapingClock, leapingClock } from './leaping-clock.ts'

/** Milliseconds. */
export const second = 1000
/** Milliseconds. */
export const minute = 60 * second
/** Milliseconds. */
export const hour = 60 * minute
/** Milliseconds. */
export const day = 24 * hour

/** One pass as it was played. Times are monotonic milliseconds. */
export interface Played {
  readonly pair: string
  readonly start: number
  readonly now: boolean
  end: number | undefined
}

/** What a pass comes to: so long, so many new messages, or this error. */
export interface Part {
  readonly lasts?: number
  readonly copied?: number
  readonly error?: MailhaulError
}

/** Says what the pass is to come to. */
export type Script = (pair: Pair, played: Played) => Part

/** A pair with a schedule; both hosts of its own unless told. */
export function pairOf(name: string, schedule?: Schedule, sourceHost = `s.${name}`): Pair {
  const ends = { sourceProvider: providers.none, destinationProvider: providers.none }
  const pair = { name, sourceHost, destinationHost: `d.${name}`, ...ends, policy: policy() }
  return schedule === undefined ? pair : { ...pair, schedule }
}

/** An error of this code. */
export function failing(code: ErrorCode, retryAfter?: number, retry: Retry = 'later'): MailhaulError {
  const more = retryAfter === undefined ? {} : { retryAfter }
  return new MailhaulError({ code, scope: 'pair', retry, message: `It is ${code}.`, ...more })
}

/** Every so many milliseconds. */
export function every(interval: number): Schedule {
  return { kind: 'every', interval }
}

/** A watch, its passes, and what people are told. */
export class Stage {
  readonly clock: LeapingClock
  readonly played: Played[] = []
  readonly notices: Notice[] = []
  /** Passes after which the watch showed a pair as failing though the memory of its runs says otherwise, or not so. */
  readonly disagreements: string[] = []
  readonly #standings = new Map<string, Standing | undefined>()
  readonly stop = new AbortController()
  readonly kill = new AbortController()
  readonly watch: Watch
  atWork = 0
  most = 0
  turns = 0
  /** Whether passes are kept: not for the count of what a watch itself holds. */
  isKeeping = true
  passes = 0
  readonly #script: Script

  constructor(
    pairs: readonly Pair[],
    script: Script = () => ({}),
    options: {
      limits?: Assignment['limits']
      start?: number
      now?: boolean
      heartbeat?: number
      gotThrough?: Assignment['gotThrough']
    } = {},
  ) {
    const { limits, start, gotThrough, ...more } = options
    this.#script = script
    this.clock = leapingClock(start)
    const onTurn = () => {
      this.turns += 1
    }
    const onPass = (_summary: PairSummary, { name, failure }: WatchedPair) => {
      const standing = this.#standings.get(name)
      const isSame = failure?.since === standing?.since && (!failure?.needsSomebody || standing?.told === 'auth')
      if (!isSame) this.disagreements.push(`${name}: ${JSON.stringify([failure, standing])}`)
    }
    const listeners = { onPass, onTurn }
    const parts = { clock: this.clock, nextCron, listeners, heartbeat: hour, ...more }
    const assignment = { ...this.assignment(pairs, limits), ...(gotThrough ? { gotThrough } : {}) }
    this.watch = watchPairs(assignment, parts, this.stop.signal, this.kill.signal)
  }

  /** What a configuration with these pairs asks for. */
  assignment(pairs: readonly Pair[], limits: Assignment['limits'] = { pairs: 4, perHost: 2 }): Assignment {
    return { pairs, limits, spoolHeld: () => 0, pass: (pair, options) => this.#play(pair, options) }
  }

  /** When passes of this pair began. */
  startsOf(name: string): number[] {
    return this.played.filter(({ pair }) => pair === name).map(({ start }) => start)
  }

  /** How a pair stands. */
  pair(name: string) {
    const found = this.watch.view().pairs.find((pair) => pair.name === name)
    if (found === undefined) throw new Error(`there is no pair ${name}`)
    return found
  }

  /** Stops the watch and lets it end. */
  async end(): Promise<void> {
    this.stop.abort()
    for (let step = 0; step < 1000 && this.atWork > 0; step += 1) await this.clock.leap(minute)
    await this.watch.ended
  }

  /** The summary, with what a run that has a ledger says of how the pair stands. */
  #judged(pair: string, copied: number, error: MailhaulError | undefined): PairSummary {
    const { after, notice } = judge(pair, this.#standings.get(pair), error, this.clock.now(), copied > 0)
    this.#standings.set(pair, after)
    if (notice !== undefined) this.notices.push(notice)
    return summaryOf(outcomes('copied', copied, 1000), { pair, error, notice, failingSince: after?.since })
  }

  async #play(pair: Pair, { now, stop, kill }: PassOptions): Promise<PairSummary> {
    const played: Played = { pair: pair.name, start: this.clock.monotonic(), now, end: undefined }
    this.passes += 1
    if (this.isKeeping) this.played.push(played)
    this.atWork += 1
    this.most = Math.max(this.most, this.atWork)
    const { lasts = second, copied = 0, error } = this.#script(pair, played)
    try {
      await this.clock.sleep(lasts, kill)
    } finally {
      played.end = this.clock.monotonic()
      this.atWork -= 1
    }
    const ending = error ?? (stop.aborted ? failing('interrupted') : undefined)
    return this.#judged(pair.name, copied, ending)
  }
}
