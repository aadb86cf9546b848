// Quirks of connections that somebody could read or change (first part of group E of the catalogue).
import assert from 'node:assert/strict'
import type { TlsOptions } from 'node:tls'
import { MailhaulError } from '../../src/core/errors.ts'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { createPop3Source } from '../../src/sources/pop3/source.ts'
import { type CertificateVariant, certificate } from '../servers/certificates.ts'
import type { ImapFaults } from '../servers/imap-faults.ts'
import { startImapServer } from '../servers/imap-server.ts'
import type { TlsMode } from '../servers/listener.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { startPop3Server } from '../servers/pop3-server.ts'
import { quirk } from './quirk.ts'

const user = 'alice'
const password = 'correct horse'
const signal = new AbortController().signal
const ends = ['POP3', 'IMAP'] as const

interface Circumstances {
  readonly end: (typeof ends)[number]
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly variant?: CertificateVariant
  readonly serverTls?: Pick<TlsOptions, 'maxVersion' | 'minVersion' | 'ciphers'>
  readonly pins?: readonly string[]
  readonly pop3?: Pop3Faults
  readonly imap?: ImapFaults
  readonly host?: string
  readonly minVersion?: 'TLSv1.1' | 'TLSv1.2'
}

/** Connects to a server of its own; returns how it failed, or undefined when it worked, and who got in. */
async function connect(
  at: Circumstances,
): Promise<{ error: MailhaulError | undefined; logins: number; log: string[] }> {
  const { end, tls, variant = 'good', serverTls = {}, pins = [], host = 'localhost', minVersion = 'TLSv1.2' } = at
  const shown = await certificate(variant)
  const mode: TlsMode = tls === 'implicit' ? 'implicit' : tls === 'starttls' ? 'on-request' : 'none'
  const options = { users: [{ user, password }], tls: mode, certificate: shown, tlsOptions: serverTls }
  const server =
    end === 'POP3'
      ? await startPop3Server({ ...options, faults: at.pop3 ?? {} })
      : await startImapServer({ ...options, faults: at.imap ?? {} })
  try {
    const error = await reach(end, { host, port: server.port, tls, minVersion, ca: (await certificate()).ca, pins })
    return { error, logins: server.logins, log: [...server.log] }
  } finally {
    await server.stop()
  }
}

interface Way {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly minVersion: 'TLSv1.1' | 'TLSv1.2'
  readonly ca: string
  readonly pins: readonly string[]
}

async function reach(end: 'POP3' | 'IMAP', { ca, pins, minVersion, ...way }: Way): Promise<MailhaulError | undefined> {
  const credentials = { kind: 'password', user, password: async () => password } as const
  const tlsOptions = { ca: [ca], fingerprints: pins, minVersion }
  const common = { ...way, tlsOptions, credentials, clock: systemClock, allowPlaintext: false }
  const work = async () => {
    if (end === 'POP3')
      return (await createPop3Source({ ...common, deadlines: { connect: 5000 } }).open(signal)).abandon()
    const destination = createImapDestination({ ...common, connections: 1 })
    await destination.facts(signal).finally(() => destination.close())
  }
  return work().then(
    () => undefined,
    (thrown: unknown) => {
      assert.ok(thrown instanceof MailhaulError, `${end}: ${thrown}`)
      assert.ok(!`${thrown.message}${thrown.hint}`.includes(password))
      return thrown
    },
  )
}

async function isRefused(at: Circumstances, what: string): Promise<MailhaulError> {
  const { error, logins, log } = await connect(at)
  const where = `${at.end}, ${at.tls}, ${what}`
  assert.equal(error?.code, 'tls', `${where}: ${error?.message}`)
  assert.equal(logins, 0, where)
  assert.ok(!log.some((line) => /USER|PASS|AUTH|LOGIN/.test(line)), `${where}: nothing was sent: ${log}`)
  return error
}

const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const

quirk(
  'E01',
  'Certificates are always verified, chain, name and date, and TLS before 1.2 is not spoken unless asked for; before that nothing is sent.',
  async () => {
    for (const end of ends) {
      for (const tls of ['implicit', 'starttls'] as const) {
        assert.equal((await connect({ end, tls })).error, undefined, `${end} ${tls}`)
        for (const variant of ['wrong-name', 'expired', 'self-signed'] as const) {
          assert.equal((await isRefused({ end, tls, variant }, variant)).retry, 'never')
        }
        await isRefused({ end, tls, serverTls: old }, 'TLS 1.1 only')
        assert.equal((await connect({ end, tls, serverTls: old, minVersion: 'TLSv1.1' })).error, undefined)
      }
    }
  },
)

quirk(
  'E02',
  'With pins, one of them must be the SHA-256 of the public key, on top of the usual checks, never in their place.',
  async () => {
    const hex = async (variant: CertificateVariant) =>
      Buffer.from((await certificate(variant)).publicKeyPin, 'base64').toString('hex')
    const [good, wrongName] = [await hex('good'), await hex('wrong-name')]
    for (const end of ends) {
      const tls = 'implicit'
      assert.equal((await connect({ end, tls, pins: ['0'.repeat(64), good] })).error, undefined)
      const error = await isRefused({ end, tls, pins: ['0'.repeat(64), wrongName] }, 'other pins')
      assert.match(error.hint ?? '', new RegExp(good), 'the hint names the key that was shown')
      await isRefused({ end, tls, variant: 'wrong-name', pins: [wrongName] }, 'the right pin for a wrong name')
    }
  },
)

quirk(
  'E03',
  'STLS and STARTTLS are required or not used at all: where they are missing, refused or tampered with, or a greeting spares the login, no login is tried.',
  async () => {
    const tls = 'starttls'
    for (const stls of ['missing', 'error', { inject: '+OK injected\r\n' }] as const) {
      await isRefused({ end: 'POP3', tls, pop3: { stls } }, JSON.stringify(stls))
    }
    for (const starttls of ['missing', 'refused', { inject: '* OK injected\r\n' }] as const) {
      await isRefused({ end: 'IMAP', tls, imap: { starttls } }, JSON.stringify(starttls))
    }
    await isRefused({ end: 'IMAP', tls, imap: { greeting: 'preauth' } }, 'PREAUTH')
    assert.equal(
      (await connect({ end: 'IMAP', tls: 'implicit', imap: { greeting: 'preauth' } })).error?.code,
      'protocol',
    )
  },
)
