// TLS as it is used for IMAP: always verified, pins on top, and what the session says of itself.
import { createHash, X509Certificate } from 'node:crypto'
import { isIP, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, getCACertificates, type PeerCertificate } from 'node:tls'
import { MailhaulError } from '../../core/errors.ts'
import type { TlsFacts } from '../../core/ports.ts'
import type { ImapDestinationOptions, TlsOptions } from './options.ts'

/** Options for node:tls and node:net. Verification cannot be turned off; `seen` is given a certificate that passed. */
export function tlsSettings(
  { ca = [], fingerprints = [], minVersion = 'TLSv1.2' }: TlsOptions,
  seen: (certificate: PeerCertificate) => void,
): ConnectionOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'> {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
  return {
    // Happy eyeballs; the default of 250 ms gives up on slow lines before they have answered.
    autoSelectFamilyAttemptTimeout: 3000,
    minVersion,
    rejectUnauthorized: true,
    // OpenSSL speaks the versions before 1.2 at its lowest security level only: whoever asks for them gets that.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    ...(ca.length > 0 ? { ca: [...getCACertificates('default'), ...ca] } : {}),
    checkServerIdentity: (host, certificate) => {
      const mismatch = checkServerIdentity(host, certificate) ?? pinMismatch(certificate, fingerprints)
      if (mismatch === undefined) seen(certificate)
      return mismatch
    },
  }
}

/** What people may want to know of a session. */
export function tlsFactsOf(
  cipher: { readonly name: string; readonly standardName?: string; readonly version: string },
  { subject, valid_to }: PeerCertificate,
): TlsFacts {
  const name = subject?.CN
  return {
    protocol: cipher.version,
    cipher: cipher.standardName ?? cipher.name,
    subject: (Array.isArray(name) ? name[0] : name) ?? '',
    validTo: Date.parse(valid_to),
  }
}

/** Throws where a connection would be readable on the way and nobody has accepted that. */
export function refuseUnwantedPlaintext({ tls, allowPlaintext, host, port }: ImapDestinationOptions): void {
  if (tls !== 'none' || allowPlaintext || isLoopback(host)) return
  throw new MailhaulError({
    code: 'tls',
    scope: 'pair',
    retry: 'never',
    message: `Without TLS, anybody on the way to ${host}:${port} can read the password and the mail.`,
    hint: 'Set tls to implicit or starttls, or allowPlaintext: true if you accept that.',
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** The public key is pinned, not the certificate: it survives renewal (RFC 7469 §2.4). */
function pinMismatch({ raw }: PeerCertificate, pins: readonly string[]): Error | undefined {
  if (pins.length === 0) return undefined
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(key).digest('hex')
  if (pins.includes(pin)) return undefined
  return Object.assign(new Error(pin), { code: 'ERR_TLS_PIN_MISMATCH' })
}
