// Time, chance and waiting, passed in so that tests can hold them.

/** A clock with everything that the engine and the adapters may know of time. */
export interface Clock {
  /** Wall clock in milliseconds since the epoch: for dates that people or servers see, never for waiting. */
  now(): number
  /** Monotonic milliseconds: for durations, back-off and budgets. */
  monotonic(): number
  /** A number in [0, 1): jitter. */
  random(): number
  /** Resolves after so many milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}
