// The POP3 test server when it behaves: RFC 1939 and its extensions, seen by a real client and by raw sockets.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import Pop3Command from 'node-pop3'
import { makeCorpus } from '../corpus/corpus.ts'
import { strangeMessages } from '../corpus/strange-messages.ts'
import { certificate } from './certificates.ts'
import { type Pop3Server, type Pop3ServerOptions, startPop3Server } from './pop3-server.ts'
import { loggedInPop3, RawClient, rawClient } from './raw-client.ts'

const plain = (text: string) => Buffer.from(text, 'latin1')
const three = [
  { uidl: 'one', bytes: plain('Subject: 1\r\n\r\nfirst\r\nsecond\r\nthird\r\n') },
  { uidl: 'two', bytes: plain('.dot\r\n\r\n..\r\n.\r\n') },
  { uidl: 'three', bytes: plain('Subject: 3\r\n\r\nno end') },
]

async function start(context: TestContext, options: Partial<Pop3ServerOptions> = {}): Promise<Pop3Server> {
  const users = [{ user: 'alice', password: 'secret', token: 'ya29', messages: three }]
  const server = await startPop3Server({ users, ...options })
  context.after(() => server.stop())
  return server
}

test('node-pop3 lists, retrieves and deletes', async (context) => {
  const server = await start(context)
  const options = { user: 'alice', password: 'secret', host: '127.0.0.1', port: server.port }
  const client = new Pop3Command(options)
  assert.equal(await client.STAT(), '3 73')
  assert.deepEqual(await client.UIDL(), [
    ['1', 'one'],
    ['2', 'two'],
    ['3', 'three'],
  ])
  assert.deepEqual(await client.LIST(2), ['2', '15'])
  assert.match(await client.RETR(1), /^Subject: 1\r\n\r\nfirst/)
  await client.DELE(2)
  assert.deepEqual(
    server.maildrop('alice').messages.map(({ uidl }) => uidl),
    ['one', 'two', 'three'],
  )
  await client.QUIT()
  assert.deepEqual(
    server.maildrop('alice').messages.map(({ uidl }) => uidl),
    ['one', 'three'],
  )
})

test('node-pop3 logs in over implicit TLS, and the wrong certificates are refused', async (context) => {
  for (const variant of ['good', 'wrong-name', 'self-signed', 'expired'] as const) {
    const server = await start(context, { tls: 'implicit', certificate: await certificate(variant) })
    const { ca } = await certificate()
    const client = new Pop3Command({
      ...{ user: 'alice', password: 'secret', host: '127.0.0.1', port: server.port },
      ...{ tls: true, tlsOptions: { ca }, servername: 'localhost' },
    })
    if (variant === 'good') assert.equal(await client.STAT(), '3 73')
    else await assert.rejects(client.STAT(), `${variant} was accepted`)
    if (variant === 'good') await client.QUIT()
  }
})

test('STLS upgrades the connection and shows another capability list', async (context) => {
  const server = await start(context, { tls: 'on-request', needsTls: true })
  const plainClient = await rawClient(server.port)
  await plainClient.line()
  const before = await plainClient.askMany('CAPA')
  assert.ok(before.includes('STLS') && !before.some((line) => /^(USER|SASL)/.test(line)))
  assert.match(await plainClient.ask('USER alice'), /^-ERR/)
  plainClient.close()
  const client = await upgraded(server, 'NOOP')
  const after = await client.askMany('CAPA')
  assert.ok(after.includes('USER') && !after.includes('STLS'))
  await client.ask('USER alice')
  assert.match(await client.ask('PASS secret'), /^\+OK/)
  assert.ok(!(await client.askMany('CAPA')).some((line) => /^(USER|SASL|STLS)/.test(line)))
  client.close()
})

test('what was said before STLS is forgotten', async (context) => {
  const server = await start(context, { tls: 'on-request' })
  const client = await upgraded(server, 'USER alice')
  assert.match(await client.ask('PASS secret'), /^-ERR/)
  client.close()
})

async function upgraded(server: Pop3Server, command: string): Promise<RawClient> {
  const socket = connectPlain(server.port, '127.0.0.1')
  await once(socket, 'data')
  for (const line of [command, 'STLS']) {
    socket.write(`${line}\r\n`)
    await once(socket, 'data')
  }
  const { ca } = await certificate()
  return new RawClient(connectTls({ socket, ca, servername: 'localhost' }))
}

test('AUTH: PLAIN, XOAUTH2 and OAUTHBEARER, in one step and in two, right and wrong', async (context) => {
  const server = await start(context)
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const responses = [
    ['PLAIN', base64('\0alice\0secret'), base64('\0alice\0wrong')],
    ['XOAUTH2', base64('user=alice\x01auth=Bearer ya29\x01\x01'), base64('user=alice\x01auth=Bearer no\x01\x01')],
    ['OAUTHBEARER', base64('n,a=alice,\x01auth=Bearer ya29\x01\x01'), base64('n,a=alice,\x01auth=Bearer no\x01\x01')],
  ] as const
  for (const [mechanism, right, wrong] of responses) {
    const client = await rawClient(server.port)
    await client.line()
    let answer = await client.ask(`AUTH ${mechanism} ${wrong}`)
    if (mechanism !== 'PLAIN') {
      assert.match(answer, /^\+ \S+$/)
      answer = await client.ask('')
    }
    assert.match(answer, /^-ERR \[AUTH\]/)
    assert.equal(await client.ask(`AUTH ${mechanism}`), '+ ')
    assert.match(await client.ask('*'), /^-ERR/)
    assert.equal(await client.ask(`AUTH ${mechanism}`), '+ ')
    assert.match(await client.ask(right), /^\+OK/)
    client.close()
  }
  const secrets = /secret|ya29|[A-Za-z0-9+/]{20}/
  assert.doesNotMatch(server.log.join('\n'), secrets)
  assert.ok(server.log.includes('AUTH PLAIN ****'))
})

test('every strange message comes through byte for byte, with a line end added where the last is missing', async (context) => {
  const messages = strangeMessages().map(({ name, bytes }) => ({ uidl: name, bytes }))
  const server = await start(context, { users: [{ user: 'alice', password: 'secret', messages }] })
  const client = await loggedInPop3(server.port)
  for (const [index, { uidl, bytes }] of messages.entries()) {
    const [, size] = (await client.ask(`LIST ${index + 1}`)).slice(4).split(' ')
    assert.match(await client.ask(`RETR ${index + 1}`), /^\+OK/)
    const expected = Buffer.from(bytes).toString('latin1').endsWith('\r\n')
      ? bytes
      : Buffer.concat([bytes, plain('\r\n')])
    assert.equal(Number(size), expected.length, uidl)
    assert.ok(unstuffed(await stuffedReply(client)).equals(Buffer.from(expected)), uidl)
  }
  client.close()
})

async function stuffedReply(client: RawClient): Promise<Buffer> {
  let reply = Buffer.alloc(0)
  while (!reply.subarray(-5).equals(plain('\r\n.\r\n')) && !reply.equals(plain('.\r\n'))) {
    reply = Buffer.concat([reply, await client.piece()])
  }
  return reply.subarray(0, -3)
}

function unstuffed(content: Buffer): Buffer {
  return plain(content.toString('latin1').replace(/(^|\r\n)\./g, '$1'))
}

test('TOP gives the header and so many lines, stuffed', async (context) => {
  const server = await start(context)
  const client = await loggedInPop3(server.port)
  assert.deepEqual((await client.askMany('TOP 1 0')).slice(1), ['Subject: 1', ''])
  assert.deepEqual((await client.askMany('TOP 1 2')).slice(1), ['Subject: 1', '', 'first', 'second'])
  assert.deepEqual((await client.askMany('TOP 2 9')).slice(1), ['..dot', '', '...', '..'])
  assert.match(await client.ask('TOP 1'), /^-ERR/)
  client.close()
})

test('RSET, deleted messages and commands out of place', async (context) => {
  const server = await start(context)
  const client = await loggedInPop3(server.port)
  assert.match(await client.ask('DELE 1'), /^\+OK/)
  assert.match(await client.ask('RETR 1'), /^-ERR/)
  assert.equal(await client.ask('STAT'), '+OK 2 37')
  assert.deepEqual((await client.askMany('LIST')).slice(1), ['2 15', '3 22'])
  assert.match(await client.ask('RSET'), /^\+OK/)
  assert.equal(await client.ask('STAT'), '+OK 3 73')
  for (const wrong of ['RETR 4', 'RETR 0', 'DELE x', 'USER bob', 'NONSENSE', '']) {
    assert.match(await client.ask(wrong), /^-ERR/, wrong)
  }
  assert.match(await client.ask('UTF8'), /^\+OK/)
  client.close()
  assert.match(await (await rawClient(server.port)).line(), /^\+OK/)
})

test('DELE counts only after QUIT, also when the client hangs up without waiting for the answer', async (context) => {
  const server = await start(context)
  const lost = await loggedInPop3(server.port)
  await lost.ask('DELE 1')
  lost.close('rst')
  await server.until(() => server.connections.open === 0)
  assert.equal(server.maildrop('alice').messages.length, 3)
  const hasty = await loggedInPop3(server.port)
  await hasty.send('DELE 1\r\nQUIT\r\n')
  hasty.close()
  await server.until(() => server.connections.open === 0)
  assert.equal(server.maildrop('alice').messages.length, 2)
})

test('a session works on the maildrop as it was at login', async (context) => {
  const server = await start(context)
  const client = await loggedInPop3(server.port)
  const maildrop = server.maildrop('alice')
  maildrop.add({ uidl: 'four', bytes: plain('new\r\n') })
  maildrop.remove('one')
  maildrop.renumber()
  assert.deepEqual((await client.askMany('UIDL')).slice(1), ['1 one', '2 two', '3 three'])
  client.close()
  const later = await loggedInPop3(server.port)
  const uidls = (await later.askMany('UIDL')).slice(1)
  assert.deepEqual(uidls, ['1 renumbered-1-two', '2 renumbered-2-three', '3 renumbered-3-four'])
  later.close()
})

test('an exclusive maildrop takes one session at a time', async (context) => {
  const server = await start(context, { isExclusive: true })
  const first = await loggedInPop3(server.port)
  await assert.rejects(loggedInPop3(server.port), /\[IN-USE\]/)
  first.close('rst')
  await server.until(() => server.maildrop('alice').sessions === 0)
  ;(await loggedInPop3(server.port)).close()
})

test('pipelined commands are answered in order and counted', async (context) => {
  const server = await start(context)
  const client = await loggedInPop3(server.port)
  const order = Array.from({ length: 50 }, (_, index) => (index % 3) + 1)
  await client.send(order.map((number) => `UIDL ${number}\r\n`).join(''))
  for (const number of order) assert.equal(await client.line(), `+OK ${number} ${['one', 'two', 'three'][number - 1]}`)
  assert.equal(server.maxPipelined, 50)
  assert.equal(server.count('UIDL'), 50)
  assert.equal(server.logins, 1)
  client.close()
})

test('a reply waits for a client that does not read', async (context) => {
  const big = Buffer.alloc(32 * 1024 * 1024, 'x'.repeat(70).concat('\r\n'))
  const messages = [{ uidl: 'big', bytes: big }]
  const server = await start(context, { users: [{ user: 'alice', password: 'secret', messages }] })
  const client = await loggedInPop3(server.port)
  const socket = connectPlain(server.port, '127.0.0.1')
  socket.pause()
  socket.write('USER alice\r\nPASS secret\r\nRETR 1\r\n')
  await server.waitFor('RETR', 1)
  // Another session gets its answers all the while, so that the count below is not just a matter of time.
  for (let round = 0; round < 50; round++) await client.ask('NOOP')
  assert.ok(server.bytesSent < big.length / 2, `${server.bytesSent} bytes were written`)
  let received = 0
  socket.on('data', (bytes) => {
    received += bytes.length
  })
  socket.resume()
  while (received < big.length) await once(socket, 'data')
  socket.destroy()
  client.close()
})

test('500 messages are retrieved through one pipeline, all of them intact', async (context) => {
  const messages = makeCorpus({ seed: 1, count: 500, averageSize: 2048 }).map((bytes, index) => ({
    uidl: `${index}`,
    bytes,
  }))
  const server = await start(context, { users: [{ user: 'alice', password: 'secret', messages }] })
  const client = await loggedInPop3(server.port)
  await client.send(messages.map((_, index) => `RETR ${index + 1}\r\n`).join(''))
  for (const { bytes, uidl } of messages) {
    await client.line()
    const lines = await client.lines((line) => line === '.')
    const content = lines.slice(0, -1).map((line) => `${line.replace(/^\./, '')}\r\n`)
    assert.ok(plain(content.join('')).equals(Buffer.from(bytes)), uidl)
  }
  client.close()
})

test('the greeting, LIST and UIDL of an empty maildrop', async (context) => {
  const server = await start(context, { users: [{ user: 'alice', password: 'secret' }] })
  const client = await loggedInPop3(server.port)
  assert.equal(await client.ask('STAT'), '+OK 0 0')
  assert.equal((await client.askMany('LIST')).length, 1)
  assert.equal((await client.askMany('UIDL')).length, 1)
  client.close()
})
