// Ends work on a connection when it takes too long, hears too much or is no longer wanted, by closing the connection.
import { interrupted, type MailhaulError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'

/** What may end the work. */
export interface Limits {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly signal: AbortSignal
  readonly milliseconds: number
  /** What to throw when time is up. */
  readonly overdue: () => MailhaulError
  /** What to throw when a bound other than time is exceeded; undefined while it is not. Asked every second. */
  readonly excess?: (() => MailhaulError | undefined) | undefined
  /** Closes the connection, so that every wait on it ends. */
  readonly close: () => void
}

const betweenLooks = 1000

/** Does the work within its limits; throws what ended it rather than what that looked like on the connection. */
export async function within<T>(limits: Limits, work: () => Promise<T>): Promise<T> {
  const { signal, close } = limits
  if (signal.aborted) throw interrupted()
  let ended: MailhaulError | undefined
  const end = (error: MailhaulError) => {
    ended ??= error
    close()
  }
  const onAbort = () => end(interrupted())
  const over = new AbortController()
  watch(limits, over.signal).then(end, () => undefined)
  signal.addEventListener('abort', onAbort)
  try {
    return await work()
  } catch (thrown) {
    throw ended ?? thrown
  } finally {
    over.abort()
    signal.removeEventListener('abort', onAbort)
  }
}

/** Resolves with what ends the work; rejects when the work is over. Sleep that ends early is slept again. */
async function watch({ clock, milliseconds, overdue, excess }: Limits, over: AbortSignal): Promise<MailhaulError> {
  const due = clock.monotonic() + milliseconds
  for (let left = milliseconds; left > 0; left = due - clock.monotonic()) {
    await clock.sleep(excess ? Math.min(left, betweenLooks) : left, over)
    const exceeded = excess?.()
    if (exceeded) return exceeded
  }
  return overdue()
}
