// The error of a password that cannot be had. No part of it ever holds the password.
import { MailhaulError, type Retry } from '../core/errors.ts'

/** Whose password it is; or client secret, or access token. */
export interface SecretOwner {
  readonly kind?: 'password' | 'client secret' | 'token'
  readonly pair: string
  readonly side: 'source' | 'destination'
  /** What it is called where it is no pair's: `the token of the status page`. */
  readonly called?: string
}

/** Error: secret. `reason` goes on with "The password of pair alice at its source: …". */
export function secretError(owner: SecretOwner, reason: string, hint: string, cause?: unknown): MailhaulError {
  return errorOf(owner, reason, hint, 'never', cause)
}

/** The same where nothing says that the secret is missing or wrong, and the next try may well have it. */
export function passingSecretError(owner: SecretOwner, reason: string, hint: string): MailhaulError {
  return errorOf(owner, reason, hint, 'later')
}

function errorOf(owner: SecretOwner, reason: string, hint: string, retry: Retry, cause?: unknown): MailhaulError {
  const { called, kind = 'password', pair, side } = owner
  const what = called ?? `the ${kind} of pair ${pair} at its ${side}`
  const message = `${what.slice(0, 1).toUpperCase()}${what.slice(1)} cannot be had: ${reason}.`
  return new MailhaulError({
    code: 'secret',
    scope: 'pair',
    retry,
    message,
    hint,
    end: called ? undefined : side,
    cause,
  })
}
