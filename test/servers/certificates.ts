// Certificates for the test servers: a CA and server certificates made with the openssl command, once per process.

import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What is wrong with a certificate: nothing, another host's name, no CA behind it, or past its date (E01). */
export type CertificateVariant = 'good' | 'wrong-name' | 'self-signed' | 'expired'

/** A server certificate in PEM. `ca` is what a client has to trust to accept the `good` one. */
export type Certificate = {
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** SHA-256 of the certificate, as `AB:CD:…`. */
  readonly fingerprint: string
  /** SHA-256 of the SubjectPublicKeyInfo in base64, for pinning (E02). */
  readonly publicKeyPin: string
}

const run = promisify(execFile)
const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const made = new Map<CertificateVariant, Promise<Certificate>>()
let authority: Promise<{ cert: string; key: string }> | undefined

/** A certificate for `localhost` and `127.0.0.1` of the given variant; the same one for the whole process. */
export function certificate(variant: CertificateVariant = 'good'): Promise<Certificate> {
  const known = made.get(variant) ?? makeCertificate(variant)
  made.set(variant, known)
  return known
}

async function makeCertificate(variant: CertificateVariant): Promise<Certificate> {
  authority ??= makeAuthority()
  const { cert: ca, key: caKey } = await authority
  const names = variant === 'wrong-name' ? 'DNS:other.example' : 'DNS:localhost,IP:127.0.0.1'
  return inTemporaryDirectory(async (directory) => {
    const path = (name: string) => join(directory, name)
    const key = path('key.pem')
    const request = path('request.pem')
    const cert = path('cert.pem')
    await writeFile(path('ca.pem'), ca)
    await writeFile(path('ca-key.pem'), caKey, { mode: 0o600 })
    await run('openssl', [
      ...['req', '-new', ...keyOptions, '-keyout', key, '-out', request],
      ...['-subj', '/CN=mailhaul test server', '-addext', `subjectAltName=${names}`],
    ])
    const signer =
      variant === 'self-signed'
        ? ['-signkey', key]
        : ['-CA', path('ca.pem'), '-CAkey', path('ca-key.pem'), '-CAcreateserial']
    const days = variant === 'expired' ? '-1' : '2'
    await run('openssl', [
      ...['x509', '-req', '-in', request, ...signer],
      ...['-days', days, '-copy_extensions', 'copy', '-out', cert],
    ])
    return described(ca, await readFile(cert, 'latin1'), await readFile(key, 'latin1'))
  })
}

function described(ca: string, cert: string, key: string): Certificate {
  const parsed = new X509Certificate(cert)
  const publicKey = parsed.publicKey.export({ type: 'spki', format: 'der' })
  const publicKeyPin = createHash('sha256').update(publicKey).digest('base64')
  return { ca, cert, key, fingerprint: parsed.fingerprint256, publicKeyPin }
}

function makeAuthority(): Promise<{ cert: string; key: string }> {
  return inTemporaryDirectory(async (directory) => {
    const key = join(directory, 'ca-key.pem')
    const cert = join(directory, 'ca.pem')
    await run('openssl', [
      ...['req', '-x509', ...keyOptions, '-keyout', key, '-out', cert, '-days', '2'],
      ...['-subj', '/CN=mailhaul test CA', '-addext', 'basicConstraints=critical,CA:TRUE'],
    ])
    return { cert: await readFile(cert, 'latin1'), key: await readFile(key, 'latin1') }
  })
}

async function inTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'mailhaul-certificates-'))
  try {
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
