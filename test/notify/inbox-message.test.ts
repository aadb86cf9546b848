// The message for an INBOX: a correct one (RFC 5322), whatever names and servers hold, and in plain words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inboxMessage } from '../../src/notify/inbox-message.ts'
import { over, refusal, telling } from './tellings.ts'

/** Header fields, unfolded, and the text. */
function read(bytes: Uint8Array): { fields: Map<string, string>; text: string } {
  const message = Buffer.from(bytes).toString('latin1')
  assert.match(message, /^[\x20-\x7e\r\n]*$/)
  assert.doesNotMatch(message, /[^\r]\n|\r[^\n]/)
  for (const line of message.split('\r\n')) assert.ok(line.length <= 78, line)
  const end = message.indexOf('\r\n\r\n')
  const fields = message.slice(0, end).replaceAll(/\r\n(?=[ \t])/g, '')
  const pairs = fields.split('\r\n').map((field): [string, string] => {
    const [, name = '', value = ''] = /^([!-9;-~]+): (.*)$/.exec(field) ?? assert.fail(field)
    return [name, value]
  })
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length)
  return { fields: new Map(pairs), text: Buffer.from(message.slice(end), 'base64').toString() }
}

/** RFC 2047, as far as it is used. */
function decode(value = ''): string {
  return value
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(/=\?utf-8\?B\?([^?]*)\?=/g, (_whole, word: string) => Buffer.from(word, 'base64').toString())
}

test('a refused login, in plain words', () => {
  const { fields, text } = read(inboxMessage(telling()))
  assert.equal(fields.get('Subject'), 'mailhaul: alice: the login at the source is refused')
  assert.equal(fields.get('Date'), 'Thu, 14 May 2026 09:26:30 +0000')
  assert.equal(fields.get('Auto-Submitted'), 'auto-generated')
  assert.match(fields.get('Message-ID') ?? '', /^<[0-9a-f]{16}\.\d+@mailhaul\.invalid>$/)
  assert.equal(fields.get('From'), 'mailhaul <watch@mailhaul.invalid>')
  const flat = text.replaceAll('\r\n', ' ')
  assert.match(flat, /^Mail of the pair alice does not get through from pop\.old\.example to imap\.new\.example\. /)
  assert.match(text, /\r\n\r\nWhy: The server refused the login: \[AUTH\] Authentication failed\.\r\n/)
  assert.match(text, /\r\n\r\nWhat to do: Type the password again/)
  assert.match(text, /\r\n-- \r\nWritten by mailhaul/)
})

test('that it is over', () => {
  const { fields, text } = read(inboxMessage(telling(over)))
  assert.equal(fields.get('Subject'), 'mailhaul: alice gets through again')
  assert.match(text, /It had not since 2026-05-14 09:25 UTC\./)
})

test('names of any kind', () => {
  for (const pair of ['Ünal', 'Büro 📬 '.repeat(8), 'x'.repeat(64), '=?utf-8?Q?x?=', 'a: b, <c@d>']) {
    const { fields } = read(inboxMessage(telling({ pair })))
    assert.equal(decode(fields.get('Subject')), `mailhaul: ${pair}: the login at the source is refused`)
  }
})

test('what servers say cannot become a field or a message of its own', () => {
  const error = refusal('no\r\nBcc: all@example\r\n\r\n<script>\u202e\0')
  const { fields, text } = read(inboxMessage(telling({ error })))
  assert.equal(fields.has('Bcc'), false)
  assert.match(
    text.replaceAll('\r\n', ' '),
    /Why: no\\x0d\\x0aBcc: all@example\\x0d\\x0a\\x0d\\x0a<script>\\u202e\\x00/,
  )
})

test('one change has one name, another change another', () => {
  const id = (more = {}) => read(inboxMessage(telling(more))).fields.get('Message-ID')
  assert.equal(id(), id())
  assert.notEqual(id(), id({ pair: 'bob' }))
  assert.notEqual(id(), id(over))
})
