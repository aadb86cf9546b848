// Keeps the sign-in of one account usable: renews it before it ends and once when it is refused, one process at a time.
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { asMailhaulError } from '../core/errors.ts'
import { cannotRenew, notRead, notSignedIn, Refused } from './errors.ts'
import { type Granted, renew, revoke } from './grants.ts'
import { exclusively } from './lock.ts'
import { accountId, type Registration } from './registration.ts'
import { type Found, type Keyring, type Place, TokenStore } from './store.ts'
import { isFresh, type StoredToken } from './stored.ts'
import type { Told } from './told.ts'

/** What a keeper works with. */
export interface KeeperOptions {
  readonly registration: Registration
  /** Where files and locks lie. */
  readonly directory: string
  readonly keyring: Keyring
  readonly clock: Pick<Clock, 'now'>
  /** Told every token before it is used, and those that are over. */
  readonly onSecret: (secret: string) => void
  readonly onObsolete: (secret: string) => void
  /** What other keepers of the same accounts have told, before this one and beside it. */
  readonly told: Told
}

/** A token that came after a refusal and is refused too is not renewed again so soon. Milliseconds. */
const patience = 10 * 60_000
/** A provider that said no is asked again after this, in case it has changed its mind. Milliseconds. */
const refusalHolds = 60 * 60_000
/** Tokens of the same account that stay masked. */
const masked = 6

/** The sign-in of one account, shared by every pair that uses it. */
export class TokenKeeper {
  readonly registration: Registration
  readonly #options: KeeperOptions
  readonly #store: TokenStore
  readonly #lock: string
  readonly #known = new Set<string>()
  readonly #account: string
  #held: StoredToken | undefined
  #renewal: Promise<string> | undefined

  constructor(options: KeeperOptions) {
    const { registration, directory, keyring } = options
    const id = accountId(registration)
    this.registration = registration
    this.#account = join(directory, id)
    this.#options = options
    this.#store = new TokenStore(directory, id, keyring)
    this.#lock = join(directory, `${id}.lock`)
  }

  /** See `AskToken` of core/token.ts. Whoever asks while a renewal is under way shares it. */
  async token(refused?: string): Promise<string> {
    let token = refused
    // Twice at most: the renewal that was under way may have begun before anything was refused.
    for (let round = 0; round < 2 && token === refused; round += 1) {
      const held = this.#held
      if (held && held.accessToken !== refused && isFresh(held, this.#options.clock.now())) return held.accessToken
      this.#renewal ??= this.#obtain(refused).finally(() => {
        this.#renewal = undefined
      })
      token = await this.#renewal
      if (refused === undefined) return token
    }
    return token ?? ''
  }

  /** The file that is used where the keyring cannot be. */
  get path(): string {
    return this.#store.path
  }

  /** What is kept, without renewing it. */
  async look(): Promise<Found> {
    const found = await this.#store.read()
    if (found.token) this.#conceal(found.token)
    return found
  }

  /** Makes sure that a sign-in can be kept, before anybody is asked for one. Errors: secret, temporary. */
  async prepare(): Promise<void> {
    await exclusively(this.#lock, this.registration.user, () => this.#store.prepare())
  }

  /** Keeps a new sign-in in place of the one before. */
  async begin(granted: Granted): Promise<Place> {
    const now = this.#options.clock.now()
    return exclusively(this.#lock, this.registration.user, async () => {
      const before = await this.#store.read().catch(() => undefined)
      const token = { ...this.#from(granted, before?.token), signedInAt: now, refreshToken: granted.refreshToken }
      this.#conceal(token)
      this.#held = token
      return this.#store.begin(token)
    })
  }

  /** Forgets the sign-in, and gives it back where the provider takes it. */
  async end(): Promise<{ readonly wasThere: boolean; readonly wasRevoked: boolean }> {
    return exclusively(this.#lock, this.registration.user, async () => {
      const { token } = await this.#store.read().catch(() => ({ token: undefined }))
      if (token) this.#conceal(token)
      const wasRevoked = token ? await revoke(this.registration, token.refreshToken ?? token.accessToken) : false
      this.#held = undefined
      return { wasThere: await this.#store.remove(), wasRevoked }
    })
  }

  /** Under the lock, from what is kept now: another process may have renewed it a moment ago. */
  async #obtain(refused: string | undefined): Promise<string> {
    const { user } = this.registration
    const first = await this.#store.read()
    if (first.token === undefined && first.isPassing) throw notRead(user, first.why)
    if (first.token === undefined) throw notSignedIn(user, because(first))
    if (this.#canUse(first.token, refused)) return this.#use(first.token)
    return exclusively(this.#lock, user, async () => {
      const { token } = await this.#store.read()
      if (token === undefined) throw notSignedIn(user, '')
      if (this.#canUse(token, refused)) return this.#use(token)
      const { now } = this.#options.clock
      if (token.accessToken === refused && isHopeless(token, now())) return token.accessToken
      if (token.refreshToken === undefined) throw cannotRenew(user)
      if (token.refused && isWithin(refusalHolds, token.refused.at, now())) throw new Refused(user, token.refused.said)
      return this.#renewed(token, token.refreshToken, refused)
    })
  }

  async #renewed(token: StoredToken, refreshToken: string, refused: string | undefined): Promise<string> {
    this.#conceal(token)
    await this.#store.prepare()
    try {
      const granted = await renew(this.registration, refreshToken)
      const next = { ...this.#from(granted, token), afterRefusal: token.accessToken === refused }
      this.#conceal(next)
      // Kept before it is used: the refresh token before it may be worth nothing by now.
      await this.#store.replace(next)
      return this.#use(next)
    } catch (thrown) {
      const error = asMailhaulError(thrown)
      const now = this.#options.clock.now()
      if (error instanceof Refused) {
        const generation = token.generation + 1
        await this.#store.replace({ ...token, generation, refused: { at: now, said: error.said } })
      } else if (error.code !== 'secret' && token.accessToken !== refused && isGood(token, now)) {
        // The provider is down for a moment, and what we have still lasts for one.
        return token.accessToken
      }
      throw error
    }
  }

  #canUse(token: StoredToken, refused: string | undefined): boolean {
    return token.accessToken !== refused && isFresh(token, this.#options.clock.now())
  }

  #use(token: StoredToken): string {
    this.#conceal(token)
    this.#held = token
    return token.accessToken
  }

  #from({ accessToken, refreshToken, lifetime }: Granted, before: StoredToken | undefined): StoredToken {
    const now = this.#options.clock.now()
    return {
      generation: (before?.generation ?? 0) + 1,
      signedInAt: before?.signedInAt ?? now,
      accessToken,
      obtainedAt: now,
      expiresAt: lifetime === undefined ? undefined : now + lifetime,
      refreshToken: refreshToken ?? before?.refreshToken,
      afterRefusal: false,
      refused: undefined,
    }
  }

  /** Tokens are secrets; a process that runs for months forgets the oldest, which are worth nothing by then. */
  #conceal({ accessToken, refreshToken }: StoredToken): void {
    const { onSecret, onObsolete, told } = this.#options
    for (const secret of [accessToken, refreshToken]) {
      if (secret === undefined || this.#known.has(secret)) continue
      this.#known.add(secret)
      onSecret(secret)
      for (const old of told.note(this.#account, secret, masked)) {
        this.#known.delete(old)
        onObsolete(old)
      }
    }
  }
}

function because({ why }: Found): string {
  return why === undefined ? '' : `, as far as can be seen: ${why}`
}

/** A time that lies in the future was written by a clock that was wrong (quirk D08): it binds nobody. */
function isWithin(span: number, since: number, now: number): boolean {
  return now >= since && now - since < span
}

/** It came after a refusal, has not run out since, and was refused too: another one would fare no better. */
function isHopeless(token: StoredToken, now: number): boolean {
  return token.afterRefusal && isFresh(token, now) && isWithin(patience, token.obtainedAt, now)
}

function isGood({ expiresAt }: StoredToken, now: number): boolean {
  return expiresAt !== undefined && now + 10_000 < expiresAt
}
