// What a watch shows of itself: plain values for status pages, metrics and notifications.
import type { ErrorCode } from './errors.ts'
import type { OutcomeKind } from './outcome.ts'

/** Why a pair does not get through, and for how long that has been so. */
export interface WatchFailure {
  /** When the first of the failed passes in a row ended: milliseconds since the epoch. */
  readonly since: number
  /** Failed passes in a row. */
  readonly times: number
  readonly code: ErrorCode
  /** Whether waiting does not help: a login is refused, or a secret is missing. */
  readonly needsSomebody: boolean
  /** Which end it came from, where that is known. */
  readonly end: 'source' | 'destination' | undefined
  /** One plain sentence; may hold what a server said. */
  readonly reason: string
  /** What to do about it, where that is known. */
  readonly hint: string | undefined
}

/** What waits for somebody although mail gets through: a removal that nobody has confirmed yet. */
export interface WatchToDo {
  /** Passes in a row that met with it. */
  readonly times: number
  /** One plain sentence. */
  readonly reason: string
  /** What to do about it, where that is known. */
  readonly hint: string | undefined
}

/** What the passes of a pair have brought about since the watch started. */
export interface WatchTotals {
  /** Messages by outcome, each counted by the pass that decided on it: what later passes just see again is not. */
  readonly outcomes: Readonly<Record<OutcomeKind, number>>
  readonly bytesFetched: number
  readonly bytesAppended: number
  /** Passes that ended early, by the code of what ended them. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>
}

/** One pair as the watch sees it now. Times are milliseconds since the epoch; undefined: not yet. */
export interface WatchedPair {
  readonly name: string
  readonly sourceHost: string
  readonly destinationHost: string
  /** waiting: for its time, or for its turn when that has come. */
  readonly phase: 'waiting' | 'working'
  /** Passes that have ended since the watch started. */
  readonly passes: number
  readonly lastStarted: number | undefined
  readonly lastFinished: number | undefined
  /** When the last pass ended that went through: all that was listed has been dealt with. */
  readonly lastSuccess: number | undefined
  /** When the next pass is due, or has been while it waits for its turn; undefined while it is at work, or where its schedule has no further time. */
  readonly next: number | undefined
  /** Milliseconds from one pass to the next while all is well, as its schedule has it now; undefined: it has no next. */
  readonly interval: number | undefined
  /** Undefined while all is well. */
  readonly failure: WatchFailure | undefined
  /** Undefined where nothing waits for anybody. */
  readonly toDo?: WatchToDo | undefined
  readonly totals: WatchTotals
}

/** The watch as a whole, at one moment. Times are milliseconds since the epoch. */
export interface WatchView {
  readonly startedAt: number
  readonly now: number
  /** Asked to stop: what is in flight is being finished. */
  readonly isDraining: boolean
  /** Pairs whose time has come and that wait for their turn. */
  readonly queued: number
  /** Octets of messages on their way. */
  readonly spoolHeld: number
  /** In the order of the configuration. */
  readonly pairs: readonly WatchedPair[]
}
