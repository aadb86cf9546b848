// Signs somebody in: in the browser with PKCE (RFC 8252, RFC 7636), or on another device with a code (RFC 8628).
import {
  calculatePKCECodeChallenge,
  deviceAuthorizationRequest,
  generateRandomCodeVerifier,
  generateRandomState,
  processDeviceAuthorizationResponse,
  ResponseBodyError,
  validateAuthResponse,
} from 'oauth4webapi'
import type { Clock } from '../core/clock.ts'
import { MailhaulError } from '../core/errors.ts'
import { escapeText } from '../core/printable.ts'
import { signInAdvice } from '../core/sign-in-advice.ts'
import { signInFailed } from './errors.ts'
import { asError, exchangeCode, exchangeDeviceCode, type Granted } from './grants.ts'
import { isSafe, requestOptions } from './http.ts'
import { type Provider, proofOf, providerFor } from './provider.ts'
import { listen } from './redirect.ts'
import { type Registration, titleOf } from './registration.ts'

/** The person who signs in, and how they can be reached. */
export interface Person {
  /** Shows them something. */
  readonly say: (text: string) => void
  /** Opens a page where there is a browser; false where there is none. */
  readonly openPage: (address: string) => Promise<boolean>
  /** Asks for one line. */
  readonly ask: (prompt: string) => Promise<string>
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly stop: AbortSignal
}

/** How somebody signs in: in a browser here, in a browser elsewhere, or with a code on another device. */
export type Flow = 'browser' | 'paste' | 'device'

/** So long a sign-in may take. Milliseconds. */
const longestSignIn = 15 * 60_000

/** Has somebody sign in. Errors: secret, with advice; interrupted; those of networks. */
export async function signIn(registration: Registration, flow: Flow, person: Person): Promise<Granted> {
  const limit = AbortSignal.any([person.stop, AbortSignal.timeout(longestSignIn)])
  try {
    const provider = await providerFor(registration, limit)
    const granted =
      flow === 'device'
        ? await onAnotherDevice(registration, provider, person, limit)
        : await inBrowser(registration, provider, flow, person, limit)
    noteWhatIsMissing(granted, provider, person)
    return granted
  } catch (thrown) {
    if (person.stop.aborted && person.stop.reason instanceof MailhaulError) throw person.stop.reason
    if (limit.aborted && thrown === limit.reason) {
      throw signInFailed('Nobody has signed in within a quarter of an hour.', 'Try again: mailhaul auth login PAIR.')
    }
    throw asError(thrown, registration)
  }
}

async function inBrowser(
  registration: Registration,
  provider: Provider,
  flow: 'browser' | 'paste',
  person: Person,
  limit: AbortSignal,
): Promise<Granted> {
  const [verifier, state] = [generateRandomCodeVerifier(), generateRandomState()]
  const listener = await listen()
  try {
    // As RFC 8252 §7.3 wants it: the port is ours alone, the path is none.
    const redirect = `http://${provider.loopback}:${listener.port}`
    const challenge = await calculatePKCECodeChallenge(verifier)
    const address = authorizationAddress(registration, provider, { redirect, state, challenge })
    const arrived =
      flow === 'paste' ? await pasted(address, person) : await cameBack(address, state, listener, person, limit)
    const client = { client_id: registration.clientId }
    const callback = validateAuthResponse(provider.server, client, arrived, state)
    return await exchangeCode(registration, callback, redirect, verifier, limit)
  } finally {
    await listener.close()
  }
}

function authorizationAddress(
  { clientId, user }: Registration,
  { server, scopes, habits }: Provider,
  { redirect, state, challenge }: { redirect: string; state: string; challenge: string },
): string {
  const endpoint = server.authorization_endpoint
  if (endpoint === undefined || !isSafe(new URL(endpoint))) throw noEndpoint('authorizationEndpoint')
  const url = new URL(endpoint)
  const asked = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: redirect, scope: scopes.join(' '), state },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', login_hint: user, ...habits },
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return url.href
}

async function cameBack(
  address: string,
  state: string,
  listener: Awaited<ReturnType<typeof listen>>,
  person: Person,
  limit: AbortSignal,
): Promise<URL> {
  const arrival = listener.arrival(state, limit)
  person.say(`Sign in here, in a browser on this machine:\n\n  ${address}\n`)
  // A browser that cannot be opened is no failure: the address is on the screen.
  const isOpen = await person.openPage(address)
  person.say(
    isOpen
      ? 'The page was opened in your browser. Waiting for you to finish there.'
      : 'Waiting for you to finish there. No browser at hand? Stop this and run it again with --paste or --device.',
  )
  return arrival
}

/** For a browser on another machine: it ends on a page that cannot be shown, whose address says all. */
async function pasted(address: string, person: Person): Promise<URL> {
  person.say(`Sign in here, in a browser on any machine:\n\n  ${address}\n`)
  person.say('At the end the browser shows a page that cannot be reached. That is right: copy its whole address.')
  const text = (await person.ask('Address of that page: ')).trim()
  if (URL.canParse(text) && new URL(text).searchParams.size > 0) return new URL(text)
  throw signInFailed('That is not the address of the page.', 'It starts with http:// and has code= in it. Try again.')
}

async function onAnotherDevice(
  registration: Registration,
  provider: Provider,
  person: Person,
  limit: AbortSignal,
): Promise<Granted> {
  refuseDeviceFlow(registration, provider)
  const { server, scopes } = provider
  const client = { client_id: registration.clientId }
  const proof = await proofOf(registration, provider)
  const parameters = { scope: scopes.join(' ') }
  const options = requestOptions(limit)
  const answer = await deviceAuthorizationRequest(server, client, proof, parameters, options)
  const device = await processDeviceAuthorizationResponse(server, client, answer)
  const shown = { page: escapeText(device.verification_uri, 300), code: escapeText(device.user_code, 60) }
  person.say(`On any device, open this page and enter the code:\n\n  ${shown.page}\n  ${shown.code}\n`)
  person.say('Enter it only if you have just started this yourself. Waiting for you to finish there.')
  let pause = Math.max(1, device.interval ?? 5)
  for (;;) {
    await person.clock.sleep(pause * 1000, limit)
    try {
      return await exchangeDeviceCode(registration, provider, device.device_code, limit)
    } catch (thrown) {
      const error = thrown instanceof ResponseBodyError ? thrown.error : undefined
      if (error !== 'authorization_pending' && error !== 'slow_down') throw thrown
      if (error === 'slow_down') pause += 5
    }
  }
}

/** Said before anybody is asked anything: the provider would refuse, or hand out tokens that open no mailbox. */
function refuseDeviceFlow(registration: Registration, { server, deviceFlowFault }: Provider): void {
  if (deviceFlowFault !== undefined) {
    const message = `${titleOf(registration)} gives no access to mail in the device flow.`
    throw signInFailed(message, signInAdvice(deviceFlowFault, 'sign-in') ?? '')
  }
  if (server.device_authorization_endpoint === undefined) throw noEndpoint('deviceAuthorizationEndpoint')
}

function noEndpoint(name: string): MailhaulError {
  const what = name === 'authorizationEndpoint' ? 'sign-in in a browser' : 'device flow'
  const hint = `Try the other way (with or without --device), or name ${name} under provider.`
  return signInFailed(`The provider says nothing of a ${what}.`, hint)
}

/** Scopes that are about the sign-in itself and not always named again. */
const unnamed = ['offline_access', 'openid', 'profile', 'email']

function noteWhatIsMissing({ scopes: given, refreshToken }: Granted, { scopes }: Provider, person: Person): void {
  const lower = given?.map((scope) => scope.toLowerCase())
  const missing = scopes.filter((scope) => !unnamed.includes(scope) && lower && !lower.includes(scope.toLowerCase()))
  if (missing.length > 0) {
    person.say(
      `Note: not everything was granted; missing: ${missing.join(', ')}. If the login is refused, sign in again and allow all of it.`,
    )
  }
  if (refreshToken === undefined) {
    person.say('Note: the provider gave no refresh token, so this sign-in ends with its first token.')
  }
}
