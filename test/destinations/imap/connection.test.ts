// Getting in: TLS of every kind, logins, and one clear error for each way in which it can fail.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MailhaulError } from '../../../src/core/errors.ts'
import { heldMessage } from '../../engine/held-message.ts'
import { certificate } from '../../servers/certificates.ts'
import type { ImapFaults } from '../../servers/imap-faults.ts'
import { imapCapabilities } from '../../servers/imap-server.ts'
import { type AccountSettings, type OpenAccount, openAccount, password, user } from './open-account.ts'

const { ca, publicKeyPin } = await certificate()
const fingerprint = Buffer.from(publicKeyPin, 'base64').toString('hex')

async function failure(t: TestContext, settings: AccountSettings): Promise<MailhaulError & { at: OpenAccount }> {
  const at = await openAccount(t, settings)
  try {
    await at.destination.facts(at.signal)
  } catch (thrown) {
    assert.ok(thrown instanceof MailhaulError)
    assert.ok(!`${thrown.message}${thrown.hint}`.includes(password), 'no secrets in errors')
    return Object.assign(thrown, { at })
  }
  return assert.fail('it worked')
}

describe('TLS', () => {
  for (const tls of ['implicit', 'starttls'] as const) {
    const server = { tls: tls === 'implicit' ? ('implicit' as const) : ('on-request' as const) }
    const way = (tlsOptions: object) => ({ server, destination: { host: 'localhost', tls, tlsOptions } })

    it(`${tls}: works and says what it came to`, async (t) => {
      const { destination, signal } = await openAccount(
        t,
        way({ ca: [ca], fingerprints: ['0'.repeat(64), fingerprint] }),
      )
      const { tls: facts } = await destination.facts(signal)
      assert.equal(facts?.protocol, 'TLSv1.3')
      assert.equal(facts?.subject, 'mailhaul test server')
      assert.ok((facts?.validTo ?? 0) > Date.now())
    })

    it(`${tls}: uploads`, async (t) => {
      const { server, destination, signal } = await openAccount(t, way({ ca: [ca] }))
      const folder = await destination.ensure('INBOX', signal)
      const bytes = Buffer.alloc(600_000, 'x\r\n')
      const outgoing = { message: heldMessage(bytes), flags: [], internalDate: 0 }
      await Promise.all([
        destination.append(folder, [outgoing], signal),
        destination.append(folder, [outgoing], signal),
      ])
      assert.ok(server.folder(user, 'INBOX').messages.every((stored) => stored.bytes.equals(bytes)))
      assert.equal(server.folder(user, 'INBOX').messages.length, 2)
    })

    it(`${tls}: trusts nobody it does not know`, async (t) => {
      const { code, hint } = await failure(t, way({}))
      assert.equal(code, 'tls')
      assert.match(hint ?? '', /ca/)
    })

    it(`${tls}: takes no other key than those pinned`, async (t) => {
      const { code, message, hint } = await failure(t, way({ ca: [ca], fingerprints: ['0'.repeat(64)] }))
      assert.equal(code, 'tls')
      assert.match(message, /pinned/)
      assert.match(hint ?? '', new RegExp(fingerprint))
    })
  }

  for (const [variant, words] of [
    ['wrong-name', /another name/],
    ['expired', /expired/],
    ['self-signed', /nobody trusted/],
  ] as const) {
    it(`refuses a certificate that is ${variant}`, async (t) => {
      const other = await certificate(variant)
      const { code, message, at } = await failure(t, {
        server: { tls: 'implicit', certificate: other },
        destination: { host: 'localhost', tls: 'implicit', tlsOptions: { ca: [other.ca] } },
      })
      assert.equal(code, 'tls')
      assert.match(message, words)
      assert.equal(at.server.logins, 0)
    })
  }

  it('checks an address against the certificate too', async (t) => {
    const tlsOptions = { ca: [ca] }
    const { destination, signal } = await openAccount(t, {
      server: { tls: 'implicit' },
      destination: { host: '127.0.0.1', tls: 'implicit', tlsOptions },
    })
    assert.ok((await destination.facts(signal)).tls)
    const other = { ...tlsOptions, servername: 'imap.example' }
    const { message } = await failure(t, {
      server: { tls: 'implicit' },
      destination: { host: '127.0.0.1', tls: 'implicit', tlsOptions: other },
    })
    assert.match(message, /another name/)
  })

  it('refuses TLS that is too old', async (t) => {
    const { code } = await failure(t, {
      server: { tls: 'implicit', tlsOptions: { maxVersion: 'TLSv1.2' } },
      destination: { host: 'localhost', tls: 'implicit', tlsOptions: { ca: [ca], minVersion: 'TLSv1.3' } },
    })
    assert.equal(code, 'tls')
  })

  for (const [what, faults] of [
    ['is missing', { starttls: 'missing' }],
    ['is refused', { starttls: 'refused' }],
    ['comes with a gift', { starttls: { inject: '* OK [CAPABILITY IMAP4rev1] gotcha\r\n' } }],
    ['is made impossible by PREAUTH', { greeting: 'preauth' }],
  ] as const satisfies readonly (readonly [string, ImapFaults])[]) {
    it(`never logs in when STARTTLS ${what}`, async (t) => {
      const { code, at } = await failure(t, {
        server: { tls: 'on-request', faults },
        destination: { host: 'localhost', tls: 'starttls', tlsOptions: { ca: [ca] } },
      })
      assert.equal(code, 'tls')
      assert.equal(at.server.logins, 0)
      assert.ok(!at.server.log.some((line) => /LOGIN|AUTHENTICATE/.test(line)))
    })
  }

  it('speaks to a server without TLS behind its back only on this machine, or when told to', async (t) => {
    const { code, at } = await failure(t, { destination: { host: 'imap.example' } })
    assert.equal(code, 'tls')
    assert.equal(at.server.connections.total, 0)
  })

  for (const tls of ['implicit', 'starttls'] as const) {
    it(`${tls}: a handshake that is cut off may be tried again, as at the source`, async (t) => {
      const cut = createServer((socket) => {
        socket.on('error', () => undefined)
        if (tls === 'starttls') socket.write('* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n')
        socket.on('data', (bytes) => {
          const tag = /^(\S+) STARTTLS/.exec(bytes.toString('latin1'))?.[1]
          if (tag) socket.write(`${tag} OK go on\r\n`)
          else socket.destroy()
        })
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => cut.once('listening', resolve))
      t.after(() => cut.close())
      const address = cut.address()
      assert.ok(address !== null && typeof address === 'object')
      const destination = { host: 'localhost', port: address.port, tls, tlsOptions: { ca: [ca] } }
      const { code, retry, message } = await failure(t, { destination })
      assert.deepEqual([code, retry], ['tls', 'now'])
      assert.match(message, /broke off the TLS handshake/)
    })
  }

  it('says so when TLS meets a server without it', async (t) => {
    const { code, hint } = await failure(t, { destination: { host: 'localhost', tls: 'implicit' } })
    assert.equal(code, 'tls')
    assert.match(hint ?? '', /starttls/)
  })
})

describe('logging in', () => {
  it('is not done before it is needed', async (t) => {
    const { server, destination } = await openAccount(t)
    await destination.close()
    assert.equal(server.connections.total, 0)
  })

  it('turns nothing on that would change the rules', async (t) => {
    const more = ['UTF8=ACCEPT', 'CONDSTORE', 'IMAP4rev2', 'COMPRESS=DEFLATE', 'BINARY']
    const { server, destination, signal } = await openAccount(t, {
      server: { capabilities: [...imapCapabilities.full, ...more] },
    })
    await destination.ensure('Grüße', signal)
    for (const verb of ['ENABLE', 'COMPRESS', 'IDLE']) assert.equal(server.count(verb), 0)
    assert.ok(server.log.some((line) => /CREATE "?Gr&APwA3w-e/.test(line)))
  })

  it('works with LOGIN where there is no SASL', async (t) => {
    const { destination, signal } = await openAccount(t, { server: { capabilities: imapCapabilities.bare } })
    await destination.facts(signal)
  })

  it('works with a token, asked for at each login', async (t) => {
    let asked = 0
    const token = async () => {
      asked++
      return 'a-token'
    }
    const { destination, signal } = await openAccount(t, {
      server: { users: [{ user, password, token: 'a-token' }] },
      destination: { credentials: { kind: 'token', user, token } },
    })
    const folder = await destination.ensure('INBOX', signal)
    const message = heldMessage(Buffer.from('x'))
    await destination.append(folder, [{ message, flags: [], internalDate: 0 }], signal)
    assert.equal(asked, 2)
  })

  /** A server that takes these mechanisms and no others. */
  const offering = (...mechanisms: readonly string[]): ImapFaults => ({
    greeting: { raw: '* OK ready\r\n' },
    script: (verb) => {
      if (verb !== 'CAPABILITY') return undefined
      return `* CAPABILITY IMAP4rev1 SASL-IR ${mechanisms.map((name) => `AUTH=${name}`).join(' ')}\r\n{tag} OK\r\n`
    },
  })

  for (const mechanism of ['XOAUTH2', 'OAUTHBEARER']) {
    it(`${mechanism}: a refused token is explained and answered, another one asked for, once`, async (t) => {
      const asked: (string | undefined)[] = []
      const token = async (refused?: string) => {
        asked.push(refused)
        return refused === undefined ? 'old' : 'new'
      }
      const { server, destination, signal } = await openAccount(t, {
        server: { users: [{ user, password, token: 'new' }], faults: offering(mechanism) },
        destination: { credentials: { kind: 'token', user, token } },
      })
      await destination.facts(signal)
      assert.deepEqual(asked, [undefined, 'old'])
      assert.equal(server.count('AUTHENTICATE'), 2)
      assert.ok(server.log.some((line) => line.includes(`AUTHENTICATE ${mechanism}`)))
      assert.ok(!server.log.join('\n').includes(Buffer.from('old').toString('base64').slice(0, 4)))
    })
  }

  it('says so where a server takes no tokens at all, and asks for no other one', async (t) => {
    let asked = 0
    const token = async () => {
      asked++
      return 'a-token'
    }
    const { code, retry } = await failure(t, {
      server: { faults: offering('PLAIN') },
      destination: { credentials: { kind: 'token', user, token } },
    })
    assert.deepEqual([code, retry, asked], ['unsupported', 'never', 1])
  })

  it('tries a wrong password once, and never again', async (t) => {
    const credentials = { kind: 'password', user, password: async () => 'wrong' } as const
    const { code, scope, retry, hint, at } = await failure(t, { destination: { credentials } })
    assert.deepEqual([code, scope, retry], ['auth', 'pair', 'later'])
    assert.ok(hint)
    await assert.rejects(at.destination.ensure('INBOX', at.signal), { code: 'auth' })
    const folder = { path: 'INBOX', uidValidity: 1, uidNext: 1, messages: 0 }
    const message = heldMessage(Buffer.from('x'))
    const [answer] = await at.destination.append(folder, [{ message, flags: [], internalDate: 0 }], at.signal)
    assert.ok(answer?.kind === 'unsent' && answer.error.code === 'auth')
    assert.equal(at.server.count('AUTHENTICATE'), 1)
  })

  for (const [login, expected] of [
    ['authentication-failed', 'auth pair later'],
    ['without-code', 'auth pair later'],
    ['unavailable', 'temporary pair now'],
    [{ text: 'NO Too many simultaneous connections. (Failure)' }, 'throttled pair now'],
    ['drop', 'disconnected pair now'],
  ] as const) {
    it(`a login answered with ${JSON.stringify(login)} is ${expected}`, async (t) => {
      const { code, scope, retry } = await failure(t, { server: { faults: { login } } })
      assert.equal(`${code} ${scope} ${retry}`, expected)
    })
  }

  it('is not skipped: PREAUTH leaves open whose mailbox it is', async (t) => {
    const { code } = await failure(t, { server: { faults: { greeting: 'preauth' } } })
    assert.equal(code, 'protocol')
    const implicit = await failure(t, {
      server: { tls: 'implicit', faults: { greeting: 'preauth' } },
      destination: { host: 'localhost', tls: 'implicit', tlsOptions: { ca: [ca] } },
    })
    assert.equal(implicit.code, 'protocol')
  })
})

describe('connecting', () => {
  it('says that nobody answers at a port', async (t) => {
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const address = free.address()
    await new Promise((resolve) => free.close(resolve))
    assert.ok(address !== null && typeof address === 'object')
    const { code, message, hint } = await failure(t, { destination: { port: address.port } })
    assert.equal(code, 'connect')
    assert.match(message, /Nobody answers/)
    assert.match(hint ?? '', /port/)
  })

  for (const [greeting, expected] of [
    ['silent', 'timeout'],
    ['drop', 'disconnected'],
    ['bye', 'disconnected'],
    [{ raw: '* BYE Too many connections from your address\r\n' }, 'throttled'],
  ] as const) {
    it(`a greeting that is ${JSON.stringify(greeting)} is ${expected}`, async (t) => {
      const { code } = await failure(t, {
        server: { faults: { greeting } },
        destination: { deadlines: { greeting: 50 } },
      })
      assert.equal(code, expected)
    })
  }

  it('ends when aborted', async (t) => {
    const { server, destination } = await openAccount(t, { server: { faults: { greeting: 'silent' } } })
    const stop = new AbortController()
    const facts = destination.facts(stop.signal)
    while (server.connections.open === 0) await nextTurn()
    stop.abort()
    await assert.rejects(facts, { name: 'MailhaulError', code: 'interrupted' })
    await assert.rejects(destination.facts(stop.signal), { code: 'interrupted' })
  })

  it('traces the conversation without the secret or a message', async (t) => {
    const lines: string[] = []
    for (const capabilities of [imapCapabilities.full, imapCapabilities.bare]) {
      const { destination, signal } = await openAccount(t, {
        server: { capabilities },
        destination: { trace: (line) => lines.push(line) },
      })
      const folder = await destination.ensure('INBOX', signal)
      const message = heldMessage(Buffer.from('Subject: secret\r\n\r\nPRIVATE\r\n'))
      await destination.append(folder, [{ message, flags: [], internalDate: 0 }], signal)
      await Array.fromAsync(destination.digests(folder, [1], signal))
    }
    const text = lines.join('\n')
    assert.match(text, /^C M1 APPEND "INBOX" " 1-Jan-1970 00:00:00 \+0000" \{28\+\}$/m)
    assert.match(text, /^S M1 OK \[APPENDUID /m)
    const encodings = [
      password,
      Buffer.from(password).toString('base64'),
      Buffer.from(`\0${user}\0${password}`).toString('base64'),
    ]
    for (const secret of [...encodings, 'battery', 'PRIVATE']) assert.ok(!text.includes(secret), secret)
  })
})
