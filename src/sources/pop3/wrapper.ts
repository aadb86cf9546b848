// Tells a message from the wrapper that Courier sends instead of mail with 8-bit headers (quirk A38, RFC 6856).
import type { Fetched } from '../../core/ports.ts'
import { messageFailed } from './errors.ts'

/** How the wrapper begins; a message that has travelled begins with trace headers instead. */
const opening = Buffer.from(
  'From: Mail Delivery Subsystem <postmaster>\r\nSubject: Cannot display Unicode content\r\nMime-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary="=_',
)

/** The same, unless it is a wrapper: that is let go and fails, for it is not what lies in the maildrop. */
export function withoutWrapper(fetched: Fetched): Fetched {
  if (fetched.kind !== 'message' || !isWrapper(fetched.message.headers)) return fetched
  const { listed, message } = fetched
  message.release()
  const error = messageFailed(
    'unrenderable',
    'Its headers hold 8-bit text, and the server sends an explanation with the message attached instead.',
    'The server gives it out unchanged only where its POP3 offers UTF8 (RFC 6856): ask its operator.',
  )
  return { kind: 'failed', listed, error }
}

function isWrapper(headers: Uint8Array): boolean {
  return opening.equals(headers.subarray(0, opening.length))
}
