// The real clock.
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../core/ports.ts'

/** Time as the machine has it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted())
  },
}
