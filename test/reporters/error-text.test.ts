// Errors as people read them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asMailhaulError, MailhaulError } from '../../src/core/errors.ts'
import { causesOf, errorSentences, renderError } from '../../src/reporters/error-text.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { endlessText, hostileText, loginRefused } from './samples.ts'

/** An error with this behind it. */
function causedBy(cause: unknown): MailhaulError {
  return new MailhaulError({ code: 'connect', scope: 'host', retry: 'now', message: 'No answer.', cause })
}

test('an error in one line: what a server says may end without a full stop', () => {
  const said = (message: string, hint?: string) => errorSentences({ message, hint })
  assert.equal(
    said('The mailbox is full: [OVERQUOTA] Quota exceeded', 'Make room.'),
    'The mailbox is full: [OVERQUOTA] Quota exceeded. Make room.',
  )
  assert.equal(said('Nothing answers.', 'Check the port.'), 'Nothing answers. Check the port.')
  assert.equal(said('Quota exceeded'), 'Quota exceeded')
})

test('the problems of a configuration stand on lines of their own, and nobody else has lines', () => {
  const parts = { scope: 'run', retry: 'never', message: 'It has 2 problems:\n  a: one\n  b: two' } as const
  const view = { columns: 80, colour: false, verbose: false }
  assert.equal(
    renderError(new MailhaulError({ ...parts, code: 'config' }), view),
    'mailhaul: It has 2 problems:\n  a: one\n  b: two\n',
  )
  assert.match(renderError(new MailhaulError({ ...parts, code: 'protocol' }), view), /problems:\\x0a/)
})

test('one sentence and a hint; with --verbose what was behind it', () => {
  const plain =
    'mailhaul: pop.old.example refused the login of carol@old.example.\n  Check the password: mailhaul secret set carol source.\n'
  assert.equal(renderError(loginRefused(), plainPage), plain)
  const causes = '  because: server answered -ERR [AUTH] Authentication failed\n  because: RFC 3206\n'
  assert.equal(renderError(loginRefused(), { ...plainPage, verbose: true }), plain + causes)
  assertColours((options) => renderError(loginRefused(), options))
})

test('an unexpected failure says what it was, and never shows a stack', () => {
  const thrown = new TypeError('undefined is not a function')
  const text = renderError(asMailhaulError(thrown), { ...plainPage, verbose: true })
  assert.match(text, /^mailhaul: Unexpected failure: undefined is not a function\n {2}This is a fault in mailhaul/)
  assert.doesNotMatch(text, /^ *at /m)
})

test('causes: nearest first, repeated messages once, anything may have been thrown', () => {
  assert.deepEqual(causesOf(causedBy(new Error('No answer.', { cause: new Error('ECONNREFUSED') }))), ['ECONNREFUSED'])
  assert.deepEqual(causesOf(causedBy('a string')), ['a string'])
  for (const odd of [null, undefined, 7, Object.create(null), Symbol('s'), new Error('')]) {
    assert.deepEqual(causesOf(causedBy(odd)), [])
  }
  const circle = new Error('round')
  circle.cause = new Error('and round', { cause: circle })
  assert.equal(causesOf(causedBy(circle)).length, 8)
})

test('hostile messages are escaped and bounded', () => {
  const parts = { code: 'tls', scope: 'pair', retry: 'never' } as const
  const cause = new Error(endlessText)
  const text = renderError(new MailhaulError({ ...parts, message: hostileText, hint: endlessText, cause }), {
    ...plainPage,
    verbose: true,
  })
  assertFits(text)
  assert.ok(text.length < 5000, `${text.length} characters`)
})
