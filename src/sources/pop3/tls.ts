// TLS for POP3, from the first byte or after STLS (RFC 2595): always verified, and what failed said in words.
import { createHash, X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  getCACertificates,
  type PeerCertificate,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls'
import { MailhaulError } from '../../core/errors.ts'
import type { TlsFacts } from '../../core/ports.ts'
import { abortedBy, printable, systemCode } from './errors.ts'

/** What to expect of the server's certificate. Chain and name are checked in any case. */
export interface TlsOptions {
  /** Certificate authorities in PEM, trusted besides the usual ones. */
  readonly ca: readonly string[]
  /** SHA-256 of the public key (SPKI) in lower-case hex: where there are any, one must fit. */
  readonly fingerprints: readonly string[]
  readonly minVersion: SecureVersion
  /** The name in the certificate, where it is not the host. */
  readonly servername?: string | undefined
}

const hungUp = 'ECONNRESET'

/** Puts TLS on a connected socket. Errors: tls. The caller sets the deadline through the signal. */
export function secure(socket: Socket, host: string, options: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const name = options.servername ?? host
  const channel = connect({ ...settings(name, options), socket })
  const settle = (done: () => void) => {
    signal.removeEventListener('abort', onAbort)
    channel.off('close', onClose)
    done()
  }
  const giveUp = (error: MailhaulError) => {
    settle(() => reject(error))
    channel.destroy()
    socket.destroy()
  }
  const onError = (error: Error) => giveUp(tlsFailed(name, error))
  const onClose = () => giveUp(tlsFailed(name, Object.assign(new Error('closed'), { code: hungUp })))
  const onAbort = () => giveUp(abortedBy(signal))
  channel.on('error', onError)
  channel.on('close', onClose)
  channel.once('secureConnect', () => {
    settle(() => resolve(channel))
    channel.off('error', onError)
  })
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort)
  return promise
}

/** What a TLS connection came to. */
export function tlsFacts(channel: TLSSocket): TlsFacts {
  const certificate = channel.getPeerCertificate()
  const subject: unknown = certificate.subject?.CN
  return {
    protocol: channel.getProtocol() ?? 'unknown',
    cipher: channel.getCipher().name,
    subject: typeof subject === 'string' ? subject : namesOf(certificate),
    validTo: Date.parse(certificate.valid_to),
  }
}

function settings(name: string, { ca, fingerprints, minVersion }: TlsOptions): ConnectionOptions {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
  return {
    ...(isIP(name) ? { host: name } : { servername: name, host: name }),
    ...(ca.length > 0 ? { ca: [...getCACertificates('default'), ...ca] } : {}),
    // OpenSSL speaks the versions before 1.2 at its lowest security level only: whoever asks for them gets that.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    minVersion,
    rejectUnauthorized: true,
    checkServerIdentity: (host, certificate) =>
      checkServerIdentity(host, certificate) ?? checkPin(certificate, fingerprints),
  }
}

/** Marks the error of a certificate that is valid but not the one expected. */
class PinMismatch extends Error {
  readonly code = 'PIN_MISMATCH'
}

function checkPin(certificate: PeerCertificate, pins: readonly string[]): Error | undefined {
  if (pins.length === 0) return undefined
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
  const pin = createHash('sha256').update(key).digest('hex')
  return pins.includes(pin) ? undefined : new PinMismatch(pin)
}

function tlsFailed(name: string, error: Error): MailhaulError {
  const [message, hint] = reasonOf(printable(name), error)
  // A hang-up may be the network's doing; everything else stays as it is until somebody changes something.
  const retry = systemCode(error) === hungUp ? 'now' : 'never'
  return new MailhaulError({ code: 'tls', scope: 'host', retry, message, hint, end: 'source', cause: error })
}

function reasonOf(name: string, error: Error): [message: string, hint: string] {
  const code = systemCode(error)
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return [`The certificate of ${name} has expired.`, 'Its operator must renew it; nothing was sent.']
    case 'CERT_NOT_YET_VALID':
      return [`The certificate of ${name} is not valid yet.`, "Check this machine's clock."]
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return [`The certificate of ${name} is self-signed.`, 'If it is the right one, name it under source.ca.']
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return [
        `The certificate of ${name} comes from an authority that this machine does not know.`,
        'If it is a private authority, name its certificate under source.ca.',
      ]
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        `The certificate is not for ${name} but for ${namesInError(error)}.`,
        'Use a name it is made for as source.host, or say it under source.servername.',
      ]
    case 'PIN_MISMATCH':
      return [
        `The public key of ${name} is none of those under source.fingerprint.`,
        `Its SHA-256 is ${error.message}: add it only if you have learned it from the server's operator.`,
      ]
    case hungUp:
      return [
        `The server hung up during the TLS handshake with ${name}.`,
        'Check source.port and source.tls; where it speaks old TLS versions only, see source.minVersion.',
      ]
    default:
      return [`No TLS connection to ${name}: ${code ?? printable(error.message)}.`, handshakeHint(code)]
  }
}

function handshakeHint(code: string | undefined): string {
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return 'The server does not answer with TLS at this port: try tls: starttls, or another port.'
  }
  if (code?.includes('PROTOCOL')) return 'It may speak old TLS versions only: see source.minVersion.'
  return 'Check source.port and source.tls.'
}

function namesInError(error: Error): string {
  if (!('cert' in error) || typeof error.cert !== 'object' || error.cert === null) return 'other names'
  return namesOf(error.cert)
}

function namesOf(certificate: object): string {
  const alternatives = 'subjectaltname' in certificate ? certificate.subjectaltname : undefined
  if (typeof alternatives !== 'string') return 'no name at all'
  return printable(alternatives.replaceAll(/(DNS|IP Address):/g, ''))
}
