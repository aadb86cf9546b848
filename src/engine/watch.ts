// Keeps pairs in step for as long as it is left running: each gets its passes when they are due.
import type { StateChange, WatchView } from '../core/watch.ts'

/** Who listens to a watch. Listeners must not throw and must not block. */
export interface WatchListeners {
  /** A pair has begun to fail, or got through again. */
  readonly onChange?: (change: StateChange) => void
}

/** A watch at work. */
export interface Watch {
  /** How everything stands now. */
  view(): WatchView
}
