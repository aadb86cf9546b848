// What sockets, TLS and imapflow throw, and what it becomes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MailhaulError } from '../../../src/core/errors.ts'
import { disconnected, translated } from '../../../src/destinations/imap/errors.ts'
import { escaped } from '../../../src/destinations/imap/server-text.ts'

const where = 'imap.example:993'

function thrown(message: string, facts: object = {}): Error {
  return Object.assign(new Error(message), facts)
}

function meaning(error: Error, hasWorked = false): string {
  const { code, scope, retry, message, cause } = translated(error, { where, hasWorked })
  assert.ok(message.length < 400 && !message.includes('\n'))
  assert.equal(cause, error)
  return `${code} ${scope} ${retry}`
}

describe('translated', () => {
  for (const [error, expected] of [
    [thrown('getaddrinfo', { code: 'ENOTFOUND' }), 'dns host later'],
    [thrown('getaddrinfo', { code: 'EAI_AGAIN' }), 'dns host now'],
    [thrown('connect', { code: 'ECONNREFUSED' }), 'connect host later'],
    [thrown('connect', { code: 'ENETUNREACH' }), 'connect host now'],
    [thrown('too slow', { code: 'CONNECT_TIMEOUT' }), 'timeout host now'],
    [thrown('too slow', { code: 'ETIMEOUT' }), 'timeout pair now'],
    [thrown('reset', { code: 'ECONNRESET' }), 'disconnected pair now'],
    [thrown('gone', { code: 'NoConnection' }), 'disconnected pair now'],
    [thrown('gone', { code: 'NoConnection', reason: 'Too many connections' }), 'throttled pair now'],
    [thrown('cert', { code: 'CERT_HAS_EXPIRED' }), 'tls host never'],
    [thrown('alert', { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }), 'tls host never'],
    [thrown('Server does not support STARTTLS', { tlsFailed: true }), 'tls host never'],
    [thrown('no', { authenticationFailed: true, serverResponseCode: 'AUTHENTICATIONFAILED' }), 'auth pair later'],
    [thrown('no', { authenticationFailed: true, responseText: 'Account is locked' }), 'auth pair later'],
    [thrown('no', { authenticationFailed: true, serverResponseCode: 'UNAVAILABLE' }), 'temporary pair now'],
    [
      thrown('no', {
        authenticationFailed: true,
        serverResponseCode: 'AUTHENTICATIONFAILED',
        responseText: 'Temporary failure',
      }),
      'auth pair later',
    ],
    [thrown('Command failed', { responseStatus: 'BAD', code: 'ETHROTTLE' }), 'throttled pair later'],
    [thrown('Command failed', { responseStatus: 'NO', serverResponseCode: 'NONEXISTENT' }), 'no-folder pair never'],
    [thrown('Command failed', { responseStatus: 'NO', responseText: 'whatever' }), 'temporary pair later'],
    [thrown('Command failed', { responseStatus: 'BAD', responseText: 'whatever' }), 'protocol pair later'],
    [thrown('Literal too large', { code: 'LiteralTooLarge' }), 'protocol pair later'],
  ] as const) {
    const { message, ...facts } = error
    it(`${JSON.stringify(facts)} ${message}: ${expected}`, () => assert.equal(meaning(error), expected))
  }

  it('tries a server again at once that has worked before', () => {
    assert.equal(meaning(thrown('connect', { code: 'ECONNREFUSED' }), true), 'connect host now')
  })

  it('leaves a MailhaulError as it is', () => {
    const error = new MailhaulError({ code: 'quota', scope: 'pair', retry: 'later', message: 'full' })
    assert.equal(translated(error, { where, hasWorked: false }), error)
  })

  it('makes something even of what is no error', () => {
    assert.equal(translated('oops', { where, hasWorked: false }).code, 'protocol')
    assert.equal(translated(undefined, { where, hasWorked: false }).code, 'protocol')
  })
})

describe('server text', () => {
  it('is kept, but harmless', () => {
    assert.equal(escaped('Größe überschritten'), 'Größe überschritten')
    assert.equal(escaped('a\x1b[31m\r\nb\u202e'), 'a\\x1b[31m\\x0d\\x0ab\\u202e')
    assert.equal(escaped('x'.repeat(5000)).length, 201)
    assert.match(disconnected(where, 'bye\x07').message, /bye\\x07$/)
  })
})
