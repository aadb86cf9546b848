// What is known of the providers that sign people in: endpoints, scopes and habits; others are looked up.
import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  discoveryRequest,
  None,
  processDiscoveryResponse,
} from 'oauth4webapi'
import { unreachable } from './errors.ts'
import { isSafe, requestOptions } from './http.ts'
import type { OtherProvider, Registration } from './registration.ts'

/** A provider, ready to be asked. */
export interface Provider {
  readonly server: AuthorizationServer
  readonly scopes: readonly string[]
  /** What the browser is sent along with, besides what OAuth asks for. */
  readonly habits: Readonly<Record<string, string>>
  /** How this machine is called in redirects: the provider compares it with what was registered. */
  readonly loopback: '127.0.0.1' | 'localhost'
  /** Why the device flow brings no mail here; undefined where it may. */
  readonly deviceFlowFault?: string
}

/** Finds the endpoints of a provider. Errors: connect, dns, tls, timeout, protocol. */
export async function providerFor(
  { provider, tenant = 'common' }: Registration,
  signal?: AbortSignal,
): Promise<Provider> {
  if (provider === 'google') return google
  if (provider === 'microsoft') return microsoft(tenant)
  return otherProvider(provider, await serverOf(provider, signal))
}

/** https://developers.google.com/identity/protocols/oauth2/native-app; a refresh token comes with these habits only. */
const google: Provider = {
  server: {
    issuer: 'https://accounts.google.com',
    authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
    token_endpoint: 'https://oauth2.googleapis.com/token',
    device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code',
    revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  },
  scopes: ['https://mail.google.com/'],
  habits: { access_type: 'offline', prompt: 'consent' },
  loopback: '127.0.0.1',
  deviceFlowFault: 'invalid device flow scope: https://mail.google.com/',
}

/** Microsoft's identity platform v2.0: the full names of the scopes are Exchange's (quirk E13). */
function microsoft(tenant: string): Provider {
  const base = `https://login.microsoftonline.com/${tenant}`
  return {
    server: {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    },
    scopes: [
      'https://outlook.office.com/POP.AccessAsUser.All',
      'https://outlook.office.com/IMAP.AccessAsUser.All',
      'offline_access',
    ],
    habits: {},
    // What "Mobile and desktop applications" registers; Microsoft ignores the port of this name.
    loopback: 'localhost',
  }
}

function otherProvider({ scopes }: OtherProvider, server: AuthorizationServer): Provider {
  // OpenID Connect Core §11: offline_access is granted only to who has been asked for consent.
  const habits: Record<string, string> = scopes.includes('offline_access') ? { prompt: 'consent' } : {}
  return { server, scopes, habits, loopback: '127.0.0.1' }
}

/** What is configured, or what the provider publishes (OpenID Connect Discovery, then RFC 8414). */
async function serverOf(provider: OtherProvider, signal?: AbortSignal): Promise<AuthorizationServer> {
  const named = {
    ...(provider.authorizationEndpoint ? { authorization_endpoint: provider.authorizationEndpoint } : {}),
    ...(provider.tokenEndpoint ? { token_endpoint: provider.tokenEndpoint } : {}),
    ...(provider.deviceAuthorizationEndpoint
      ? { device_authorization_endpoint: provider.deviceAuthorizationEndpoint }
      : {}),
    ...(provider.revocationEndpoint ? { revocation_endpoint: provider.revocationEndpoint } : {}),
  }
  const published = provider.tokenEndpoint ? { issuer: provider.issuer } : await discover(provider.issuer, signal)
  const server = { ...published, ...named }
  for (const endpoint of [server.authorization_endpoint, server.token_endpoint]) refuseUnsafe(endpoint)
  return server
}

async function discover(address: string, signal?: AbortSignal): Promise<AuthorizationServer> {
  const issuer = new URL(address)
  const options = requestOptions(signal)
  const first = await discoveryRequest(issuer, { ...options, algorithm: 'oidc' })
  const answer = first.status === 404 ? await discoveryRequest(issuer, { ...options, algorithm: 'oauth2' }) : first
  return processDiscoveryResponse(issuer, answer)
}

function refuseUnsafe(endpoint: string | undefined): void {
  if (endpoint === undefined || (URL.canParse(endpoint) && isSafe(new URL(endpoint)))) return
  const message = 'The provider names an endpoint that is not encrypted, so nothing is sent there.'
  throw unreachable('tls', message, 'never', 'Ask its operator.')
}

/** How a client proves itself at the token endpoint: not at all without a secret, else as the provider likes it. */
export async function proofOf({ clientSecret }: Registration, { server }: Provider): Promise<ClientAuth> {
  if (clientSecret === undefined) return None()
  const secret = await clientSecret()
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret)
}
