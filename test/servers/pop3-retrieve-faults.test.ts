// Every fault of the POP3 test server that concerns RETR and TOP, seen on the wire.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { strangeMessage } from '../corpus/strange-messages.ts'
import { rollingSplit } from './chunking.ts'
import type { Pop3Faults } from './pop3-faults.ts'
import { firstTimes, onlyFor, type RetrieveFault } from './pop3-retrieve-faults.ts'
import { type Pop3Server, startPop3Server } from './pop3-server.ts'
import { loggedInPop3, staysSilent } from './raw-client.ts'

const content = 'Subject: x\r\n\r\n.dot\r\nplain\r\n'
const reply = '+OK 27 octets\r\nSubject: x\r\n\r\n..dot\r\nplain\r\n.\r\n'

async function start(
  context: TestContext,
  faults: Pop3Faults,
  bytes: Uint8Array = Buffer.from(content),
): Promise<Pop3Server> {
  const messages = ['one', 'two', 'three'].map((uidl) => ({ uidl, bytes }))
  const server = await startPop3Server({ users: [{ user: 'alice', password: 'secret', messages }], faults })
  context.after(() => server.stop())
  return server
}

/** What the wire carries between `RETR 1` and the answer to the QUIT behind it, or the end. */
async function retrieved(
  context: TestContext,
  fault: RetrieveFault | RetrieveFault[],
  bytes?: Uint8Array,
): Promise<string> {
  const server = await start(context, { retr: () => fault }, bytes)
  const client = await loggedInPop3(server.port)
  await client.send('RETR 1\r\nQUIT\r\n')
  return (await client.rest()).toString('latin1').replace(/\+OK Bye\.\r\n$/, '')
}

test('content faults: truncated, unterminated, LF only, empty, cut at NUL, rewritten', async (context) => {
  assert.equal(await retrieved(context, []), reply)
  assert.equal(await retrieved(context, { kind: 'truncate', at: 14 }), '+OK 14 octets\r\nSubject: x\r\n\r\n.\r\n')
  assert.equal(await retrieved(context, { kind: 'no-final-crlf' }), reply.replace('plain\r\n.', 'plain.'))
  assert.equal(await retrieved(context, { kind: 'lf-only' }), reply.replaceAll('\r\n', '\n'))
  assert.equal(await retrieved(context, { kind: 'empty' }), '+OK 0 octets\r\n.\r\n')
  const nul = strangeMessage('nul-bytes')
  assert.match(await retrieved(context, { kind: 'nul-truncates' }, nul), /\r\nbefore\r\n\r\nend\r\n\.\r\n$/)
  const rewrite = (bytes: Uint8Array, earlier: number) => Buffer.concat([Buffer.from(`X: ${earlier}\r\n`), bytes])
  assert.match(await retrieved(context, { kind: 'rewrite', rewrite }), /^\+OK 33 octets\r\nX: 0\r\nSubject/)
})

test('dots that are not doubled let a message forge a reply', async (context) => {
  const first = { kind: 'unstuffed', lines: 'first' } as const
  const forged = strangeMessage('forged-reply')
  assert.match(await retrieved(context, first, forged), /octets\r\n\.\r\n\+OK 999 octets\r\nSubject: forged/)
  assert.match(await retrieved(context, [], forged), /octets\r\n\.\.\r\n\+OK 999 octets\r\n/)
  assert.equal(await retrieved(context, first), reply)
  assert.equal(await retrieved(context, { kind: 'unstuffed', lines: 'all' }), reply.replace('..dot', '.dot'))
})

test('a reply breaks off at any byte, with FIN and with RST, or hangs there', async (context) => {
  for (const at of [0, 1, 5, 20, reply.length - 1, -1, -2, -3]) {
    assert.equal(await retrieved(context, { kind: 'drop', at }), reply.slice(0, at), `at ${at}`)
  }
  assert.equal(await retrieved(context, { kind: 'drop', at: 20, how: 'rst' }), reply.slice(0, 20))
  assert.equal(
    await retrieved(context, [
      { kind: 'drop', at: -3 },
      { kind: 'unstuffed', lines: 'all' },
    ]),
    reply.replace('..', '.').slice(0, -3),
  )
  const server = await start(context, { retr: () => ({ kind: 'hang', at: 20 }) })
  const client = await loggedInPop3(server.port)
  await client.send('RETR 1\r\nNOOP\r\n')
  assert.equal((await client.bytes(20)).toString(), reply.slice(0, 20))
  const other = await loggedInPop3(server.port)
  assert.ok(await staysSilent(client, other))
  other.close()
  client.close()
})

test('messages that cannot be had: an error every time, or gone since the login', async (context) => {
  const faults = onlyFor({ one: { kind: 'error' }, two: { kind: 'vanish' } })
  const server = await start(context, { retr: faults })
  const client = await loggedInPop3(server.port)
  assert.match(await client.ask('RETR 1'), /^-ERR \[SYS\/PERM\]/)
  assert.match(await client.ask('RETR 1'), /^-ERR/)
  assert.match(await client.ask('RETR 2'), /^-ERR Message 2 expunged/)
  assert.equal((await client.askMany('RETR 3')).length, 5)
  client.close()
  assert.deepEqual(
    server.maildrop('alice').messages.map(({ uidl }) => uidl),
    ['one', 'three'],
  )
})

test('a fault for the first retrieval only', async (context) => {
  const server = await start(context, { retr: firstTimes(1, () => ({ kind: 'error', text: 'busy' })) })
  const client = await loggedInPop3(server.port)
  assert.equal(await client.ask('RETR 1'), '-ERR busy')
  assert.equal((await client.askMany('RETR 1')).length, 5)
  assert.equal(await client.ask('RETR 2'), '-ERR busy')
  client.close()
})

test('a message without an end keeps flowing until the client goes', async (context) => {
  const server = await start(context, { retr: () => ({ kind: 'endless' }) })
  const client = await loggedInPop3(server.port)
  await client.send('RETR 1\r\n')
  await client.bytes(3_000_000)
  client.close('rst')
  await server.until(() => server.connections.open === 0)
})

test('retrieved messages are consumed, at once or by QUIT', async (context) => {
  const server = await start(context, { consumes: 'at-retr' })
  const dropped = await loggedInPop3(server.port)
  await dropped.askMany('RETR 1')
  dropped.close('rst')
  await server.until(() => server.connections.open === 0)
  assert.equal(server.maildrop('alice').messages.length, 2)
  server.faults = { consumes: 'at-quit' }
  const reset = await loggedInPop3(server.port)
  await reset.askMany('RETR 1')
  await reset.ask('RSET')
  await reset.ask('QUIT')
  assert.equal(server.maildrop('alice').messages.length, 2)
  const quitting = await loggedInPop3(server.port)
  await quitting.askMany('RETR 1')
  await quitting.ask('QUIT')
  assert.equal(server.maildrop('alice').messages.length, 1)
})

test('the connection drops after so many RETRs', async (context) => {
  const server = await start(context, { dropAfterRetrs: 2 })
  const client = await loggedInPop3(server.port)
  await client.send('RETR 1\r\nRETR 2\r\nRETR 3\r\n')
  assert.equal((await client.rest()).toString(), reply + reply)
})

test('TOP: unsupported, the whole message, cut short, other headers', async (context) => {
  const server = await start(context, { top: 'unsupported' })
  const client = await loggedInPop3(server.port)
  assert.match(await client.ask('TOP 1 0'), /^-ERR/)
  server.faults = { top: 'whole' }
  assert.deepEqual((await client.askMany('TOP 1 0')).slice(1), ['Subject: x', '', '..dot', 'plain'])
  server.faults = { top: { truncateAt: 12 } }
  assert.deepEqual((await client.askMany('TOP 1 5')).slice(1), ['Subject: x'])
  server.faults = { top: () => Buffer.from('Subject: other\r\n\r\n') }
  assert.deepEqual((await client.askMany('TOP 1 0')).slice(1), ['Subject: other', ''])
  client.close()
})

test('a message with 8-bit headers comes wrapped, unless the client has sent UTF8', async (context) => {
  const bytes = strangeMessage('eight-bit-header')
  const server = await start(context, { wrapsEightBit: true }, bytes)
  const client = await loggedInPop3(server.port)
  assert.ok((await client.askMany('RETR 1')).includes('Subject: Cannot display Unicode content'))
  await client.ask('UTF8')
  assert.equal((await client.askMany('RETR 1')).slice(1).join('\r\n'), Buffer.from(bytes).toString('latin1').trimEnd())
  client.close()
})

test('replies arrive whole, byte by byte, and split at every position', async (context) => {
  const server = await start(context, { chunking: 'bytes' })
  const client = await loggedInPop3(server.port)
  await client.send('RETR 1\r\n')
  for (const expected of reply) assert.equal((await client.piece()).toString(), expected)
  for (let at = 1; at < reply.length; at++) {
    server.faults = { chunking: { splitAt: at } }
    await client.send('RETR 1\r\n')
    assert.equal((await client.piece()).toString(), reply.slice(0, at))
    assert.equal((await client.piece()).toString(), reply.slice(at))
  }
  server.faults = { chunking: rollingSplit() }
  const seen = new Set<string>()
  for (let round = 0; round < reply.length; round++) {
    await client.send('RETR 1\r\n')
    const first = (await client.piece()).toString()
    seen.add(first)
    if (first !== reply) assert.equal(first + (await client.piece()), reply)
  }
  assert.equal(seen.size, reply.length)
  server.faults = { chunking: (data) => [data.subarray(0, 3), data.subarray(3, 10), data.subarray(10)] }
  await client.send('RETR 1\r\n')
  const pieces = [await client.piece(), await client.piece(), await client.piece()]
  assert.deepEqual(pieces.map(String), [reply.slice(0, 3), reply.slice(3, 10), reply.slice(10)])
  client.close()
})
