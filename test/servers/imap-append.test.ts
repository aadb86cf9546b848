// APPEND on the IMAP test server: every kind of literal, MULTIAPPEND, pipelines, and each fault at least once.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { makeCorpus } from '../corpus/corpus.ts'
import { strangeMessage } from '../corpus/strange-messages.ts'
import { Gate } from './gate.ts'
import { type AppendFault, cyrusRefusal, onAppend, onMessage } from './imap-faults.ts'
import { type ImapServer, type ImapServerOptions, imapCapabilities, startImapServer } from './imap-server.ts'
import { loggedInImap, staysSilent } from './raw-client.ts'

async function start(context: TestContext, options: Partial<ImapServerOptions> = {}): Promise<ImapServer> {
  const users = [{ user: 'alice', password: 'secret', folders: [{ path: 'Other' }] }]
  const server = await startImapServer({ users, ...options })
  context.after(() => server.stop())
  return server
}

const stored = (server: ImapServer, path = 'INBOX') =>
  server.folder('alice', path).messages.map(({ bytes }) => bytes.toString('latin1'))
const without = (...gone: string[]) => imapCapabilities.full.filter((capability) => !gone.includes(capability))

test('literals: synchronising, non-synchronising, and those that the capabilities forbid', async (context) => {
  const server = await start(context)
  const client = await loggedInImap(server.port)
  assert.equal(await client.ask('t APPEND INBOX {3}'), '+ OK')
  assert.match(await client.ask('abc'), /^t OK \[APPENDUID \d+ 1\]/)
  assert.match(
    (await client.command('APPEND "INBOX" (\\seen $Junk) " 1-Feb-2003 04:05:06 +0700" {3+}\r\nabc')).at(-1) ?? '',
    /APPENDUID \d+ 2\]/,
  )
  assert.match((await client.command('APPEND {5+}\r\nOther {3+}\r\nabc')).at(-1) ?? '', /APPENDUID \d+ 1\]/)
  const [, second] = server.folder('alice', 'INBOX').messages
  assert.deepEqual([second?.internalDate, ...(second?.flags ?? [])], [' 1-Feb-2003 04:05:06 +0700', '\\Seen', '$Junk'])
  server.capabilities = [...without('LITERAL+'), 'LITERAL-']
  assert.match((await client.command(`APPEND INBOX {4096+}\r\n${'x'.repeat(4096)}`)).at(-1) ?? '', /^t OK/)
  await client.send(`t APPEND INBOX {4097+}\r\n${'x'.repeat(4097)}\r\n`)
  assert.match((await client.rest()).toString(), /^\* BYE/)
  server.capabilities = without('LITERAL+')
  const plain = await loggedInImap(server.port)
  await plain.send('t APPEND INBOX {3+}\r\nabc\r\n')
  assert.match((await plain.rest()).toString(), /^\* BYE/)
  assert.equal(stored(server).length, 3)
  assert.deepEqual(
    server.appends.map(({ literals }) => literals[0]),
    ['synchronising', ...Array(5).fill('non-synchronising')],
  )
})

test('LITERAL-: the next command follows right behind a synchronising literal', async (context) => {
  const server = await start(context, { capabilities: imapCapabilities.gmail })
  const client = await loggedInImap(server.port)
  const body = 'y'.repeat(5000)
  assert.equal(await client.ask('a APPEND INBOX {5000}'), '+ OK')
  assert.match(await client.ask(`${body}\r\nb APPEND INBOX {5000}`), /^a OK/)
  assert.equal(await client.line(), '+ OK')
  assert.match(await client.ask(body), /^b OK/)
  assert.deepEqual(stored(server), [body, body])
  client.close()
})

test('MULTIAPPEND stores everything or nothing, and answers with a UID set', async (context) => {
  const server = await start(context)
  const client = await loggedInImap(server.port)
  await client.command('SELECT INBOX')
  const answer = await client.command(
    'APPEND INBOX (\\Seen) {1+}\r\na "01-Jan-2001 00:00:00 +0000" {1+}\r\nb {1+}\r\nc',
  )
  assert.equal(answer[0], '* 3 EXISTS')
  assert.match(answer.at(-1) ?? '', /^t OK \[APPENDUID \d+ 1:3\]/)
  assert.match((await client.command('APPEND INBOX {1+}\r\nd {0+}\r\n {1+}\r\ne')).at(-1) ?? '', /^t NO .*zero byte/)
  assert.match((await client.command('APPEND INBOX {1+}\r\nd (\\Bogus) {1+}\r\ne')).at(-1) ?? '', /^t BAD/)
  assert.match((await client.command('APPEND INBOX "31-Foo-2001 00:00:00 +0000" {1+}\r\ne')).at(-1) ?? '', /^t BAD/)
  assert.deepEqual(stored(server), ['a', 'b', 'c'])
  await client.send('t APPEND INBOX {1+}\r\nf {5+}\r\nxx')
  client.close()
  await server.until(() => server.connections.open === 0)
  assert.deepEqual(stored(server), ['a', 'b', 'c'])
  assert.deepEqual(
    server.appends.map(({ literals, uids }) => [literals.length, uids.length]),
    [
      [3, 3],
      [3, 0],
      [2, 0],
      [1, 0],
      [2, 0],
    ],
  )
})

test('without MULTIAPPEND a second message is refused, and nothing is stored', async (context) => {
  const server = await start(context, { capabilities: without('MULTIAPPEND') })
  const client = await loggedInImap(server.port)
  assert.match((await client.command('APPEND INBOX {1+}\r\na {1+}\r\nb')).at(-1) ?? '', /^t BAD/)
  assert.match((await client.command('NOOP')).at(-1) ?? '', /^t OK/)
  assert.deepEqual(stored(server), [])
  client.close()
})

test('a missing folder: a synchronising literal is not asked for, another one is read to its end', async (context) => {
  const server = await start(context)
  const client = await loggedInImap(server.port)
  assert.match(await client.ask('t APPEND Missing {3}'), /^t NO \[TRYCREATE\]/)
  assert.match((await client.command('APPEND Missing {3+}\r\nabc {3+}\r\ndef')).at(-1) ?? '', /^t NO \[TRYCREATE\]/)
  assert.match((await client.command('APPEND INBOX')).at(-1) ?? '', /^t BAD/)
  client.close()
})

test('limits: APPENDLIMIT before the literal, after it, and a server that hangs up', async (context) => {
  const server = await start(context, { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=10'] })
  const client = await loggedInImap(server.port)
  assert.match((await client.command('STATUS INBOX (APPENDLIMIT)'))[0] ?? '', /APPENDLIMIT 10\)$/)
  assert.match(await client.ask('t APPEND INBOX {11}'), /^t NO \[TOOBIG\]/)
  assert.match((await client.command(`APPEND INBOX {11+}\r\n${'x'.repeat(11)}`)).at(-1) ?? '', /^t NO \[TOOBIG\]/)
  assert.match((await client.command(`APPEND INBOX {10+}\r\n${'x'.repeat(10)}`)).at(-1) ?? '', /^t OK/)
  server.faults = { oversizedLiteral: 'disconnects' }
  await client.send(`t APPEND INBOX {11+}\r\n${'x'.repeat(11)}\r\n`)
  assert.match((await client.rest()).toString(), /^t NO \[TOOBIG\][^\n]*\n\* BYE/)
})

test('the connection dies before, inside and behind the literal: nothing is stored', async (context) => {
  const server = await start(context)
  const append = 't APPEND INBOX {5+}\r\nabcde\r\n'
  for (const at of ['before-literal', 0, 3, 5, 'after-literal'] as const) {
    for (const how of ['fin', 'rst'] as const) {
      server.faults = { append: () => ({ kind: 'drop', at, how }) }
      const client = await loggedInImap(server.port)
      await client.send(append)
      assert.equal((await client.rest()).length, 0, `${at} ${how}`)
    }
  }
  server.faults = { append: () => ({ kind: 'drop', at: 'before-literal' }) }
  const client = await loggedInImap(server.port)
  await client.send('t APPEND INBOX {5}\r\n')
  assert.equal((await client.rest()).length, 0)
  assert.deepEqual(stored(server), [])
})

test('stored, but the answer is lost; BYE and silence, stored or not', async (context) => {
  const server = await start(context)
  const lost = async (fault: AppendFault) => {
    server.faults = { append: () => fault }
    const before = stored(server).length
    const client = await loggedInImap(server.port)
    await client.send('t APPEND INBOX {5+}\r\nabcde\r\n')
    if (fault.kind === 'silent') {
      const other = await loggedInImap(server.port)
      assert.ok(await staysSilent(client, other))
      other.close()
      client.close()
    }
    const answer = (await client.rest()).toString().slice(0, 5)
    client.close()
    await server.until(() => server.connections.open === 0)
    return [answer, stored(server).length - before]
  }
  assert.deepEqual(await lost({ kind: 'drop-answer' }), ['', 1])
  assert.deepEqual(await lost({ kind: 'drop-answer', how: 'rst' }), ['', 1])
  assert.deepEqual(await lost({ kind: 'bye', isStored: true }), ['* BYE', 1])
  assert.deepEqual(await lost({ kind: 'bye', isStored: false, text: 'so long' }), ['* BYE', 0])
  assert.deepEqual(await lost({ kind: 'silent', isStored: true }), ['', 1])
  assert.deepEqual(await lost({ kind: 'silent', isStored: false }), ['', 0])
})

test('faults for the n-th message and the n-th command; refusals before and behind the literal', async (context) => {
  const server = await start(context, {
    faults: { append: onMessage(2, { kind: 'refuse', text: 'NO [LIMIT] Slow down' }) },
  })
  const client = await loggedInImap(server.port)
  assert.match((await client.command('APPEND INBOX {1+}\r\na')).at(-1) ?? '', /^t OK/)
  assert.equal(await client.ask('t APPEND INBOX {1}'), 't NO [LIMIT] Slow down')
  server.faults = { append: onAppend(3, { kind: 'refuse', text: 'BAD Request is throttled.', when: 'after-literal' }) }
  assert.equal(await client.ask('t APPEND INBOX {1}'), '+ OK')
  assert.equal(await client.ask('b'), 't BAD Request is throttled.')
  assert.match((await client.command('APPEND INBOX {1+}\r\nc')).at(-1) ?? '', /^t OK/)
  assert.deepEqual(stored(server), ['a', 'c'])
  client.close()
})

test('messages refused for what is in them, as Cyrus does, take their whole batch with them', async (context) => {
  const server = await start(context, { faults: { refuse: cyrusRefusal } })
  const client = await loggedInImap(server.port)
  const append = async (...names: string[]) => {
    const messages = names.map(strangeMessage)
    await client.send('t APPEND INBOX', ...messages.flatMap((bytes) => [` {${bytes.length}+}\r\n`, bytes]), '\r\n')
    return client.line()
  }
  assert.equal(await append('nul-bytes'), 't NO Message contains NUL characters')
  assert.equal(await append('first-line-dot', 'bare-lf'), 't NO Message contains bare newlines')
  assert.equal(await append('header-without-colon'), 't NO Message contains invalid header')
  assert.match(await append('first-line-dot', 'dots-at-line-starts'), /^t OK/)
  assert.equal(stored(server).length, 2)
  client.close()
})

test('UIDPLUS: absent, APPENDUID missing although promised, and wrong', async (context) => {
  const server = await start(context, { capabilities: without('UIDPLUS') })
  const client = await loggedInImap(server.port)
  const append = async () => (await client.command('APPEND INBOX {1+}\r\na')).at(-1)
  assert.equal(await append(), 't OK APPEND completed')
  server.capabilities = imapCapabilities.full
  server.faults = { appendUid: 'missing' }
  assert.equal(await append(), 't OK APPEND completed')
  server.faults = { appendUid: 'wrong' }
  assert.match((await append()) ?? '', /APPENDUID \d+ 1003\]/)
  client.close()
})

test('bytes rewritten on the way in, an intruder, flags dropped, duplicates thrown away', async (context) => {
  const server = await start(context, {
    faults: { rewrite: (bytes) => Buffer.concat([Buffer.from('X: 1\r\n'), bytes]) },
  })
  const client = await loggedInImap(server.port)
  await client.command('APPEND INBOX {1+}\r\na')
  server.faults = { intruder: ({ part }) => (part === 1 ? Buffer.from('foreign') : undefined) }
  assert.match((await client.command('APPEND INBOX {1+}\r\nb {1+}\r\nc')).at(-1) ?? '', /APPENDUID \d+ 3:4\]/)
  server.faults = { permanentFlags: ['\\Seen'] }
  await client.command('APPEND INBOX (\\Seen Keyword) {1+}\r\nd')
  assert.deepEqual([...(server.folder('alice', 'INBOX').messages.at(-1)?.flags ?? [])], ['\\Seen'])
  server.faults = { discardsDuplicates: true }
  assert.match((await client.command('APPEND INBOX {1+}\r\nd')).at(-1) ?? '', /APPENDUID \d+ 6\]/)
  assert.deepEqual(stored(server), ['X: 1\r\na', 'foreign', 'b', 'c', 'd'])
  assert.equal(server.folder('alice', 'INBOX').uidNext, 7)
  client.close()
})

test('quota: counted over a whole MULTIAPPEND', async (context) => {
  const users = [{ user: 'alice', password: 'secret', quota: { octets: 10, messages: 3 } }]
  const server = await start(context, { users })
  const client = await loggedInImap(server.port)
  assert.match((await client.command('APPEND INBOX {6+}\r\naaaaaa {6+}\r\nbbbbbb')).at(-1) ?? '', /^t NO \[OVERQUOTA\]/)
  const four = 'APPEND INBOX {1+}\r\na {1+}\r\nb {1+}\r\nc {1+}\r\nd'
  assert.match((await client.command(four)).at(-1) ?? '', /^t NO \[OVERQUOTA\]/)
  assert.match((await client.command(four.slice(0, -9))).at(-1) ?? '', /^t OK/)
  assert.match(await client.ask('t APPEND INBOX {1}'), /^t NO \[OVERQUOTA\]/)
  client.close()
})

test('answers and continuations are held until the gates open', async (context) => {
  const gates = { APPEND: new Gate(), '+': new Gate() }
  const server = await start(context, { faults: { hold: gates } })
  const client = await loggedInImap(server.port)
  await client.send('a APPEND INBOX {1}\r\n')
  await gates['+'].held()
  gates['+'].open()
  assert.equal(await client.line(), '+ OK')
  await client.send('a\r\nb APPEND INBOX {1+}\r\nb\r\n')
  await gates.APPEND.held()
  assert.deepEqual(stored(server), ['a'])
  gates.APPEND.release()
  assert.match(await client.line(), /^a OK/)
  await gates.APPEND.held()
  gates.APPEND.open()
  assert.match(await client.line(), /^b OK/)
  client.close()
})

test('an upload waits while the server is held up', async (context) => {
  const gate = new Gate()
  const server = await start(context, { faults: { hold: { NOOP: gate } } })
  const client = await loggedInImap(server.port)
  const other = await loggedInImap(server.port)
  const big = Buffer.alloc(32 * 1024 * 1024, 'x')
  const sending = client.send(`a NOOP\r\nb APPEND INBOX {${big.length}+}\r\n`, big, '\r\n')
  await gate.held()
  for (let round = 0; round < 50; round++) await other.command('CAPABILITY')
  assert.ok(server.bytesReceived < big.length / 2, `${server.bytesReceived} bytes were read`)
  gate.open()
  await sending
  assert.match(await client.line(), /^a OK/)
  assert.match(await client.line(), /^b OK/)
  assert.ok(server.folder('alice', 'INBOX').messages[0]?.bytes.equals(big))
  client.close()
  other.close()
})

test('1,000 messages in pipelined MULTIAPPENDs and single APPENDs, all of them intact and in order', async (context) => {
  const server = await start(context)
  const client = await loggedInImap(server.port)
  const messages = makeCorpus({ seed: 2, count: 1000, averageSize: 3000 })
  for (let start = 0; start < 1000; ) {
    const batch = messages.slice(start, start + (start % 3 === 0 ? 50 : 1))
    await client.send('t APPEND INBOX', ...batch.flatMap((bytes) => [` {${bytes.length}+}\r\n`, bytes]), '\r\n')
    start += batch.length
  }
  for (let answer = 0; answer < server.appends.length || answer === 0; answer++)
    assert.match(await client.line(), /^t OK/)
  const found = server.folder('alice', 'INBOX').messages
  assert.equal(found.length, 1000)
  for (const [index, { bytes }] of found.entries())
    assert.ok(bytes.equals(messages[index] ?? Buffer.alloc(0)), `${index}`)
  client.close()
})
