// One pair under a watch: its timetable, what its passes have brought about, and whether it gets through.
import type { ErrorCode, MailhaulError } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import { type OutcomeKind, outcomeKinds } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import { usualSchedule } from '../core/schedule.ts'
import type { StateChange, WatchedPair, WatchFailure, WatchToDo } from '../core/watch.ts'
import { isRefused, waitBetweenPasses } from './retry.ts'
import { Timetable, type TimetableParts } from './timetable.ts'

/** Passes in a row that may fail before anybody is told: a lost connection now and then is no news. */
const hiccups = 2

/** Stops one pass: `stop` finishes what is in flight, `kill` drops it. */
interface Controls {
  readonly stop: AbortController
  readonly kill: AbortController
}

/** A pair and its passes. Lives as long as the watch, whatever the configuration becomes meanwhile. */
export class PairWatch {
  readonly #parts: TimetableParts
  readonly #outcomes = Object.fromEntries(outcomeKinds.map((kind) => [kind, 0])) as Record<OutcomeKind, number>
  readonly #errors: Partial<Record<ErrorCode, number>> = {}
  #pair: Pair
  #timetable: Timetable
  #working: Controls | undefined
  #passes = 0
  #bytesFetched = 0
  #bytesAppended = 0
  #lastStarted: number | undefined
  #lastFinished: number | undefined
  #lastSuccess: number | undefined
  #failure: WatchFailure | undefined
  #toDo: WatchToDo | undefined
  #told: 'failing' | 'auth' | undefined
  #wantsLogin = false
  #hurriesAfter: number | undefined
  /** Its time has come, and it waits for its turn. */
  isQueued = false

  /** `pairs`: so many begin together. */
  constructor(pair: Pair, pairs: number, parts: TimetableParts) {
    this.#parts = parts
    this.#pair = pair
    this.#timetable = new Timetable(pair.schedule ?? usualSchedule, pairs, parts)
  }

  get pair(): Pair {
    return this.#pair
  }

  get isWorking(): boolean {
    return this.#working !== undefined
  }

  /** Milliseconds until the next pass is due; infinite where the schedule has no further time. */
  get wait(): number {
    return this.#timetable.wait
  }

  /** The configuration says something new about the pair: a pass at work goes on with what it began with. */
  change(pair: Pair, pairs: number): void {
    const schedule = pair.schedule ?? usualSchedule
    this.#pair = pair
    if (JSON.stringify(schedule) !== JSON.stringify(this.#timetable.schedule)) {
      this.#timetable = new Timetable(schedule, pairs, this.#parts)
      if (this.isWorking) this.#timetable.started()
    }
  }

  /**
   * Somebody has seen to it, or asks for it: the next pass comes within so many milliseconds, and tries to log in. A
   * pass at work began before that: another one follows only where it fails.
   */
  hurry(within: number): void {
    this.#wantsLogin = true
    if (this.isWorking) this.#hurriesAfter = within
    else this.#timetable.hurry(within)
  }

  /** When the last pass ended: milliseconds since the epoch, 0 before the first one has. */
  get lastFinished(): number {
    return this.#lastFinished ?? 0
  }

  /** Whether the pair does not get through now. */
  get isFailing(): boolean {
    return this.#failure !== undefined
  }

  /** A pass begins. `now`: it has to log in although the last runs were refused. */
  begin(): Controls & { readonly now: boolean } {
    const now = this.#wantsLogin
    const controls = { stop: new AbortController(), kill: new AbortController() }
    this.#wantsLogin = false
    this.#working = controls
    this.#lastStarted = this.#parts.clock.now()
    this.#timetable.started()
    return { ...controls, now }
  }

  /** Ends the pass at work, if there is one. */
  end(how: 'stop' | 'kill', reason: MailhaulError): void {
    this.#working?.[how].abort(reason)
  }

  /** A pass has ended. Returns the change of state that people are to be told of, if there is one. */
  finish(summary: PairSummary): StateChange | undefined {
    const now = this.#parts.clock.now()
    const error = failureOf(summary)
    this.#working = undefined
    this.#passes += 1
    this.#lastFinished = now
    this.#count(summary)
    this.#note(summary.error)
    const saysNothing = error !== undefined && isNoFailure(error)
    const change = saysNothing ? undefined : this.#judge(error, now)
    const times = saysNothing ? 1 : (this.#failure?.times ?? 1)
    const waits = error !== undefined && (!saysNothing || error.code === 'locked')
    const wait = waits ? waitBetweenPasses(error, times, this.#parts.clock) : 0
    this.#timetable.passed(hasArrived(summary), Math.max(wait, summary.error?.retryAfter ?? 0))
    if (error !== undefined && this.#hurriesAfter !== undefined) this.#timetable.hurry(this.#hurriesAfter)
    this.#hurriesAfter = undefined
    return change === undefined ? undefined : { kind: change, pair: this.view() }
  }

  view(): WatchedPair {
    const { name, sourceHost, destinationHost } = this.#pair
    const { ahead } = this.#timetable
    const isWorking = this.#working !== undefined
    return {
      ...{ name, sourceHost, destinationHost },
      phase: isWorking ? 'working' : 'waiting',
      passes: this.#passes,
      lastStarted: this.#lastStarted,
      lastFinished: this.#lastFinished,
      lastSuccess: this.#lastSuccess,
      next: isWorking || !Number.isFinite(ahead) ? undefined : this.#parts.clock.now() + ahead,
      interval: this.#timetable.interval,
      failure: this.#failure,
      toDo: this.#toDo,
      totals: {
        outcomes: { ...this.#outcomes },
        bytesFetched: this.#bytesFetched,
        bytesAppended: this.#bytesAppended,
        errors: { ...this.#errors },
      },
    }
  }

  #count({ fresh, bytesFetched, bytesAppended, error }: PairSummary): void {
    for (const kind of outcomeKinds) this.#outcomes[kind] += fresh[kind].count
    this.#bytesFetched += bytesFetched
    this.#bytesAppended += bytesAppended
    if (error !== undefined) this.#errors[error.code] = (this.#errors[error.code] ?? 0) + 1
  }

  /** What somebody has to do stays until a pass did without it: one that failed has not come that far. */
  #note(error: MailhaulError | undefined): void {
    if (error === undefined) this.#toDo = undefined
    if (error?.code !== 'unconfirmed') return
    this.#toDo = { times: (this.#toDo?.times ?? 0) + 1, reason: error.message, hint: error.hint }
  }

  /** Whether the pair gets through, and whether that is news. */
  #judge(error: MailhaulError | undefined, now: number): StateChange['kind'] | undefined {
    const told = this.#told
    if (error === undefined) {
      this.#lastSuccess = now
      this.#failure = undefined
      this.#told = undefined
      return told && 'recovered'
    }
    const { code, end, message: reason, hint } = error
    const { since = now, times = 0 } = this.#failure ?? {}
    this.#failure = { since, times: times + 1, code, end, reason, hint }
    const isAuth = isRefused(code)
    if (told === 'auth' || (told === 'failing' && !isAuth) || (!isAuth && times < hiccups)) return undefined
    this.#told = isAuth ? 'auth' : 'failing'
    return this.#told
  }
}

/**
 * Why a pass has failed. A day's budget that is used up is a reason to wait, a removal that nobody has confirmed one to
 * do something: mail gets through.
 */
function failureOf({ error }: PairSummary): MailhaulError | undefined {
  return error?.isPlanned || error?.code === 'unconfirmed' ? undefined : error
}

/** A pass that was stopped, came too soon for the server, or met another run says nothing of whether the pair gets through. */
function isNoFailure({ code, retryAfter }: MailhaulError): boolean {
  return code === 'interrupted' || code === 'locked' || (code === 'login-delayed' && retryAfter !== undefined)
}

function hasArrived({ fresh }: PairSummary): boolean {
  return fresh.copied.count + fresh.adopted.count > 0
}
