// Reaching servers without logging in: every kind of TLS, and everything that can be in the way.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { TlsFacts } from '../../src/core/facts.ts'
import { reachImap } from '../../src/destinations/imap/reach.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { defaultDeadlines } from '../../src/sources/pop3/deadlines.ts'
import { reachPop3 } from '../../src/sources/pop3/reach.ts'
import { type CertificateVariant, certificate } from '../servers/certificates.ts'
import { startImapServer } from '../servers/imap-server.ts'
import { startPop3Server } from '../servers/pop3-server.ts'

const { ca } = await certificate()
const tlsOptions = { ca: [ca], fingerprints: [], minVersion: 'TLSv1.2', servername: undefined } as const
const never = new AbortController().signal

type Tls = 'implicit' | 'starttls' | 'none'
type Way = (port: number, tls: Tls, patience?: number) => Promise<TlsFacts | undefined>

const pop3: Way = (port, tls, patience = 10_000) => {
  const deadlines = { ...defaultDeadlines, connect: patience, greeting: patience, command: patience }
  return reachPop3({ host: '127.0.0.1', port, tls, tlsOptions, clock: systemClock, deadlines, trace: undefined }, never)
}
const imap: Way = (port, tls, patience = 10_000) =>
  reachImap({ host: '127.0.0.1', port, tls, tlsOptions, clock: systemClock, patience }, never)

async function failure(work: Promise<unknown>): Promise<MailhaulError> {
  const thrown = await work.then(
    () => assert.fail('it was reached'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof MailhaulError, String(thrown))
  return thrown
}

/** A server that says what it is told to. */
async function withRaw(said: string | undefined, work: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<import('node:net').Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    if (said !== undefined) socket.write(said)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  try {
    await work(typeof address === 'object' && address ? address.port : 0)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

const protocols = [
  [
    'POP3',
    pop3,
    async (tls: Tls, variant?: CertificateVariant) => startPop3Server({ users: [], ...(await tlsOf(tls, variant)) }),
  ],
  [
    'IMAP',
    imap,
    async (tls: Tls, variant?: CertificateVariant) => startImapServer({ users: [], ...(await tlsOf(tls, variant)) }),
  ],
] as const

async function tlsOf(tls: Tls, variant: CertificateVariant = 'good') {
  const kind = tls === 'starttls' ? ('on-request' as const) : tls
  return tls === 'none' ? {} : { tls: kind as 'on-request' | 'implicit', certificate: await certificate(variant) }
}

for (const [name, reach, start] of protocols) {
  describe(name, () => {
    for (const tls of ['implicit', 'starttls'] as const) {
      test(`${tls}: tells the session and the certificate, and says goodbye`, async () => {
        const server = await start(tls)
        try {
          const facts = await reach(server.port, tls)
          assert.match(facts?.protocol ?? '', /^TLSv1\.[23]$/)
          assert.ok((facts?.validTo ?? 0) > Date.now())
          await server.until(() => server.connections.open === 0)
          assert.equal(server.logins, 0)
          for (const verb of ['USER', 'AUTH', 'LOGIN', 'AUTHENTICATE']) assert.equal(server.count(verb), 0, verb)
        } finally {
          await server.stop()
        }
      })

      for (const variant of ['expired', 'self-signed', 'wrong-name'] as const) {
        test(`${tls}: a certificate that is ${variant} is refused`, async () => {
          const server = await start(tls, variant)
          try {
            assert.equal((await failure(reach(server.port, tls))).code, 'tls')
          } finally {
            await server.stop()
          }
        })
      }
    }

    test('no TLS: nothing is told of any', async () => {
      const server = await start('none')
      try {
        assert.equal(await reach(server.port, 'none'), undefined)
        assert.ok(['tls', 'protocol'].includes((await failure(reach(server.port, 'starttls'))).code))
        assert.equal((await failure(reach(server.port, 'implicit'))).code, 'tls')
      } finally {
        await server.stop()
      }
    })

    test('nobody there, silence, another protocol, no end', async () => {
      let closed = 0
      await withRaw('', async (port) => {
        closed = port
      })
      assert.equal((await failure(reach(closed, 'none'))).code, 'connect')
      await withRaw(undefined, async (port) => assert.equal((await failure(reach(port, 'none', 50))).code, 'timeout'))
      for (const said of ['220 mail.example ESMTP \x1b[2J\r\n', 'HTTP/1.1 400 Bad\r\n', 'x'.repeat(100_000)]) {
        await withRaw(said, async (port) => {
          const error = await failure(reach(port, 'none'))
          assert.equal(error.code, 'protocol')
          assert.ok(!error.message.includes('\x1b') && error.message.length < 1000, error.message)
        })
      }
    })
  })
}

test('IMAP: what was put in before the handshake is refused', () =>
  withRaw('* OK ready\r\na OK go ahead\r\n* OK injected\r\n', async (port) => {
    assert.equal((await failure(imap(port, 'starttls'))).code, 'protocol')
  }))

test('a name that nobody knows', async () => {
  const where = { host: 'no-such-host.invalid', port: 1, tls: 'none', tlsOptions, clock: systemClock } as const
  assert.equal((await failure(reachImap({ ...where, patience: 10_000 }, never))).code, 'dns')
})
