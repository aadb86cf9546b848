// The one place where what goes wrong between a token's provider and us becomes a MailhaulError.
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'oauth4webapi'
import { type ErrorCode, MailhaulError, type Retry } from '../core/errors.ts'
import { escapeText } from '../core/printable.ts'
import { signInAdvice } from '../core/sign-in-advice.ts'

const signIn = 'Sign in: mailhaul auth login PAIR.'

/** A refusal that only a person can put right; `said` are the provider's words. */
export class Refused extends MailhaulError {
  readonly said: string

  constructor(who: string, said: string) {
    const shown = escapeText(said, 300)
    const hint = signInAdvice(said, 'sign-in') ?? `Sign in again: mailhaul auth login PAIR.`
    super({ ...parts('secret', 'never', `The provider refused the sign-in of ${who}: ${shown}`), hint })
    this.said = shown
  }
}

/** Nobody has signed in yet, or what was kept is gone. `why` goes on where more is known. */
export function notSignedIn(who: string, why: string): MailhaulError {
  return failure('secret', 'never', `Nobody is signed in as ${who}${why}.`, signIn)
}

/** What is kept cannot be read for the moment, so that nobody knows whether somebody is signed in. */
export function notRead(who: string, why = 'the place where it is kept did not answer'): MailhaulError {
  const hint =
    'Where this goes on, look whether the keyring is running and unlocked; or sign in again: mailhaul auth login PAIR.'
  return failure('secret', 'later', `The sign-in of ${who} cannot be read now: ${why}.`, hint)
}

/** The access token is over and there is nothing to get another one with. */
export function cannotRenew(who: string): MailhaulError {
  const hint =
    'Have the provider give a refresh token (scope offline_access at most), then sign in again: mailhaul auth login PAIR.'
  return failure(
    'secret',
    'never',
    `The sign-in of ${who} is over, and the provider gave nothing to renew it with.`,
    hint,
  )
}

/** Something about the place where tokens are kept. */
export function storeError(message: string, hint: string, cause?: unknown): MailhaulError {
  return failure('secret', 'never', message, hint, cause)
}

/** Another process renews the same token and does not come to an end. */
export function lockTimedOut(who: string): MailhaulError {
  const message = `Another process is renewing the sign-in of ${who} and does not come to an end.`
  return failure('temporary', 'now', message, 'Look for another mailhaul that hangs.')
}

/** A sign-in that somebody was asked for and that did not happen. */
export function signInFailed(message: string, hint: string): MailhaulError {
  return failure('secret', 'never', message, hint)
}

/** The provider cannot be asked; `hint` says what to do. */
export function unreachable(code: ErrorCode, message: string, retry: Retry, hint?: string): MailhaulError {
  return failure(code, retry, message, hint)
}

/** The provider has too much to do. Milliseconds, where it says when to come back. */
export function overloaded(host: string, status: number, retryAfter: number | undefined): MailhaulError {
  const code = status === 429 ? 'throttled' : 'temporary'
  const message = `The provider ${host} has a passing problem (HTTP ${status}).`
  return new MailhaulError({ ...parts(code, 'now', message), ...(retryAfter === undefined ? {} : { retryAfter }) })
}

/** Translates whatever oauth4webapi or fetch threw while `who` was signing in or renewing; ours stay as they are. */
export function translated(thrown: unknown, who: string, host: string): MailhaulError {
  if (thrown instanceof MailhaulError) return thrown
  if (thrown instanceof ResponseBodyError || thrown instanceof AuthorizationResponseError) {
    return refusal(thrown.error, thrown.error_description, who)
  }
  if (thrown instanceof WWWAuthenticateChallengeError) {
    const { error = 'invalid_client', error_description: description } = thrown.cause[0]?.parameters ?? {}
    return refusal(error, description, who)
  }
  return networkError(thrown, host) ?? strange(thrown, host)
}

function refusal(error: string, description: string | undefined, who: string): MailhaulError {
  const said = description ? `${error}: ${description}` : error
  if (error === 'server_error' || error === 'temporarily_unavailable') {
    return failure('temporary', 'now', `The provider cannot renew the sign-in of ${who} now: ${escapeText(said, 300)}`)
  }
  return new Refused(who, said)
}

function networkError(thrown: unknown, host: string): MailhaulError | undefined {
  if (thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError')) {
    return failure('timeout', 'now', `The provider ${host} did not answer in time.`, 'Check the network.', thrown)
  }
  const cause = thrown instanceof Error ? thrown.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) {
    return failure(
      'dns',
      'now',
      `The name of the provider ${host} could not be looked up.`,
      'Check the network.',
      cause,
    )
  }
  if (/CERT|SSL|TLS|SIGNATURE|ISSUER|EPROTO/.test(code)) {
    const hint = 'Somebody on the way may be tampering. For an authority of your own, set NODE_EXTRA_CA_CERTS.'
    return failure('tls', 'later', `The provider ${host} could not be verified: ${code}.`, hint, cause)
  }
  if (/^(E[A-Z]+|UND_ERR_\w+)$/.test(code)) {
    return failure('connect', 'now', `The provider ${host} cannot be reached: ${code}.`, 'Check the network.', cause)
  }
  return undefined
}

function strange(thrown: unknown, host: string): MailhaulError {
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  const hint = 'Check the address of the provider and its endpoints.'
  return failure(
    'protocol',
    'later',
    `The provider ${host} gave an answer that cannot be used: ${escapeText(said, 300)}.`,
    hint,
  )
}

function failure(code: ErrorCode, retry: Retry, message: string, hint?: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ ...parts(code, retry, message), ...(hint ? { hint } : {}), ...(cause ? { cause } : {}) })
}

function parts(code: ErrorCode, retry: Retry, message: string) {
  return { code, scope: 'pair', retry, message } as const
}
