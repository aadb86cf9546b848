// How often a batch has been sent, and what came of it.

/** How often a batch has been sent. */
export interface Tries {
  /** Tries in a row that brought nothing. */
  readonly attempt: number
  /** Answers lost on this batch. */
  readonly losses: number
  /** Whether its intents are written down. */
  readonly isBegun: boolean
}

/** It has not been sent yet. */
export const firstTry: Tries = { attempt: 1, losses: 0, isBegun: false }
