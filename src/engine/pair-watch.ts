// One pair under a watch: its timetable, what its passes have brought about, and whether it gets through.
import type { ErrorCode, MailhaulError } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import { needsSomebody, type Verdict, verdictOf } from '../core/notice.ts'
import { type OutcomeKind, outcomeKinds } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import { usualSchedule } from '../core/schedule.ts'
import type { WatchedPair, WatchFailure, WatchToDo } from '../core/watch.ts'
import { waitBetweenPasses } from './retry.ts'
import { Timetable, type TimetableParts } from './timetable.ts'

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
  #wantsLogin = false
  #hurriesAfter: number | undefined
  /** The last run of others that was heard of. */
  #heard = 0
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

  /**
   * A run that is not of this watch got through at that time (milliseconds since the epoch): where passes fail, the next
   * one comes within so many milliseconds, once for each such run.
   */
  gotThrough(at: number, within: number): void {
    if (at <= this.lastFinished || at === this.#heard) return
    this.#heard = at
    this.#timetable.hurry(within)
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

  /** A pass has ended. */
  finish(summary: PairSummary): void {
    const { error } = summary
    const verdict = verdictOf(error, hasArrived(summary))
    this.#working = undefined
    this.#passes += 1
    this.#lastFinished = this.#parts.clock.now()
    this.#count(summary)
    this.#note(error)
    if (verdict === 'through') this.#succeed()
    else if (verdict === 'failed' && error !== undefined) this.#fail(error, summary.failingSince)
    this.#timetable.passed(hasArrived(summary), this.#holdAfter(verdict, error))
    const again = verdict === 'failed' || (verdict === 'nothing' && !error?.isPlanned)
    if (again && this.#hurriesAfter !== undefined) this.#timetable.hurry(this.#hurriesAfter)
    this.#hurriesAfter = undefined
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

  #succeed(): void {
    this.#lastSuccess = this.#lastFinished
    this.#failure = undefined
  }

  /** `since`: as the ledger remembers it, which knows the passes before this watch too. */
  #fail(error: MailhaulError, since = this.#parts.clock.now()): void {
    const { code, end, message: reason, hint } = error
    const times = (this.#failure?.times ?? 0) + 1
    const first = Math.min(since, this.#failure?.since ?? since)
    this.#failure = { since: first, times, code, needsSomebody: needsSomebody(error), end, reason, hint }
  }

  /** Milliseconds before which there must be no other pass: what a server asked for, and longer with each failure. */
  #holdAfter(verdict: Verdict, error: MailhaulError | undefined): number {
    const asked = error?.retryAfter ?? 0
    if (error === undefined || (verdict !== 'failed' && error.code !== 'locked')) return asked
    const times = verdict === 'failed' ? (this.#failure?.times ?? 1) : 1
    return Math.max(asked, waitBetweenPasses(error, times, this.#parts.clock))
  }
}

function hasArrived({ fresh }: PairSummary): boolean {
  return fresh.copied.count + fresh.adopted.count > 0
}
