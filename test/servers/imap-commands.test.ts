// Commands of the IMAP test server when it behaves, seen by raw sockets.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ImapServer, startImapServer } from './imap-server.ts'
import { loggedInImap, rawClient } from './raw-client.ts'

const message = (text: string) => Buffer.from(text, 'latin1')

async function start(context: TestContext): Promise<ImapServer> {
  const server = await startImapServer({ users: [{ user: 'alice', password: 'secret' }] })
  context.after(() => server.stop())
  return server
}

test('a selected folder hears of changes made elsewhere, at once when idling', async (context) => {
  const server = await start(context)
  const one = await loggedInImap(server.port)
  const two = await loggedInImap(server.port)
  await one.command('SELECT INBOX')
  await two.command('SELECT INBOX')
  await one.send('t IDLE\r\n')
  assert.equal(await one.line(), '+ idling')
  await two.command('APPEND INBOX {3+}\r\nx\r\n')
  assert.equal(await one.line(), '* 1 EXISTS')
  await two.command('STORE 1 +FLAGS (\\Deleted)')
  await two.command('EXPUNGE')
  assert.equal(await one.line(), '* 1 EXPUNGE')
  assert.equal(await one.ask('DONE'), 't OK IDLE completed')
  one.close()
  two.close()
})

test('searches by number, UID, header, date, size and flag; ESEARCH', async (context) => {
  const { found, client } = await withFive(context)
  assert.equal(await found('ALL'), '1 2 3 4 5')
  assert.equal(await found('UID 2:3,5'), '2 3 5')
  assert.equal(await found('4:*'), '4 5')
  assert.equal(await found('HEADER FROM a2'), '2')
  assert.equal(await found('OR SUBJECT "number 1" SEEN'), '1 3')
  assert.equal(await found('NOT (SINCE 2-Jan-2020 BEFORE 4-Jan-2020)'), '1 4 5')
  assert.equal(await found('LARGER 70 SMALLER 90'), '4 5')
  assert.equal(await found('ON 5-Jan-2020 UNSEEN'), '5')
  assert.equal(await found('KEYWORD Kept'), '3')
  const [extended] = await client.command('UID SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN')
  assert.match(extended ?? '', /MIN 1 MAX 5 COUNT 4 ALL 1:2,4:5$/)
  assert.match((await client.command('SEARCH BROKEN')).at(-1) ?? '', /^t BAD/)
  client.close()
})

test('COPY, MOVE, STORE and UID EXPUNGE', async (context) => {
  const { server, found, client } = await withFive(context)
  server.account('alice').create('Other')
  const copied = (await client.command('UID COPY 1,3 Other')).at(-1) ?? ''
  assert.match(copied, /^t OK \[COPYUID \d+ 1,3 1:2\] UID COPY completed$/)
  const moved = (await client.command('UID MOVE 1 Other')).join('\n')
  assert.match(moved, /^\* OK \[COPYUID \d+ 1 3\][\s\S]*\* 1 EXPUNGE\nt OK/)
  await client.command('UID STORE 2,4 +FLAGS.SILENT (\\Deleted)')
  assert.deepEqual((await client.command('UID EXPUNGE 4')).slice(0, -1), ['* 3 EXPUNGE'])
  assert.equal(await found('ALL'), '2 3 5')
  assert.match((await client.command('UID FETCH 7:x FLAGS')).at(-1) ?? '', /^t BAD/)
  assert.match((await client.command('COPY 1 Missing')).at(-1) ?? '', /^t NO \[TRYCREATE\]/)
  const uids = server.folder('alice', 'Other').messages.map(({ uid }) => uid)
  assert.deepEqual(uids, [1, 2, 3])
  client.close()
})

async function withFive(context: TestContext) {
  const server = await start(context)
  const five = [1, 2, 3, 4, 5].map((number) => ({
    bytes: message(`Subject: number ${number}\r\nFrom: a${number}@x\r\n\r\n${'x'.repeat(number * 10)}\r\n`),
    internalDate: `0${number}-Jan-2020 00:00:00 +0000`,
    flags: number === 3 ? ['\\Seen', 'Kept'] : [],
  }))
  server.seed('alice', 'INBOX', five)
  const client = await loggedInImap(server.port)
  await client.command('SELECT INBOX')
  const found = async (query: string) => (await client.command(`UID SEARCH ${query}`))[0]?.slice(8).trim()
  return { server, client, found }
}

test('reading a body marks it as seen, unless one peeks or the folder is read-only', async (context) => {
  const server = await start(context)
  const [stored] = server.seed('alice', 'INBOX', [{ bytes: message('A: 1\r\n\r\nbody\r\n') }]).messages
  const client = await loggedInImap(server.port)
  await client.command('EXAMINE INBOX')
  assert.deepEqual((await client.command('FETCH 1 BODY[TEXT]')).slice(0, 3), ['* 1 FETCH (BODY[TEXT] {6}', 'body', ')'])
  await client.command('SELECT INBOX')
  await client.command('FETCH 1 (BODY.PEEK[] RFC822.HEADER)')
  assert.deepEqual([...(stored?.flags ?? [])], [])
  await client.command('FETCH 1 BODY[HEADER.FIELDS (A)]')
  assert.deepEqual([...(stored?.flags ?? [])], ['\\Seen'])
  client.close()
})

test('folder names: bad ones are refused, patterns and subscriptions select', async (context) => {
  const server = await start(context)
  const client = await loggedInImap(server.port)
  for (const name of ['"a&b"', '"x//y"', '/lead', `"${'n'.repeat(300)}"`]) {
    assert.match((await client.command(`CREATE ${name}`)).at(-1) ?? '', /^t NO \[CANNOT\]/, name)
  }
  for (const name of ['A/B/C', 'trail/', '"[Gmail]/Sent Mail"', '{4+}\r\nlit1']) {
    assert.match((await client.command(`CREATE ${name}`)).at(-1) ?? '', /^t OK/, name)
  }
  await client.command('CREATE Special (USE (\\Archive))')
  await client.command('SUBSCRIBE A/B')
  const listed = async (text: string) => (await client.command(text)).slice(0, -1).map((line) => line.split(' "/" ')[1])
  assert.deepEqual(await listed('LIST "" %'), ['"INBOX"', '"A"', '"trail"', '"[Gmail]"', '"lit1"', '"Special"'])
  assert.deepEqual(await listed('LIST "A/" *'), ['"A/B"', '"A/B/C"'])
  assert.deepEqual(await listed('LSUB "" *'), ['"INBOX"', '"A/B"'])
  assert.deepEqual(await listed('LIST (SPECIAL-USE) "" *'), ['"Special"'])
  assert.deepEqual(await listed('LIST "" ""'), ['""'])
  assert.match((await client.command('DELETE A')).at(-1) ?? '', /HASCHILDREN/)
  client.close()
})

test('synchronising literals as arguments, malformed and unknown commands, LOGOUT', async (context) => {
  const server = await start(context)
  const client = await rawClient(server.port)
  assert.match(await client.line(), /^\* OK \[CAPABILITY IMAP4rev1 .*AUTH=PLAIN/)
  assert.equal(await client.ask('t LOGIN {5}'), '+ OK')
  assert.equal(await client.ask('alice {6}'), '+ OK')
  assert.match(await client.ask('secret'), /^t OK \[CAPABILITY/)
  for (const wrong of ['t', '* x', '']) assert.match(await client.ask(wrong), /BAD/, wrong)
  for (const wrong of ['NONSENSE', 'FETCH 1 FLAGS', 'LOGIN a b', 'LIST', 'LIST "" (']) {
    assert.match((await client.command(wrong)).at(-1) ?? '', /^t BAD/, wrong)
  }
  assert.deepEqual(await client.command('LOGOUT'), ['* BYE Logging out', 't OK LOGOUT completed'])
  assert.equal((await client.rest()).length, 0)
})

test('another UIDVALIDITY: UIDs start again and open sessions are sent away', async (context) => {
  const server = await start(context)
  const folder = server.seed('alice', 'INBOX', [{ bytes: message('x\r\n') }, { bytes: message('y\r\n') }])
  folder.remove(new Set([1]))
  const before = folder.uidValidity
  const client = await loggedInImap(server.port)
  await client.command('SELECT INBOX')
  await server.bumpUidValidity('alice', 'INBOX')
  assert.match((await client.rest()).toString(), /^\* BYE/)
  assert.notEqual(folder.uidValidity, before)
  assert.deepEqual(
    folder.messages.map(({ uid }) => uid),
    [1],
  )
  assert.equal(folder.uidNext, 2)
})
