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
  /** Callers that try it or wait. */
  asking: number
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
const unknown: Readonly<Account> = { workedAt: never, refused: undefined, refusals: 0, underWay: undefined, asking: 0 }

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

  /** Logins of which something is known. */
  get size(): number {
    return this.#accounts.size
  }

  /** Forgets what was learned. */
  clear(): void {
    for (const [name, account] of this.#accounts) this.#forget(name, account)
  }

  /** Logs in, after whoever is just trying the same. Errors: those of `login`; auth at once where it was refused before. */
  async attempt<T>(name: string, manners: LoginManners, login: () => Promise<T>): Promise<T> {
    const account = this.#account(name)
    account.asking += 1
    try {
      return await this.#attempt(account, manners, login)
    } finally {
      account.asking -= 1
    }
  }

  async #attempt<T>(account: Account, manners: LoginManners, login: () => Promise<T>): Promise<T> {
    const { signal, hasWorked, isOneByOne = false } = manners
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
    this.#forgetStale()
    const account = this.#accounts.get(name) ?? { ...unknown }
    this.#accounts.set(name, account)
    return account
  }

  #forgetStale(): void {
    const now = this.#clock.monotonic()
    for (const [name, account] of this.#accounts) {
      const { workedAt, refused } = account
      if (now - Math.max(workedAt, refused?.at ?? workedAt) >= this.#holds) this.#forget(name, account)
    }
  }

  #forget(name: string, account: Account): void {
    const { underWay, asking } = account
    if (asking === 0) this.#accounts.delete(name)
    else Object.assign(account, { ...unknown, underWay, asking })
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
