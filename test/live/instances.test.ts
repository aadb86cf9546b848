// The live test servers themselves: they log people in over TLS, keep exact bytes, and leave nothing behind.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { connect as connectInClear, type Socket } from 'node:net'
import { after, before, it } from 'node:test'
import { connect } from 'node:tls'
import { ImapFlow } from 'imapflow'
import { type CyrusServer, startCyrus } from './cyrus.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'
import type { User } from './user.ts'

type Server = DovecotServer | CyrusServer

const alice = { name: 'alice', password: 'pass:"word" \\ é' }
const bob = { name: 'bob', password: 'b' }
const users = [alice, bob]
const stranger = { name: 'alice', password: 'wrong' }

const first = message('first', 'one\r\n.dot\r\n..two dots\r\n')
const second = message('second', 'caf\xe9\r\n')

describeLive('a private Dovecot with Maildir', ['dovecot'], () => {
  const server = itServes(() => startDovecot({ users }))

  it('stores what IMAP appends with LF alone, and lists it in the order of UIDs', async () => {
    await withImap(server(), alice, async (client) => {
      for (let index = 0; index < 12; index++) await client.append('INBOX', message(`appended ${index}`, 'x\r\n'))
    })
    const stored = await server().messages(alice.name)
    assert.deepEqual(
      stored.slice(2).map((bytes) => bytes.toString('latin1')),
      Array.from({ length: 12 }, (_, index) =>
        message(`appended ${index}`, 'x\n').toString('latin1').replaceAll('\r', ''),
      ),
    )
  })

  it('delivers into a folder that IMAP then shows', async () => {
    await server().deliver(alice.name, [first], 'Été/A & B')
    const paths = await withImap(server(), alice, async (client) => (await client.list()).map(({ path }) => path))
    assert.ok(paths.includes('Été.A & B'), `not among ${paths}`)
    assert.deepEqual(await server().messages(alice.name, 'Été/A & B'), [first])
  })

  it('gives every message a new UIDL once its list of UIDs is gone', async () => {
    const before = uidls(await pop3(server(), alice, ['UIDL']))
    await server().removeUidlist(alice.name)
    const after = uidls(await pop3(server(), alice, ['UIDL']))
    assert.equal(after.length, before.length)
    assert.deepEqual(
      after.filter((uidl) => before.includes(uidl)),
      [],
    )
  })

  it('throws with the log when the configuration is wrong', async () => {
    await assert.rejects(startDovecot({ users, config: 'nonsense = yes' }), /Unknown setting: nonsense/)
  })
})

describeLive('a private Dovecot with mdbox', ['dovecot'], () => {
  const server = itServes(() =>
    startDovecot({ users, format: 'mdbox', ssl: 'required', config: 'login_greeting = Hello.' }),
  )

  it('takes further configuration', async () => {
    assert.match(await pop3(server(), alice, []), /^\+OK Hello\./)
  })

  it('allows no login in clear where TLS is required, save from its own address', async () => {
    const login = `USER ${bob.name}\r\nPASS ${bob.password}\r\nQUIT\r\n`
    const from = (localAddress: string) =>
      allOf(connectInClear({ host: '127.0.0.1', port: server().ports.pop3, localAddress }), login)
    assert.match(await from('127.0.0.2'), /-ERR \[AUTH\] (Plain|Clear)text authentication disallowed/)
    assert.match(await from('127.0.0.1'), /\+OK Logged in/)
  })
})

describeLive('a private Cyrus', ['cyrus'], () => {
  const server = itServes(() => startCyrus({ users }))

  it('says why it does not take a message', async () => {
    await assert.rejects(server().deliver(alice.name, [message('a NUL', '\0\r\n')]), /NO .*NUL/)
  })

  it('separates folders by a slash and has them beside the inbox', async () => {
    assert.equal(await createFolder(server(), 'Archive/2024'), 'Archive/2024')
  })
})

describeLive('a private Cyrus with other options', ['cyrus'], () => {
  const config = { unixhierarchysep: 'no', altnamespace: 'no', popminpoll: '5' }
  const server = itServes(() => startCyrus({ users, config }))

  it('separates folders by a dot and has them below the inbox', async () => {
    assert.equal(await createFolder(server(), 'INBOX.Archive.2024'), 'INBOX.Archive.2024')
  })

  it('takes further configuration', async () => {
    assert.match(await pop3(server(), bob, ['CAPA']), /\r\nLOGIN-DELAY 300\r\n/)
  })
})

/** What every server has to do, between its start and its end; the tests of the one kind come in between. */
function itServes<S extends Server>(start: () => Promise<S>): () => S {
  let server: S | undefined
  const current = () => server ?? assert.fail('not started')
  before(async () => {
    server = await start()
    await server.deliver(alice.name, [first, second])
  })
  after(async () => {
    const { pid, directory, ports } = current()
    await current().stop()
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    assert.equal(existsSync(directory), false)
    for (const port of Object.values(ports)) assert.equal(await isListening(port), false)
  })

  it('serves IMAP and POP3 over TLS, to the right password only', async () => {
    const inbox = await withImap(current(), alice, (client) => client.mailboxOpen('INBOX', { readOnly: true }))
    assert.equal(inbox.exists, 2)
    assert.match(await pop3(current(), alice, ['STAT']), new RegExp(`\\+OK 2 ${first.length + second.length}\r\n`))
    await assert.rejects(
      withImap(current(), stranger, async () => {}),
      { authenticationFailed: true },
    )
    assert.match(await pop3(current(), stranger, []), /-ERR \[AUTH\]/)
  })

  it('gives back the bytes that were delivered, and none to others', async () => {
    assert.deepEqual(await current().messages(alice.name), [first, second])
    assert.deepEqual(await current().messages(bob.name), [])
  })

  it('has another snapshot after a delivery, and the same one after being read', async () => {
    const empty = await current().snapshot()
    await current().deliver(bob.name, [first])
    const delivered = await current().snapshot()
    assert.notEqual(delivered, empty)
    await pop3(current(), bob, ['UIDL', 'TOP 1 0'])
    await withImap(current(), bob, (client) => client.status('INBOX', { unseen: true }))
    assert.equal(await current().snapshot(), delivered)
  })

  return current
}

async function withImap<T>(server: Server, user: User, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { host, ports, caFile } = server
  const client = new ImapFlow({
    host,
    port: ports.imaps,
    secure: true,
    tls: { ca: await readFile(caFile) },
    auth: { user: user.name, pass: user.password },
    logger: false,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.logout()
  }
}

function createFolder(server: Server, path: string): Promise<string> {
  return withImap(server, bob, async (client) => (await client.mailboxCreate(path)).path)
}

/** One session over TLS, all commands sent at once: everything the server said, as latin1. */
async function pop3(server: Server, user: User, commands: readonly string[]): Promise<string> {
  const lines = [`USER ${user.name}`, `PASS ${user.password}`, ...commands, 'QUIT', '']
  const ca = await readFile(server.caFile)
  return allOf(
    connect({ host: '127.0.0.1', port: server.ports.pop3s, ca, servername: server.host }),
    lines.join('\r\n'),
  )
}

async function isListening(port: number): Promise<boolean> {
  const socket = connectInClear(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function allOf(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  return Buffer.concat(await socket.toArray()).toString('latin1')
}

function uidls(session: string): string[] {
  return [...session.matchAll(/^\d+ (\S+)\r$/gm)].map(([, uidl = '']) => uidl)
}

/** The bytes of a message; characters above 0x7f become one byte each. */
function message(subject: string, body: string): Buffer {
  return Buffer.from(`From: a@example.org\r\nSubject: ${subject}\r\n\r\n${body}`, 'latin1')
}
