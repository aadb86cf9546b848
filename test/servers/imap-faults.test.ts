// Every fault of the IMAP test server but those of APPEND, seen on the wire.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Gate } from './gate.ts'
import { type ImapFaults, imapLoginRefusals } from './imap-faults.ts'
import { type ImapServer, type ImapServerOptions, startImapServer } from './imap-server.ts'
import { loggedInImap, rawClient, staysSilent } from './raw-client.ts'

async function start(
  context: TestContext,
  faults: ImapFaults,
  options: Partial<ImapServerOptions> = {},
): Promise<ImapServer> {
  const server = await startImapServer({ users: [{ user: 'alice', password: 'secret' }], faults, ...options })
  context.after(() => server.stop())
  return server
}

test('greetings: BYE, PREAUTH, another text, a dropped connection, silence', async (context) => {
  const server = await start(context, { greeting: 'bye' })
  assert.match((await (await rawClient(server.port)).rest()).toString(), /^\* BYE/)
  server.faults = { greeting: 'drop' }
  assert.equal((await (await rawClient(server.port)).rest()).length, 0)
  server.faults = { greeting: 'preauth' }
  const trusted = await rawClient(server.port)
  assert.match(await trusted.line(), /^\* PREAUTH \[CAPABILITY [^\]]*UIDPLUS/)
  assert.match((await trusted.command('SELECT INBOX')).at(-1) ?? '', /^t OK/)
  trusted.close()
  server.faults = { greeting: { raw: '* OK \xff\r\n' } }
  const odd = await rawClient(server.port)
  assert.equal(await odd.line(), '* OK \xff')
  odd.close()
  server.faults = { greeting: 'silent' }
  const silent = await rawClient(server.port)
  await silent.send('t NOOP\r\n')
  await server.until(() => server.connections.total === 5)
  server.faults = {}
  const other = await loggedInImap(server.port)
  assert.ok(await staysSilent(silent, other))
  silent.close()
  other.close()
})

test('logins refused in every way', async (context) => {
  const server = await start(context, {})
  for (const login of Object.keys(imapLoginRefusals).filter(isRefusal)) {
    server.faults = { login }
    await assert.rejects(loggedInImap(server.port), new Error(`t ${imapLoginRefusals[login]}`))
  }
  server.faults = { login: { text: 'NO [EXPIRED] Too old' } }
  await assert.rejects(loggedInImap(server.port), /EXPIRED/)
  server.faults = { login: 'drop' }
  await assert.rejects(loggedInImap(server.port), /ended/)
  server.faults = {}
  await assert.rejects(loggedInImap(server.port, 'alice', 'wrong'), /AUTHENTICATIONFAILED/)
  assert.equal(server.logins, 0)
})

function isRefusal(name: string): name is keyof typeof imapLoginRefusals {
  return name in imapLoginRefusals
}

test('too many connections: BYE at the greeting, NO at the login', async (context) => {
  const server = await start(context, { connectionLimit: { max: 1, answer: 'bye' } })
  const first = await loggedInImap(server.port)
  assert.match((await (await rawClient(server.port)).rest()).toString(), /^\* BYE Too many connections/)
  server.faults = { connectionLimit: { max: 1, answer: 'no' } }
  await assert.rejects(loggedInImap(server.port), /NO \[LIMIT\]/)
  assert.equal(server.connections.total, 3)
  first.close()
})

test('STARTTLS: missing, refused, with injected bytes, silent', async (context) => {
  const server = await start(context, { starttls: 'missing' }, { tls: 'on-request' })
  const client = await rawClient(server.port)
  assert.doesNotMatch(await client.line(), /STARTTLS/)
  assert.match((await client.command('STARTTLS')).at(-1) ?? '', /^t NO/)
  server.faults = { starttls: 'refused' }
  assert.match((await client.command('CAPABILITY'))[0] ?? '', /STARTTLS/)
  assert.match((await client.command('STARTTLS')).at(-1) ?? '', /^t NO/)
  server.faults = { starttls: { inject: '* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n' } }
  await client.send('t STARTTLS\r\n')
  assert.match((await client.piece()).toString(), /^t OK[^\n]*\n\* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n$/)
  client.close('rst')
  server.faults = { starttls: 'silent' }
  const waiting = await rawClient(server.port)
  await waiting.line()
  await waiting.send('t STARTTLS\r\n')
  await server.waitFor('STARTTLS', 4)
  server.faults = {}
  const other = await loggedInImap(server.port)
  assert.ok(await staysSilent(waiting, other))
  waiting.close()
  other.close()
})

test('read-only folders and refused CREATEs', async (context) => {
  const server = await start(context, { isReadOnly: true, create: 'NO [NOPERM] No' })
  server.seed('alice', 'INBOX', [{ bytes: Buffer.from('x\r\n') }])
  const client = await loggedInImap(server.port)
  assert.match((await client.command('SELECT INBOX')).at(-1) ?? '', /^t OK \[READ-ONLY\]/)
  for (const command of ['STORE 1 FLAGS (\\Seen)', 'EXPUNGE', 'APPEND INBOX {1+}\r\nx']) {
    assert.match((await client.command(command)).at(-1) ?? '', /^t NO \[READ-ONLY\]/, command)
  }
  assert.match((await client.command('MYRIGHTS INBOX'))[0] ?? '', / lr$/)
  assert.equal((await client.command('CREATE New')).at(-1), 't NO [NOPERM] No')
  client.close()
})

test('a folder that shows only its newest messages', async (context) => {
  const server = await start(context, { visible: 2 })
  server.seed(
    'alice',
    'INBOX',
    ['a', 'b', 'c'].map((text) => ({ bytes: Buffer.from(text) })),
  )
  const client = await loggedInImap(server.port)
  assert.ok((await client.command('SELECT INBOX')).includes('* 2 EXISTS'))
  assert.equal((await client.command('UID SEARCH ALL'))[0], '* SEARCH 2 3')
  assert.match((await client.command('UID FETCH 1 FLAGS'))[0] ?? '', /^t OK/)
  client.close()
})

test('BYE when idle, on request, and everywhere at once', async (context) => {
  const server = await start(context, { idleLimit: 30 })
  const idle = await loggedInImap(server.port)
  assert.match((await idle.rest()).toString(), /^\* BYE Autologout/)
  server.faults = {}
  const clients = await Promise.all([loggedInImap(server.port), loggedInImap(server.port)])
  await server.byeAll('Server shutting down')
  for (const client of clients) assert.equal((await client.rest()).toString(), '* BYE Server shutting down\r\n')
  const last = await loggedInImap(server.port)
  server.dropAll()
  assert.equal((await last.rest()).length, 0)
})

test('scripted answers, held answers, and answers byte by byte', async (context) => {
  const server = await start(context, {
    script: (verb) =>
      verb === 'SELECT' ? '* OK hm\r\n{tag} NO User is authenticated but not connected.\r\n' : undefined,
  })
  const client = await loggedInImap(server.port)
  assert.deepEqual(await client.command('SELECT INBOX'), ['* OK hm', 't NO User is authenticated but not connected.'])
  const gate = new Gate()
  server.faults = { hold: { NOOP: gate }, chunking: 'bytes' }
  await client.send('t NOOP\r\n')
  await gate.held()
  gate.open()
  for (const expected of 't OK NOOP completed\r\n') assert.equal((await client.piece()).toString(), expected)
  server.faults = { script: () => 'silent' }
  await client.send('t NOOP\r\n')
  await server.waitFor('NOOP', 2)
  client.close()
  assert.equal((await client.rest()).length, 0)
})

test('capabilities that are not listed are not there', async (context) => {
  const server = await start(context, {}, { capabilities: ['IMAP4rev1'] })
  const early = await rawClient(server.port)
  await early.line()
  assert.match((await early.command('AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==')).at(-1) ?? '', /^t BAD/)
  early.close()
  const client = await loggedInImap(server.port)
  await client.command('SELECT INBOX')
  const commands = [
    'IDLE',
    'NAMESPACE',
    'ID NIL',
    'UNSELECT',
    'UID MOVE 1 x',
    'GETQUOTA ""',
    'UID EXPUNGE 1',
    'MYRIGHTS INBOX',
  ]
  for (const command of [...commands, 'LIST "" * RETURN (SUBSCRIBED)', 'SEARCH RETURN () ALL', 'STATUS INBOX (SIZE)']) {
    assert.match((await client.command(command)).at(-1) ?? '', /^t BAD/, command)
  }
  client.close()
})
