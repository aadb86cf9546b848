// A clock that leaps from one sleeper to the next, so that months pass in seconds.
import type { Clock } from '../../src/core/ports.ts'
import { seededRandom } from '../corpus/random.ts'

/** A clock whose time moves by leaps. */
export interface LeapingClock extends Clock {
  /** Lets so much time pass, waking every sleeper in its turn. */
  leap(milliseconds: number): Promise<void>
  /** Puts the wall clock forward or back; the monotonic one does not notice. */
  setWall(by: number): void
  /** Who sleeps now. */
  readonly sleepers: number
}

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/** A leaping clock that starts at `start`, milliseconds since the epoch; its chance is the same every time. */
export function leapingClock(start = Date.UTC(2026, 0)): LeapingClock {
  let time = 0
  let wall = start
  const random = seededRandom(20260101).next
  const sleepers = new Set<Sleeper>()
  const earliest = () => [...sleepers].reduce<Sleeper | undefined>((a, b) => (a && a.due <= b.due ? a : b), undefined)
  return {
    now: () => Math.round(wall + time),
    monotonic: () => time,
    random,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted()
        const settle = (end: () => void) => () => {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', onAbort)
          end()
        }
        const onAbort = settle(() => reject(signal.reason))
        const sleeper = { due: time + milliseconds, wake: settle(resolve) }
        sleepers.add(sleeper)
        signal.addEventListener('abort', onAbort)
      }),
    leap: async (milliseconds) => {
      const end = time + milliseconds
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve))
        const next = earliest()
        if (next === undefined || next.due > end) break
        time = Math.max(time, next.due)
        next.wake()
      }
      time = end
    },
    setWall: (by) => {
      wall += by
    },
    get sleepers() {
      return sleepers.size
    },
  }
}
