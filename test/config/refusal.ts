// What the tests of passwords share: whose password, asking for it, and a refusal that tells nothing.
import assert from 'node:assert/strict'
import type { SecretReference } from '../../src/config/secret-reference.ts'
import { resolveSecret, type SecretContext } from '../../src/config/secrets.ts'
import { MailhaulError, type Retry } from '../../src/core/errors.ts'

/** Whose password it is. */
export const owner = { pair: 'alice', side: 'source' } as const

/** The password: in two halves, so that no stack trace quotes it from here. */
export const secret = ['hunter', '2xyzzy'].join('')

/** Asks for the password, with nothing but $PATH in the environment. */
export function resolve(reference: SecretReference, more: Partial<SecretContext> = {}): Promise<string> {
  return resolveSecret(reference, { ...owner, env: { PATH: process.env.PATH }, ...more })
}

/** The error that this ends in; neither it nor its causes hold the password. */
export async function refusal(asked: Promise<unknown>, retry: Retry = 'never'): Promise<MailhaulError> {
  const error = await asked.then(
    () => assert.fail('this should have been refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof MailhaulError, String(error))
  assert.equal(error.code, 'secret')
  assert.equal(error.retry, retry)
  assert.match(error.message, /^[^\n]*\.$/)
  assert.match(error.hint ?? '', /\S/)
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    assert.ok(
      !`${inner.message} ${inner.stack} ${JSON.stringify(inner)}`.includes(secret),
      'an error tells the password',
    )
  }
  return error
}
