// What servers are known to say, and what it means.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { asksToCreate, refusalOf } from '../../../src/destinations/imap/refusals.ts'

describe('refusalOf', () => {
  for (const [code, text, meaning] of [
    ['TRYCREATE', "Mailbox doesn't exist: x", 'no-folder pair never'],
    ['NONEXISTENT', 'Unknown', 'no-folder pair never'],
    ['OVERQUOTA', 'Quota exceeded (mailbox for user is full)', 'quota pair later'],
    [undefined, 'Quota exceeded (mailbox for user is full)', 'quota pair later'],
    [undefined, 'Over quota', 'quota pair later'],
    [undefined, 'The storage limit has been exceeded', 'quota pair later'],
    [undefined, 'Server Unavailable. 15', 'quota pair later'],
    [undefined, 'Not enough disk space', 'quota pair later'],
    ['CONTACTADMIN', 'account over quota', 'quota pair later'],
    ['TOOBIG', 'Message too large', 'too-big message never'],
    ['LIMIT', 'no', 'too-big message never'],
    [undefined, 'Message size exceeds fixed maximum message size', 'too-big message never'],
    [undefined, 'Maximum message size exceeded', 'too-big message never'],
    [undefined, 'Message too big', 'too-big message never'],
    [undefined, 'Message contains NUL characters', 'nul message never'],
    [undefined, 'APPEND literal contains null bytes', 'nul message never'],
    [undefined, 'Message contains bare newlines', 'bare-newlines message never'],
    [undefined, 'Bare LF not allowed', 'bare-newlines message never'],
    [undefined, 'Message contains invalid header', 'bad-header message never'],
    [undefined, 'Message has no header/body separator', 'bad-header message never'],
    [undefined, 'Message contains non-ASCII characters in headers', '8bit-headers message never'],
    [undefined, 'Invalid header: 8-bit data', '8bit-headers message never'],
    [undefined, 'Line too long', 'long-lines message never'],
    [undefined, 'Message contains too long lines', 'long-lines message never'],
    [undefined, 'Command Argument Error. 11', 'append-refused message later'],
    [undefined, "Can't save a zero byte message.", 'append-refused message never'],
    ['THROTTLED', 'Wait', 'throttled pair later'],
    [undefined, 'Request is throttled. Suggested Backoff Time: 299961 milliseconds', 'throttled pair later'],
    [undefined, 'Request is throttled. Suggested Backoff Time: 4000 milliseconds', 'throttled pair now'],
    [undefined, 'Too many simultaneous connections. (Failure)', 'throttled pair now'],
    ['UNAVAILABLE', 'Maximum number of connections from user+IP exceeded', 'throttled pair now'],
    ['UNAVAILABLE', 'Backend down', 'temporary pair now'],
    ['INUSE', 'Mailbox is locked', 'temporary pair now'],
    ['SERVERBUG', 'Internal error occurred.', 'temporary pair now'],
    ['CONTACTADMIN', 'Oops', 'temporary pair now'],
    [undefined, 'System error, try again later', 'temporary pair now'],
    ['NOPERM', 'Nope', 'permission-denied pair never'],
    [undefined, 'Permission denied', 'permission-denied pair never'],
    [undefined, 'Mailbox is read-only', 'permission-denied pair never'],
    [undefined, 'Command Error. 10', 'append-refused message later'],
    ['CANNOT', 'whatever', 'append-refused message later'],
    [undefined, '', 'append-refused message later'],
  ] as const) {
    it(`${code ? `[${code}] ` : ''}${text || 'nothing'}: ${meaning}`, () => {
      const error = refusalOf({ status: 'NO', code, text })
      assert.equal(`${error.code} ${error.scope} ${error.retry}`, meaning)
    })
  }

  it('knows how long a server wants to be left alone', () => {
    const error = refusalOf({ status: 'BAD', code: undefined, text: 'Suggested Backoff Time: 4000 milliseconds' })
    assert.deepEqual([error.code, error.retryAfter], ['throttled', 4000])
  })

  it('lets a code win over the text', () => {
    assert.equal(refusalOf({ status: 'NO', code: 'OVERQUOTA', text: 'message too big' }).code, 'quota')
  })

  it('says the same of every message that Dovecot refuses for the same reason, however long it took', () => {
    const refused = (text: string) => refusalOf({ status: 'NO', code: 'LIMIT', text }).message
    const said = 'The message is larger than the server takes: [LIMIT] Mail size is larger than the maximum (100k).'
    for (const took of ['', ' (0.004 + 0.000 + 0.003 secs).', ' (0.001 secs).'])
      assert.equal(refused(`Mail size is larger than the maximum (100k).${took}`), said)
  })

  it('quotes the server, but no control characters and not for ever', () => {
    const { message } = refusalOf({ status: 'NO', code: undefined, text: `\x1b]0;owned\x07\r\n${'x'.repeat(10_000)}` })
    assert.match(message, /\\x1b\]0;owned\\x07\\x0d\\x0ax+…$/)
    assert.ok(message.length < 260)
  })
})

describe('asksToCreate', () => {
  it('goes by the code', () => {
    assert.ok(asksToCreate({ status: 'NO', code: 'TRYCREATE', text: '' }))
    assert.ok(!asksToCreate({ status: 'NO', code: undefined, text: 'TRYCREATE' }))
  })
})
