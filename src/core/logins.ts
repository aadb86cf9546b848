// Logins of one process: the first to an account goes ahead of the others, and one that was refused is not tried again.
import type { Clock } from './clock.ts'
import { MailhaulError } from './errors.ts'

/** What is known of one login. Times are monotonic milliseconds. */
interface Account {
  workedAt: number
  refused: { readonly error: MailhaulError; readonly at: number } | undefined
  /** Refused in a row since it last worked. */
  refusals: number
  /** Resolves when the login under way has ended. */
  underWay: Promise<void> | undefined
}

/** How a login is tried. */
export interface LoginManners {
  readonly signal: AbortSignal
  /** The same caller has got in before in this run: then a refusal says nothing against the secret. */
  readonly hasWorked: boolean
  /** The server minds logins that follow soon upon each other: one at a time, always. */
  readonly isOneByOne?: boolean
}

const never = Number.NEGATIVE_INFINITY

/** A login that has worked is not wrong, for some servers say so of one connection too many; but not for ever. */
const mostRefusals = 3

/**
 * Shared by the pairs of a process, which may use one account. Names tell a login by host, user and secret without
 * telling them: another secret is another login.
 */
export class Logins {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #holds: number
  readonly #accounts = new Map<string, Account>()

  /** `holds`: milliseconds that what was learned counts; as long as the process runs, unless told. */
  constructor(clock: Pick<Clock, 'monotonic'>, holds = Number.POSITIVE_INFINITY) {
    this.#clock = clock
    this.#holds = holds
  }

  /** Forgets what was learned. */
  clear(): void {
    for (const [name, { underWay }] of this.#accounts) if (underWay === undefined) this.#accounts.delete(name)
  }

  /** Logs in, after whoever is just trying the same. Errors: those of `login`; auth at once where it was refused before. */
  async attempt<T>(name: string, manners: LoginManners, login: () => Promise<T>): Promise<T> {
    const { signal, hasWorked, isOneByOne = false } = manners
    const account = this.#account(name)
    if (hasWorked && !isOneByOne) return login()
    // While it is not known whether the login works: for one try, or for all of them where they go one by one. Nothing may
    // come between the last look and the try.
    for (let waits = 0; account.underWay !== undefined; waits += 1) {
      if (!isOneByOne && (waits > 0 || account.workedAt !== never)) break
      await settledOrAborted(account.underWay, signal)
    }
    if (account.refused && !hasWorked) throw account.refused.error
    const mine = Promise.withResolvers<void>()
    account.underWay = mine.promise
    try {
      const result = await login()
      Object.assign(account, { workedAt: this.#clock.monotonic(), refused: undefined, refusals: 0 })
      return result
    } catch (thrown) {
      if (!hasWorked && thrown instanceof MailhaulError && thrown.code === 'auth') this.#note(account, thrown)
      throw thrown
    } finally {
      if (account.underWay === mine.promise) account.underWay = undefined
      mine.resolve()
    }
  }

  #note(account: Account, error: MailhaulError): void {
    account.refusals += 1
    const at = this.#clock.monotonic()
    if (account.workedAt === never || account.refusals >= mostRefusals) account.refused = { error, at }
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name)
    const now = this.#clock.monotonic()
    const fresh = { workedAt: never, refused: undefined, refusals: 0, underWay: undefined }
    const account: Account = known ?? fresh
    const isStale = now - Math.max(account.workedAt, account.refused?.at ?? account.workedAt) >= this.#holds
    if (known && isStale) Object.assign(known, { ...fresh, underWay: known.underWay })
    this.#accounts.set(name, account)
    return account
  }
}

async function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
