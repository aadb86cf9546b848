// Who signs in where: an account at a provider, and the client that was registered there for it.
import { createHash } from 'node:crypto'

/** A provider that is named by its address; endpoints that are not given are looked up there. */
export interface OtherProvider {
  readonly issuer: string
  readonly authorizationEndpoint?: string | undefined
  readonly tokenEndpoint?: string | undefined
  readonly deviceAuthorizationEndpoint?: string | undefined
  readonly revocationEndpoint?: string | undefined
  readonly scopes: readonly string[]
}

/** One account, seen through one client. */
export interface Registration {
  readonly provider: 'google' | 'microsoft' | OtherProvider
  /** Microsoft only; `common` unless told. */
  readonly tenant?: string | undefined
  readonly clientId: string
  /** Fetched when it is needed; undefined where the client has none. */
  readonly clientSecret: (() => Promise<string>) | undefined
  /** The account as the mail server knows it. */
  readonly user: string
}

/** What a provider is to people. */
export function titleOf({ provider }: Registration): string {
  if (provider === 'google') return 'Google'
  return provider === 'microsoft' ? 'Microsoft' : new URL(provider.issuer).host
}

/** Names account, client and scopes without telling them: pairs with the same name share one sign-in. */
export function accountId({ provider, tenant = '', clientId, user }: Registration): string {
  const who = typeof provider === 'string' ? [provider, tenant] : [provider.issuer, ...provider.scopes.toSorted()]
  return createHash('sha256')
    .update(JSON.stringify([who, clientId, user.toLowerCase()]))
    .digest('hex')
    .slice(0, 24)
}
