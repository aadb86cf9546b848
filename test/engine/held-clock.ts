// A clock that stands still until a test lets time pass.
import type { Clock } from '../../src/core/ports.ts'

/** A clock whose time moves only by `pass`. */
export interface HeldClock extends Clock {
  /** Lets so many milliseconds pass; sleepers whose time has come wake up in order. */
  pass(milliseconds: number): Promise<void>
}

/** A held clock, starting on the first day of 2026. */
export function heldClock(): HeldClock {
  let time = 0
  const sleepers = new Set<{ due: number; wake: () => void }>()
  return {
    now: () => Date.UTC(2026, 0) + time,
    monotonic: () => time,
    random: () => 0.5,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const sleeper = { due: time + milliseconds, wake: resolve }
        sleepers.add(sleeper)
        signal.addEventListener('abort', () => {
          if (sleepers.delete(sleeper)) reject(signal.reason)
        })
      }),
    pass: async (milliseconds) => {
      time += milliseconds
      for (const sleeper of [...sleepers].sort((a, b) => a.due - b.due)) {
        if (sleeper.due > time) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** The real clock in a hurry: waits of any length end with the next turn of the event loop. */
export function hastyClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => 0.5,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted()
      slept.push(milliseconds)
      await new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 5)))
      signal.throwIfAborted()
    },
  }
}
