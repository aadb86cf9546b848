// Ends work on a connection when it takes too long or is no longer wanted, by closing the connection.
import { interrupted, type MailhaulError } from '../../core/errors.ts'

/** What may end the work. */
export interface Limits {
  readonly signal: AbortSignal
  readonly milliseconds: number
  /** What to throw when time is up. */
  readonly overdue: () => MailhaulError
  /** Closes the connection, so that every wait on it ends. */
  readonly close: () => void
}

/** Does the work within its limits; throws what ended it rather than what that looked like on the connection. */
export async function within<T>({ signal, milliseconds, overdue, close }: Limits, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw interrupted()
  let ended: MailhaulError | undefined
  const end = (error: MailhaulError) => {
    ended ??= error
    close()
  }
  const onAbort = () => end(interrupted())
  const timer = setTimeout(() => end(overdue()), milliseconds)
  signal.addEventListener('abort', onAbort)
  try {
    return await work()
  } catch (thrown) {
    throw ended ?? thrown
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
