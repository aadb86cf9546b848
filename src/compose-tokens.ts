// Turns the sign-ins of a configuration into tokens for logins: the only file that knows where those are kept.
import { dirname, join } from 'node:path'
import { openPage } from './config/browser.ts'
import { explainKeyring } from './config/keyring-words.ts'
import { shellWord } from './config/paths.ts'
import type { PairConfig } from './config/schema.ts'
import type { OAuthConfig } from './config/schema-sign-in.ts'
import { type AskKeyring, systemKeyring } from './config/secret-keyring.ts'
import { resolveSecret, type SecretContext } from './config/secrets.ts'
import type { Clock } from './core/clock.ts'
import { asMailhaulError, MailhaulError } from './core/errors.ts'
import { withSignIn } from './core/sign-in-advice.ts'
import type { AskToken } from './core/token.ts'
import { tokenFromHelper } from './tokens/helper.ts'
import { TokenKeeper } from './tokens/keeper.ts'
import { accountId, type Registration, titleOf } from './tokens/registration.ts'
import type { Flow, Person } from './tokens/sign-in.ts'
import type { Keyring, Place } from './tokens/store.ts'
import { Told } from './tokens/told.ts'

export { Told }

/** What the edge passes in. */
export interface TokensOptions {
  readonly clock: Clock
  readonly onSecret: (secret: string) => void
  readonly onObsolete: (secret: string) => void
  /** The same for all configurations that a process has had, one after the other. */
  readonly told?: Told | undefined
  readonly secrets: Pick<SecretContext, 'env' | 'commandEnv' | 'keyring' | 'ask'>
}

type Side = 'source' | 'destination'

/** What is known of a sign-in without asking the provider. Times are milliseconds since the epoch. */
export interface SignInFacts {
  readonly provider: string
  readonly user: string
  readonly place: Place | undefined
  /** The file that is used where the keyring cannot be. */
  readonly path: string
  readonly signedInAt: number | undefined
  readonly expiresAt: number | undefined
  readonly canRenew: boolean
  /** Why somebody has to sign in; undefined where all is well. */
  readonly problem: string | undefined
}

/** The sign-ins of a configuration: one per account and client, shared by the pairs that use it. */
export class Tokens {
  readonly #directory: string
  readonly #options: TokensOptions
  readonly #told: Told
  readonly #keepers = new Map<string, TokenKeeper>()
  readonly #helpers = new Map<string, AskToken>()

  /** Files and locks lie beside the ledger. */
  constructor(ledger: string, options: TokensOptions) {
    this.#directory = join(dirname(ledger), 'tokens')
    this.#options = options
    this.#told = options.told ?? new Told()
  }

  /** Where an end's tokens come from; undefined where it has a password. */
  of(pair: PairConfig, side: Side): AskToken | undefined {
    const keeper = this.#keeper(pair, side)
    const { token } = pair[side]
    const ask = keeper?.token.bind(keeper) ?? (token && this.#helper(pair.name, side, token.command))
    return ask && ((refused) => ask(refused).catch((thrown: unknown) => Promise.reject(atEnd(thrown, pair.name, side))))
  }

  /** Names the sign-in of an end: the same for all ends that share it; undefined where it has none. */
  idOf(pair: PairConfig, side: Side): string | undefined {
    const { auth, user } = pair[side]
    return auth && accountId(this.#registration(pair.name, side, auth.oauth2, user))
  }

  /** Has somebody sign in for an end, and keeps what comes of it. */
  async signIn(pair: PairConfig, side: Side, flow: Flow, person: Omit<Person, 'openPage' | 'clock'>) {
    const keeper = this.#keeper(pair, side)
    if (keeper === undefined) return undefined
    const { clock, secrets } = this.#options
    const whole = { ...person, clock, openPage: (address: string) => openPage(address, secrets.commandEnv) }
    // The only one with a server of its own: node:http takes a good part of a short run to load.
    const { signIn } = await import('./tokens/sign-in.ts')
    const granted = await keeper
      .prepare()
      .then(() => signIn(keeper.registration, flow, whole))
      .catch((thrown: unknown) => {
        throw atEnd(thrown, pair.name, side)
      })
    const place = await keeper.begin(granted)
    return { place, path: keeper.path, provider: titleOf(keeper.registration) }
  }

  /** What is kept for an end; undefined where it has no sign-in. Errors: secret. */
  async look(pair: PairConfig, side: Side): Promise<SignInFacts | undefined> {
    const keeper = this.#keeper(pair, side)
    if (keeper === undefined) return undefined
    const { token, place, why } = await keeper.look()
    const missing = `nobody has signed in${why === undefined ? '' : `, as far as can be seen: ${why}`}`
    const refused = token?.refused && `the provider refused it: ${token.refused.said}`
    return {
      ...{ provider: titleOf(keeper.registration), user: keeper.registration.user, place, path: keeper.path },
      ...{ signedInAt: token?.signedInAt, expiresAt: token?.expiresAt, canRenew: token?.refreshToken !== undefined },
      problem: token === undefined ? missing : (refused ?? over(token, this.#options.clock.now())),
    }
  }

  /** Forgets what is kept for an end. */
  async signOut(pair: PairConfig, side: Side) {
    return this.#keeper(pair, side)?.end()
  }

  #keeper(pair: PairConfig, side: Side): TokenKeeper | undefined {
    const { auth, user } = pair[side]
    if (auth === undefined) return undefined
    const registration = this.#registration(pair.name, side, auth.oauth2, user)
    const id = accountId(registration)
    const known = this.#keepers.get(id)
    if (known) return known
    const { clock, onSecret, onObsolete, secrets } = this.#options
    const keyring = explained(secrets.keyring ?? systemKeyring(secrets.env))
    const [directory, told] = [this.#directory, this.#told]
    const keeper = new TokenKeeper({ registration, directory, keyring, clock, onSecret, onObsolete, told })
    this.#keepers.set(id, keeper)
    return keeper
  }

  #registration(pair: string, side: Side, { clientSecret, ...client }: OAuthConfig, user: string): Registration {
    const { onSecret, secrets } = this.#options
    const secret = async (reference: NonNullable<typeof clientSecret>) => {
      const account = `the client ${client.clientId}`
      const found = await resolveSecret(reference, { ...secrets, pair, side, account, kind: 'client secret' })
      onSecret(found)
      return found
    }
    return { ...client, user, clientSecret: clientSecret === undefined ? undefined : () => secret(clientSecret) }
  }

  /** Pairs with the same helper share what it prints. */
  #helper(pair: string, side: Side, command: [string, ...string[]]): AskToken {
    const id = JSON.stringify(command)
    const known = this.#helpers.get(id)
    if (known) return known
    const { clock, onSecret, onObsolete, secrets } = this.#options
    const run = async () => {
      const token = await resolveSecret({ command }, { ...secrets, pair, side, kind: 'token' })
      onSecret(token)
      for (const old of this.#told.note(id, token, 1)) onObsolete(old)
      return token
    }
    const helper = tokenFromHelper(run, clock)
    this.#helpers.set(id, helper)
    return helper
  }
}

/** The same keyring, saying in plain words why it is of no use. */
function explained(ask: AskKeyring): Keyring {
  return async (request) => {
    const reply = await ask(request)
    return reply.ok ? reply : { ...reply, reason: explainKeyring(reply.reason).reason }
  }
}

/** The command that signs in for one end of a pair. */
export function signInCommand(pair: string, end: Side): string {
  return `mailhaul auth login ${shellWord(pair)} --${end}`
}

/** Many ends may share a sign-in: which of them met the error, and which command signs in for it, shows only here. */
function atEnd(thrown: unknown, pair: string, end: Side): MailhaulError {
  const error = asMailhaulError(thrown)
  if (error.end !== undefined) return error
  const hint = error.hint && withSignIn(error.hint, signInCommand(pair, end))
  const { code, scope, retry, message, retryAfter, cause } = error
  const more = { ...(hint ? { hint } : {}), ...(retryAfter ? { retryAfter } : {}) }
  return new MailhaulError({ code, scope, retry, message, end, cause, ...more })
}

function over(token: { expiresAt: number | undefined; refreshToken: string | undefined }, now: number) {
  const isOver = token.refreshToken === undefined && token.expiresAt !== undefined && token.expiresAt <= now
  return isOver ? 'it is over, and the provider gave nothing to renew it with' : undefined
}
