// Access tokens from a helper of the user's own: asked at most once a minute, and once more when one is refused.
import type { Clock } from '../core/clock.ts'
import type { AskToken } from '../core/token.ts'

const shortest = 60_000
/** A token that came after a refusal and is refused too is not asked for again so soon. Milliseconds. */
const patience = 10 * 60_000

/** Turns a helper into tokens for logins; `run` has its own deadline. */
export function tokenFromHelper(run: () => Promise<string>, clock: Pick<Clock, 'monotonic'>): AskToken {
  let held: { readonly token: string; readonly at: number; readonly afterRefusal: boolean } | undefined
  let running: Promise<string> | undefined
  return async (refused) => {
    const age = held === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - held.at
    if (held && held.token !== refused && age < shortest) return held.token
    // Never a loop (quirk D15).
    if (held && held.token === refused && held.afterRefusal && age < patience) return held.token
    running ??= run()
      .then((token) => {
        held = { token, at: clock.monotonic(), afterRefusal: refused !== undefined }
        return token
      })
      .finally(() => {
        running = undefined
      })
    return running
  }
}
