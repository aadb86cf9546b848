// The trace of what imapflow says: logins are masked whatever way they take, and messages do not show.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TracedLines } from '../../../src/destinations/imap/trace.ts'

function shown(...said: [who: 'c' | 's', text: string][]): string[] {
  const lines = new TracedLines()
  return said.map(([who, text]) => lines.shown(who, text))
}

test('LOGIN and AUTHENTICATE in one step and in several: nothing of it, until the server has answered', () => {
  assert.deepEqual(
    shown(
      ['s', '* OK ready'],
      ['c', 'A1 LOGIN alice "secret"'],
      ['s', 'A1 NO wrong'],
      ['c', 'A2 AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA=='],
      ['s', '+ c2VjcmV0'],
      ['c', 'AGFsaWNlAHNlY3JldA=='],
      ['s', '* CAPABILITY IMAP4rev1'],
      ['c', '*'],
      ['s', 'A2 OK in'],
      ['c', 'A3 NOOP'],
      ['s', '+ idling'],
    ),
    [
      'S * OK ready',
      'C A1 LOGIN ****',
      'S A1 NO wrong',
      'C A2 AUTHENTICATE PLAIN ****',
      'S + ****',
      'C ****',
      'S * CAPABILITY IMAP4rev1',
      'C ****',
      'S A2 OK in',
      'C A3 NOOP',
      'S + idling',
    ],
  )
  assert.deepEqual(shown(['c', 'a authenticate xoauth2 dXNlcg=='], ['c', '']), [
    'C a AUTHENTICATE xoauth2 ****',
    'C ****',
  ])
})

test('a body that comes as a quoted string does not show', () => {
  const [line = ''] = shown(['s', '* 1 FETCH (UID 7 BODY[]<0> "Subject: hi \\"you\\"\\r\\n" RFC822.SIZE 12)'])
  assert.equal(line, 'S * 1 FETCH (UID 7 BODY[]<0> **** RFC822.SIZE 12)')
  for (const item of ['BODY[HEADER.FIELDS (SUBJECT)]', 'RFC822', 'RFC822.TEXT', 'BINARY[1]', 'body[1.2]'])
    assert.doesNotMatch(shown(['s', `* 1 FETCH (${item} "private")`])[0] ?? '', /private/, item)
})

test('what a server says is made harmless', () => {
  assert.deepEqual(shown(['s', '* OK \x1b[2J\r\nA1 OK']), ['S * OK \\x1b[2J\\x0d\\x0aA1 OK'])
  assert.ok((shown(['s', 'x'.repeat(100_000)])[0] ?? '').length < 1100)
  assert.ok((shown(['s', `* 1 FETCH (BODY[] "${'\\"'.repeat(100_000)}`])[0] ?? '').length < 1100)
})
