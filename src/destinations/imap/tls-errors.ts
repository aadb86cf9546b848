// What failed about TLS, in words, and what to do about it.
import { MailhaulError } from '../../core/errors.ts'
import { escaped } from './server-text.ts'

/** What node:tls or imapflow threw. */
export interface TlsFailure {
  readonly code: string
  readonly message: string
  /** imapflow says that this happened on the way to TLS. */
  readonly tlsFailed: boolean
  readonly thrown: unknown
}

/** The line went dead during the handshake: that may be the network's doing, so trying again can help. */
const cut = /before secure TLS|ECONNRESET|EPIPE|NoConnection|EConnectionClosed/

const failures = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|EPROTO|STARTTLS|INVALID_CA)|before secure TLS/

/** What was thrown, what the server does, what to do. */
const meanings: readonly (readonly [RegExp, string, string])[] = [
  [/ALTNAME_INVALID/, 'shows a certificate for another name', 'Check host, or set servername to the expected name.'],
  [/EXPIRED/, 'shows an expired certificate', 'The certificate has to be renewed on the server.'],
  [/NOT_YET_VALID/, 'shows a certificate that is not valid yet', "Check this machine's clock."],
  [
    /SELF_SIGNED|UNABLE_TO|CERT_UNTRUSTED|INVALID_CA/,
    'shows a certificate that nobody trusted vouches for',
    'If the server has its own certificate authority, give its certificate as ca.',
  ],
  [
    /STARTTLS_INJECTION/,
    'sent data where TLS had to begin',
    'Somebody on the way may be tampering: use tls: implicit.',
  ],
  [cut, 'broke off the TLS handshake', 'Check port, tls and minVersion.'],
  [/WRONG_VERSION|PACKET_LENGTH|EPROTO/, 'does not speak TLS here', 'Check port and tls: 143 is starttls as a rule.'],
]

/** The error where it was TLS that failed; undefined where it was something else. */
export function tlsError({ code, message, tlsFailed, thrown }: TlsFailure, where: string): MailhaulError | undefined {
  if (!tlsFailed && !failures.test(code) && !failures.test(message)) return undefined
  const retry = cut.test(`${code} ${message}`) ? 'now' : 'never'
  const error = (text: string, hint: string) =>
    new MailhaulError({ code: 'tls', scope: 'host', retry, message: text, hint, cause: thrown })
  if (code === 'ERR_TLS_PIN_MISMATCH') {
    const hint = `Its SHA-256 is ${message}: add it only if you have learned it from the server's operator.`
    return error(`The IMAP server ${where} shows a public key that is none of those pinned.`, hint)
  }
  const known = meanings.find(([pattern]) => pattern.test(`${code} ${message}`))
  if (known) return error(`The IMAP server ${where} ${known[1]}.`, known[2])
  const hint = /STARTTLS/.test(message)
    ? 'Use tls: implicit if the server has it; an unencrypted login is never tried.'
    : 'Check tls, port and minVersion.'
  return error(`No secure connection to ${where}: ${escaped(message)}.`, hint)
}
