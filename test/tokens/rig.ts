// What tests of signing in share: a provider, an account, a person in front of it, and a place to keep tokens.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MailhaulError } from '../../src/core/errors.ts'
import { TokenKeeper } from '../../src/tokens/keeper.ts'
import type { Registration } from '../../src/tokens/registration.ts'
import { type Person, signIn } from '../../src/tokens/sign-in.ts'
import type { Keyring } from '../../src/tokens/store.ts'
import { Told } from '../../src/tokens/told.ts'
import {
  clients,
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../servers/identity-provider.ts'

/** A machine without a keyring. */
export const noKeyring: Keyring = async () => ({ ok: false, reason: 'there is none' })

/** A keyring in memory. */
export function keyringIn(entries: Map<string, string>): Keyring {
  return async (request) => {
    const key = `${request.service} ${request.account}`
    if (request.kind === 'get') return { ok: true, value: entries.get(key) ?? null }
    if (request.kind === 'remove') return { ok: true, value: entries.delete(key) }
    if (request.kind === 'set') entries.set(key, request.secret)
    return { ok: true, value: true }
  }
}

/** A provider, a directory, a clock that is moved by hand, and what was said and told. */
export class TokenRig {
  readonly idp: IdentityProvider
  readonly directory: string
  readonly said: string[] = []
  readonly secrets = new Set<string>()
  readonly told = new Told()
  readonly clock = { time: 1_800_000_000_000, now: () => this.clock.time, sleep: async () => undefined }
  keyring: Keyring = noKeyring

  private constructor(idp: IdentityProvider, directory: string) {
    this.idp = idp
    this.directory = directory
  }

  static async start(options: IdentityProviderOptions = {}): Promise<TokenRig> {
    return new TokenRig(await startIdentityProvider(options), await mkdtemp(join(tmpdir(), 'mailhaul-tokens-')))
  }

  get registration(): Registration {
    const provider = { issuer: this.idp.issuer, scopes: ['openid', 'offline_access', 'mail'] }
    return { provider, clientId: clients.public, clientSecret: undefined, user: 'alice' }
  }

  /** Somebody whose browser goes where it is sent, and who enters codes. */
  person(changes: Partial<Person> = {}): Person {
    return {
      say: (text) => {
        this.said.push(text)
        const [, code] = /\n {2}(\w{4}-\w{4})\n/.exec(text) ?? []
        if (code) this.idp.enterCode(code)
      },
      openPage: async (address) => (await this.idp.browse(address)).ok,
      ask: async () => '',
      clock: this.clock,
      stop: new AbortController().signal,
      ...changes,
    }
  }

  /** Another keeper of the same sign-in, as another process would have it. */
  keeper(changes: Partial<Registration> = {}): TokenKeeper {
    return new TokenKeeper({
      registration: { ...this.registration, ...changes },
      directory: this.directory,
      keyring: this.keyring,
      clock: this.clock,
      onSecret: (secret) => this.secrets.add(secret),
      onObsolete: (secret) => this.secrets.delete(secret),
      told: this.told,
    })
  }

  /** A keeper somebody has signed in with. */
  async signedIn(): Promise<TokenKeeper> {
    const keeper = this.keeper()
    await keeper.begin(await signIn(keeper.registration, 'browser', this.person()))
    return keeper
  }

  async stop(): Promise<void> {
    await this.idp.stop()
    await rm(this.directory, { recursive: true, force: true })
  }
}

/** Works with a rig and clears it away. */
export async function withRig(work: (rig: TokenRig) => Promise<void>, options?: IdentityProviderOptions) {
  const rig = await TokenRig.start(options)
  try {
    await work(rig)
  } finally {
    await rig.stop()
  }
}

/** The error of something that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<MailhaulError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof MailhaulError) return thrown
  throw new Error(`this should have failed with a MailhaulError, not ${String(thrown)}`, { cause: thrown })
}
