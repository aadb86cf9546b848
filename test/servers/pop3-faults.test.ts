// Every fault of the POP3 test server that concerns the session, the login and the listings, seen on the wire.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Gate } from './gate.ts'
import { loginRefusals, type Pop3Faults, type UidlFault, uidlLines } from './pop3-faults.ts'
import { type Pop3Server, startPop3Server } from './pop3-server.ts'
import { loggedInPop3, type RawClient, rawClient, staysSilent } from './raw-client.ts'

async function start(
  context: TestContext,
  faults: Pop3Faults,
  tls: 'none' | 'on-request' = 'none',
): Promise<Pop3Server> {
  const messages = ['one', 'two', 'three', 'four'].map((uidl) => ({
    uidl,
    bytes: Buffer.from(`Subject: ${uidl}\r\n\r\nx\r\n`),
  }))
  const server = await startPop3Server({ users: [{ user: 'alice', password: 'secret', messages }], faults, tls })
  context.after(() => server.stop())
  return server
}

async function greeted(server: Pop3Server): Promise<RawClient> {
  const client = await rawClient(server.port)
  await client.line()
  return client
}

/** Checks that neither an answer nor an end comes, although the server has read the command and serves others. */
async function expectSilence(server: Pop3Server, client: RawClient, verb: string): Promise<void> {
  await server.waitFor(verb, 1)
  server.faults = {}
  const other = await loggedInPop3(server.port)
  assert.ok(await staysSilent(client, other))
  other.close()
  client.close()
}

test('greetings: an error, another text, a dropped connection, silence', async (context) => {
  const server = await start(context, { greeting: 'error' })
  assert.match((await (await rawClient(server.port)).rest()).toString(), /^-ERR \[SYS\/TEMP\][^\n]*\n$/)
  server.faults = { greeting: { raw: '+OK \xff\xfe <a@b>\n' } }
  const odd = await rawClient(server.port)
  assert.equal((await odd.bytes(13)).toString('latin1'), '+OK \xff\xfe <a@b>\n')
  odd.close()
  server.faults = { greeting: 'drop' }
  assert.equal((await (await rawClient(server.port)).rest()).length, 0)
  server.faults = { greeting: 'silent' }
  const silent = await rawClient(server.port)
  await silent.send('CAPA\r\n')
  await server.until(() => server.connections.total === 4)
  server.faults = {}
  const other = await greeted(server)
  assert.ok(await staysSilent(silent, other))
  assert.equal(server.count('CAPA'), 0)
  silent.close()
  other.close()
})

test('CAPA: -ERR, a dropped connection, silence, other lists', async (context) => {
  const server = await start(context, { capa: 'error' })
  const client = await greeted(server)
  assert.match(await client.ask('CAPA'), /^-ERR/)
  server.faults = { capabilities: { clear: ['TOP'], transaction: [] } }
  assert.deepEqual((await client.askMany('CAPA')).slice(1), ['TOP'])
  await client.ask('USER alice')
  await client.ask('PASS secret')
  assert.deepEqual((await client.askMany('CAPA')).slice(1), [])
  server.faults = { capa: 'drop' }
  await client.send('CAPA\r\n')
  assert.equal((await client.rest()).length, 0)
  const silenced = await start(context, { capa: 'silent' })
  const waiting = await greeted(silenced)
  await waiting.send('CAPA\r\n')
  await expectSilence(silenced, waiting, 'CAPA')
})

test('pipelining: a server that forgets the rest of its input, and one with a short input buffer', async (context) => {
  const server = await start(context, { pipelining: 'discards-rest-of-input' })
  const client = await loggedInPop3(server.port)
  await client.send('NOOP\r\nSTAT\r\nNOOP\r\n')
  assert.match(await client.line(), /^\+OK/)
  assert.match(await client.ask('UIDL 4'), /four$/)
  assert.equal(server.count('STAT'), 0)
  server.faults = { inputLimit: 512 }
  await client.send('NOOP\r\n'.repeat(80))
  for (let answer = 0; answer < 80; answer++) assert.match(await client.line(), /^\+OK/)
  await client.send('NOOP\r\n'.repeat(100))
  assert.equal((await client.rest()).length, 0)
})

test('logins refused in every way', async (context) => {
  const server = await start(context, {})
  for (const login of Object.keys(loginRefusals).filter(isRefusal)) {
    const client = await greeted(server)
    server.faults = { login }
    const answer = await client.ask('USER alice')
    assert.equal(login === 'user-refused' ? answer : await client.ask('PASS secret'), loginRefusals[login])
    client.close()
  }
  server.faults = { login: { text: '-ERR lock busy' } }
  await assert.rejects(loggedInPop3(server.port), /lock busy/)
  server.faults = { login: 'drop' }
  await assert.rejects(loggedInPop3(server.port), /ended/)
  assert.equal(server.logins, 0)
  server.faults = {}
  await assert.rejects(loggedInPop3(server.port, 'alice', 'wrong'), /\[AUTH\]/)
  server.maildrop('alice').password = 'wrong'
  ;(await loggedInPop3(server.port, 'alice', 'wrong')).close()
  const quiet = await start(context, { login: 'silent' })
  const waiting = await greeted(quiet)
  await waiting.send('USER alice\r\n')
  await waiting.line()
  await waiting.send('PASS secret\r\n')
  await expectSilence(quiet, waiting, 'PASS')
})

function isRefusal(name: string): name is keyof typeof loginRefusals {
  return name in loginRefusals
}

test('SASL: two steps only, one step only, another continuation', async (context) => {
  const server = await start(context, { sasl: { xoauth2: 'two-step-only', continuation: '+OK go on' } })
  const client = await greeted(server)
  assert.match(await client.ask('AUTH XOAUTH2 eA=='), /^-ERR Protocol/)
  assert.equal(await client.ask('AUTH XOAUTH2'), '+OK go on')
  assert.match(await client.ask('*'), /^-ERR/)
  server.faults = { sasl: { xoauth2: 'initial-only' } }
  assert.match(await client.ask('AUTH XOAUTH2'), /^-ERR/)
  client.close()
})

test('STLS: missing, refused, with injected bytes, dropped, silent', async (context) => {
  const server = await start(context, { stls: 'missing' }, 'on-request')
  const client = await greeted(server)
  assert.ok(!(await client.askMany('CAPA')).includes('STLS'))
  assert.match(await client.ask('STLS'), /^-ERR/)
  server.faults = { stls: 'error' }
  assert.ok((await client.askMany('CAPA')).includes('STLS'))
  assert.match(await client.ask('STLS'), /^-ERR/)
  server.faults = { stls: { inject: '+OK injected\r\n' } }
  await client.send('STLS\r\n')
  assert.match((await client.piece()).toString(), /^\+OK Begin[^\n]*\n\+OK injected\r\n$/)
  client.close('rst')
  const dropped = await start(context, { stls: 'drop' }, 'on-request')
  const second = await greeted(dropped)
  await second.send('STLS\r\n')
  assert.equal((await second.rest()).length, 0)
  const quiet = await start(context, { stls: 'silent' }, 'on-request')
  const third = await greeted(quiet)
  await third.send('STLS\r\n')
  await expectSilence(quiet, third, 'STLS')
})

test('UIDL: unsupported, and every malformed line', async (context) => {
  const server = await start(context, {})
  const client = await loggedInPop3(server.port)
  const answered = async (uidl: UidlFault) => {
    server.faults = { uidl }
    return (await client.askMany('UIDL')).slice(1)
  }
  server.faults = { uidl: { unsupported: true } }
  assert.match(await client.ask('UIDL'), /^-ERR/)
  assert.equal((await answered({ line: uidlLines.emptyId }))[1], '2 ')
  assert.equal((await answered({ line: uidlLines.missingId }))[1], '2')
  assert.deepEqual((await answered({ line: uidlLines.duplicate })).slice(0, 2), ['1 the-same-id', '2 the-same-id'])
  assert.equal((await answered({ line: uidlLines.overLong }))[1]?.length, 3005)
  assert.equal((await answered({ line: uidlLines.eightBit }))[1], '2 two\xe9\xff')
  assert.equal((await answered({ line: uidlLines.severalSpaces }))[1], '2   two')
  assert.equal((await answered({ line: uidlLines.withSpaces }))[1], '2 two and more')
  assert.match((await answered({ line: uidlLines.withNul }))[1] ?? '', /\0/)
  assert.equal((await answered({ prefix: '+OK ' }))[1], '+OK 2 two')
  assert.deepEqual(await answered({ omits: ({ uidl }) => uidl === 'two' }), ['1 one', '3 three', '4 four'])
  const shuffled = await answered({ isShuffled: true })
  assert.notDeepEqual(shuffled, [...shuffled].sort())
  assert.equal(new Set(shuffled).size, 4)
  const mine = await answered({ isPerSession: true })
  const other = await loggedInPop3(server.port)
  assert.notDeepEqual((await other.askMany('UIDL')).slice(1), mine)
  client.close()
  other.close()
})

test('LIST and STAT: wrong sizes, missing lines, broken arguments, drifting octets', async (context) => {
  const server = await start(context, {
    list: { size: ({ uidl }) => uidl.length, omits: ({ uidl }) => uidl === 'one' },
  })
  const client = await loggedInPop3(server.port)
  assert.deepEqual((await client.askMany('LIST')).slice(1), ['2 3', '3 5', '4 4'])
  server.faults = { list: { argument: 'size-only' } }
  assert.equal(await client.ask('LIST 2'), '+OK 19')
  server.faults = { list: { argument: 'ignored' } }
  assert.equal((await client.askMany('LIST 2')).length, 5)
  server.faults = { stat: ({ count, octets }, asked) => ({ count, octets: octets - asked }) }
  assert.equal(await client.ask('STAT'), '+OK 4 79')
  assert.equal(await client.ask('STAT'), '+OK 4 78')
  client.close()
})

test('a window on the maildrop: only the oldest or the newest messages', async (context) => {
  const server = await start(context, { window: { count: 2, of: 'oldest' } })
  const oldest = await loggedInPop3(server.port)
  assert.deepEqual((await oldest.askMany('UIDL')).slice(1), ['1 one', '2 two'])
  server.faults = { window: { count: 3, of: 'newest' } }
  const newest = await loggedInPop3(server.port)
  assert.deepEqual((await newest.askMany('UIDL')).slice(1), ['1 two', '2 three', '3 four'])
  oldest.close()
  newest.close()
})

test('QUIT: an error, a lie, no answer, a dropped connection', async (context) => {
  const server = await start(context, {})
  const quit = async (fault: NonNullable<Pop3Faults['quit']>) => {
    server.faults = { quit: fault }
    const client = await loggedInPop3(server.port)
    await client.ask('DELE 1')
    await client.send('QUIT\r\n')
    const answer = (await client.rest()).toString()
    return [answer.slice(0, 4), server.maildrop('alice').messages.length]
  }
  assert.deepEqual(await quit('error'), ['-ERR', 4])
  assert.deepEqual(await quit('keeps'), ['+OK ', 4])
  assert.deepEqual(await quit('drop'), ['', 4])
  assert.deepEqual(await quit('deletes-silently'), ['', 3])
  const quiet = await start(context, { quit: 'silent' })
  const waiting = await loggedInPop3(quiet.port)
  await waiting.send('QUIT\r\n')
  await expectSilence(quiet, waiting, 'QUIT')
})

test('the connection ends after some idle time', async (context) => {
  const server = await start(context, { idleLimit: 30 })
  const client = await loggedInPop3(server.port)
  assert.equal((await client.rest()).length, 0)
})

test('an endless line and an endless listing', async (context) => {
  const server = await start(context, { endless: { verb: 'STAT', what: 'line' } })
  const line = await loggedInPop3(server.port)
  await line.send('STAT\r\n')
  assert.doesNotMatch((await line.bytes(100_000)).toString(), /\n/)
  line.close('rst')
  server.faults = { endless: { verb: 'LIST', what: 'listing' } }
  const listing = await loggedInPop3(server.port)
  await listing.send('LIST\r\n')
  assert.match((await listing.bytes(100_000)).toString(), /\r\n7000 7000\r\n/)
  listing.close('rst')
})

test('answers are held until the gate opens, and scripts answer anything', async (context) => {
  const gate = new Gate()
  const server = await start(context, { hold: { STAT: gate } })
  const client = await loggedInPop3(server.port)
  await client.send('NOOP\r\nSTAT\r\nNOOP\r\n')
  await gate.held()
  assert.match((await client.piece()).toString(), /^\+OK[^\n]*\n$/)
  gate.open()
  assert.equal(await client.line(), '+OK 4 79')
  await client.line()
  server.faults = { script: (verb, argument) => (verb === 'LIST' && argument === '1' ? '+OK what?\r\n' : undefined) }
  assert.equal(await client.ask('LIST 1'), '+OK what?')
  assert.equal(await client.ask('LIST 2'), '+OK 2 19')
  server.faults = { script: () => 'rst' }
  await client.send('NOOP\r\n')
  assert.equal((await client.rest()).length, 0)
})

test('dropAll resets every connection, and the server goes on', async (context) => {
  const server = await start(context, {})
  const clients = await Promise.all([loggedInPop3(server.port), loggedInPop3(server.port)])
  server.dropAll()
  for (const client of clients) assert.equal((await client.rest()).length, 0)
  assert.equal(server.connections.max, 2)
  await server.until(() => server.connections.open === 0)
  ;(await loggedInPop3(server.port)).close()
})
