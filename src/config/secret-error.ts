// The error of a password that cannot be had. No part of it ever holds the password.
import { MailhaulError } from '../core/errors.ts'

/** Whose password it is; or client secret, or access token. */
export interface SecretOwner {
  readonly kind?: 'password' | 'client secret' | 'token'
  readonly pair: string
  readonly side: 'source' | 'destination'
}

/** Error: secret. `reason` goes on with "The password of pair alice at its source: …". */
export function secretError(owner: SecretOwner, reason: string, hint: string, cause?: unknown): MailhaulError {
  const message = `The ${owner.kind ?? 'password'} of pair ${owner.pair} at its ${owner.side} cannot be had: ${reason}.`
  return new MailhaulError({ code: 'secret', scope: 'pair', retry: 'never', message, hint, end: owner.side, cause })
}
