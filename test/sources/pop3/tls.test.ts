// TLS: from the first byte and by STLS, verified always, and every defence against those in between (A13, E01 to E03).
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import type { TlsOptions } from '../../../src/sources/pop3/tls.ts'
import { type CertificateVariant, certificate } from '../../servers/certificates.ts'
import { failureOf } from './failure.ts'
import { listAndFetch, mails, type RigOptions, signal, sourceOptions, withRig, withSession } from './rig.ts'
import { startScriptedServer } from './scripted-server.ts'

const other = await certificate('self-signed')
const good = await certificate()
const pin = Buffer.from(good.publicKeyPin, 'base64').toString('hex')
const otherPin = Buffer.from(other.publicKeyPin, 'base64').toString('hex')

function trusting(tls: 'implicit' | 'starttls', more: Partial<TlsOptions> = {}): RigOptions {
  const tlsOptions: TlsOptions = { ca: [good.ca], fingerprints: [], minVersion: 'TLSv1.2', ...more }
  return { tls: tls === 'implicit' ? 'implicit' : 'on-request', source: { tls, tlsOptions } }
}

/** Opens with these options and expects a TLS failure before any login. */
async function refused(options: RigOptions, message: RegExp, hint?: RegExp): Promise<void> {
  await withRig(options, async ({ source, server }) => {
    const error = await failureOf(source.open(signal))
    assert.equal(error.code, 'tls')
    if (!error.message.includes('hung up')) assert.equal(error.retry, 'never')
    assert.match(error.message, message)
    if (hint) assert.match(error.hint ?? '', hint)
    assert.deepEqual([server.logins, server.count('USER'), server.count('AUTH')], [0, 0, 0])
  })
}

for (const tls of ['implicit', 'starttls'] as const) {
  describe(`tls: ${tls}`, () => {
    test('works, and tells what it is', () =>
      withSession({ ...trusting(tls), messages: mails(20) }, async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(20))
        assert.match(session.facts.tls?.protocol ?? '', /^TLSv1\.[23]$/)
        assert.ok((session.facts.tls?.validTo ?? 0) > Date.now())
        assert.notEqual(session.facts.tls?.subject, '')
        assert.equal(await session.close(signal), true)
        assert.match(session.facts.tls?.protocol ?? '', /^TLSv1/)
      }))

    test('the right pin among others', () =>
      withSession(trusting(tls, { fingerprints: [otherPin, pin] }), async ({ facts }) => assert.ok(facts.tls)))

    test('a pin that does not fit, on a certificate that is fine otherwise', () =>
      refused(trusting(tls, { fingerprints: [otherPin] }), /public key of 127\.0\.0\.1 is none/, new RegExp(pin)))

    test('a pin that fits does not make up for an authority nobody knows', () =>
      refused(trusting(tls, { ca: [], fingerprints: [pin] }), /authority that this machine does not know/))

    const certificates: readonly [CertificateVariant, RegExp][] = [
      ['expired', /has expired/],
      ['self-signed', /is self-signed/],
      ['wrong-name', /not for 127\.0\.0\.1 but for other\.example/],
    ]
    for (const [variant, message] of certificates) {
      test(`a certificate that is ${variant}`, async () =>
        refused({ ...trusting(tls), certificate: await certificate(variant) }, message))
    }

    test('the name to expect can be another than the host', async () => {
      const options = {
        ...trusting(tls, { servername: 'other.example' }),
        certificate: await certificate('wrong-name'),
      }
      await withSession(options, async ({ facts }) => assert.ok(facts.tls))
      await refused(
        trusting(tls, { servername: 'third.example' }),
        /not for third\.example but for localhost, 127\.0\.0\.1/,
      )
    })

    test('a version that is too old', () =>
      refused(
        { ...trusting(tls, { minVersion: 'TLSv1.3' }), tlsOptions: { maxVersion: 'TLSv1.2' } },
        /No TLS connection/,
        /minVersion/,
      ))
  })
}

describe('implicit TLS', () => {
  test('a server that speaks without', () =>
    refused({ ...trusting('implicit'), tls: 'none' }, /No TLS connection/, /starttls/))

  test('a server that accepts and says nothing: the deadline covers the handshake', () =>
    withRig(
      { source: { tls: 'implicit', deadlines: { connect: 50 } }, faults: { greeting: 'silent' } },
      async ({ source }) => {
        assert.equal((await failureOf(source.open(signal))).code, 'timeout')
      },
    ))

  test('a server that accepts and hangs up', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      await withRig({ source: { tls: 'implicit', port } }, async ({ source }) => {
        assert.equal((await failureOf(source.open(signal))).code, 'tls')
      })
    } finally {
      server.close()
    }
  })
})

describe('STLS (A13)', () => {
  test('what was said before it does not count', () =>
    withSession(
      {
        ...trusting('starttls'),
        faults: { capabilities: { clear: ['STLS', 'SASL PLAIN', 'UTF8'], secure: ['USER'] } },
      },
      async (_, { server }) => {
        assert.deepEqual(server.log.slice(0, 5), ['CAPA', 'STLS', 'CAPA', 'USER alice', 'PASS ****'])
        assert.equal(server.count('UTF8'), 1)
      },
    ))

  test('is tried where CAPA is unknown', () =>
    withSession({ ...trusting('starttls'), faults: { capa: 'error' } }, async ({ facts }) => assert.ok(facts.tls)))

  test('not offered', () => refused({ ...trusting('starttls'), faults: { stls: 'missing' } }, /does not offer it/))

  test('offered and refused', () =>
    refused({ ...trusting('starttls'), faults: { stls: 'error' } }, /refused it: TLS is/))

  for (const inject of ['+OK injected\r\n', '-ERR injected\r\n', 'x', '\r\n', '\x16\x03\x01']) {
    test(`${JSON.stringify(inject)} behind the +OK is fatal`, () =>
      refused({ ...trusting('starttls'), faults: { stls: { inject } } }, /somebody may be tampering|No TLS connection/))
  }

  test('bytes behind the +OK in the same segment are seen as what they are', () =>
    refused({ ...trusting('starttls'), faults: { stls: { inject: '+OK injected\r\n' } } }, /somebody may be tampering/))

  for (const stls of ['silent', 'drop'] as const) {
    test(`${stls} instead of an answer`, () =>
      withRig(
        {
          ...trusting('starttls'),
          source: { ...trusting('starttls').source, deadlines: { command: 60 } },
          faults: { stls },
        },
        async ({ source }) => {
          const error = await failureOf(source.open(signal))
          assert.equal(error.code, stls === 'silent' ? 'timeout' : 'disconnected')
        },
      ))
  }

  test('silence after the +OK: the deadline covers the handshake', async () => {
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\r\n')
      await peer.line()
      await peer.send('+OK\r\nSTLS\r\n.\r\n')
      await peer.line()
      await peer.send('+OK go on\r\n')
      await peer.gone()
    })
    try {
      const options = sourceOptions(server.port, { ...trusting('starttls').source, deadlines: { connect: 50 } })
      const error = await failureOf(createPop3Source(options).open(signal))
      assert.equal(error.code, 'timeout')
      assert.match(error.message, /handshake/)
    } finally {
      await server.stop()
    }
  })
})
