// The requests that bring tokens: renewing, exchanging a code, polling in the device flow; and giving tokens back.
import {
  authorizationCodeGrantRequest,
  deviceCodeGrantRequest,
  processAuthorizationCodeResponse,
  processDeviceCodeResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { translated } from './errors.ts'
import { requestOptions } from './http.ts'
import { type Provider, proofOf, providerFor } from './provider.ts'
import type { Registration } from './registration.ts'

/** What a provider gave. */
export interface Granted {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** Milliseconds; undefined where the provider does not say. */
  readonly lifetime: number | undefined
  /** What it says it has granted; undefined where that is what was asked for. */
  readonly scopes: readonly string[] | undefined
}

/** A new access token for a refresh token, perhaps with a new one of those too. Errors: secret, and those of networks. */
export async function renew(registration: Registration, refreshToken: string): Promise<Granted> {
  return asking(registration, undefined, async (provider) => {
    const { server } = provider
    const client = { client_id: registration.clientId }
    const proof = await proofOf(registration, provider)
    const answer = await refreshTokenGrantRequest(server, client, proof, refreshToken, requestOptions())
    return granted(await processRefreshTokenResponse(server, client, answer))
  })
}

/** Exchanges the code that came back to the browser; `callback` has been checked by oauth4webapi. */
export async function exchangeCode(
  registration: Registration,
  callback: URLSearchParams,
  redirect: string,
  verifier: string,
  signal: AbortSignal,
): Promise<Granted> {
  return asking(registration, signal, async (provider) => {
    const { server } = provider
    const client = { client_id: registration.clientId }
    const proof = await proofOf(registration, provider)
    const options = requestOptions(signal)
    const answer = await authorizationCodeGrantRequest(server, client, proof, callback, redirect, verifier, options)
    return granted(await processAuthorizationCodeResponse(server, client, answer))
  })
}

/** Asks once whether somebody has entered the code of the device flow. Throws what oauth4webapi throws. */
export async function exchangeDeviceCode(
  registration: Registration,
  provider: Provider,
  deviceCode: string,
  signal: AbortSignal,
): Promise<Granted> {
  const { server } = provider
  const client = { client_id: registration.clientId }
  const proof = await proofOf(registration, provider)
  const answer = await deviceCodeGrantRequest(server, client, proof, deviceCode, requestOptions(signal))
  return granted(await processDeviceCodeResponse(server, client, answer))
}

/** Gives a token back (RFC 7009); false where the provider has no place for that, or does not want it. */
export async function revoke(registration: Registration, token: string): Promise<boolean> {
  return asking(registration, undefined, async (provider) => {
    if (provider.server.revocation_endpoint === undefined) return false
    const client = { client_id: registration.clientId }
    const proof = await proofOf(registration, provider)
    const answer = await revocationRequest(provider.server, client, proof, token, requestOptions())
    return answer.status === 200
  }).catch(() => false)
}

async function asking<T>(
  registration: Registration,
  signal: AbortSignal | undefined,
  ask: (provider: Provider) => Promise<T>,
): Promise<T> {
  try {
    return await ask(await providerFor(registration, signal))
  } catch (thrown) {
    throw asError(thrown, registration)
  }
}

/** What went wrong with a provider, as ours. */
export function asError(thrown: unknown, { provider, user }: Registration) {
  const host = typeof provider === 'string' ? provider : new URL(provider.issuer).host
  return translated(thrown, user, host)
}

function granted(response: TokenEndpointResponse): Granted {
  return {
    accessToken: response.access_token,
    refreshToken: response.refresh_token,
    // Nothing at all cannot be meant: then the mail server is the one that says when it is over.
    lifetime: response.expires_in ? response.expires_in * 1000 : undefined,
    scopes: response.scope?.split(' '),
  }
}
