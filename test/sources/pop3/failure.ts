// Expecting errors: every failure must be a MailhaulError, and most tests look at its code and sentence.
import assert from 'node:assert/strict'
import { MailhaulError } from '../../../src/core/errors.ts'

/** The MailhaulError that a promise is rejected with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<MailhaulError> {
  const thrown = await promise.then(
    () => assert.fail('expected a failure'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof MailhaulError, `not a MailhaulError: ${thrown}`)
  // What came from the source says so. The run's own end and the spool are no fault of it.
  const isOwn = ['interrupted', 'spool', 'secret', 'internal'].includes(thrown.code)
  if (!isOwn) assert.equal(thrown.end, 'source', thrown.message)
  return thrown
}
