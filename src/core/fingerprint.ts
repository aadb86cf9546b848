// What a message is recognised by: hashes of its exact bytes and of its canonical form, made while it streams past.
import { createHash, hash } from 'node:crypto'
import { CanonicalForm } from './canonical-form.ts'
import { HashedAtOnce } from './hashed-at-once.ts'
import type { Fingerprint, Fingerprints, Key } from './message.ts'

// Versioned because fingerprints are stored: another canonical form needs another version.
const version = 'v1'
const prefix = `${version}:sha256:`
// A canonical fingerprint is two hashes of 128 and 124 bits, and a digit: the form, its header block before 8-bit octets
// were folded, and whether there were any.
const foldedDigits = 32
const headerDigits = 31
const largestHeaders = 64 * 1024

/** What is known of a message once it is whole. */
export interface Fingerprinted {
  /** Octets. */
  readonly size: number
  /** Octets after storing by lines, as Dovecot's RFC822.SIZE tells them: bare LF as CRLF, CR CR LF as CRLF. */
  readonly foldedSize: number
  readonly fingerprints: Fingerprints
  /** The header block with its closing blank line, as served: at most the first 64 KiB of it. */
  readonly headers: Uint8Array
}

/** Takes the bytes of one message as they come. */
export interface Fingerprinter {
  /** How a message is cut into chunks makes no difference; the chunk may be reused afterwards. */
  update(chunk: Uint8Array): void
  /** The message is whole. To be called once. */
  finish(): Fingerprinted
}

/** How two copies of a message compare: byte for byte, in canonical form only, or not at all. */
export type Verdict = 'identical' | 'canonical-equal' | 'different'

/** Begins the fingerprints of one message. Memory is bounded whatever the message holds. */
export function createFingerprinter(): Fingerprinter {
  const exact = createHash('sha256')
  const canonical = createHash('sha256')
  const header = createHash('sha256')
  const form = new CanonicalForm(
    (bytes) => canonical.update(bytes),
    undefined,
    (bytes) => header.update(bytes),
  )
  const headers: Uint8Array[] = []
  let size = 0
  let kept = 0

  return {
    update(chunk) {
      exact.update(chunk)
      form.update(chunk)
      size += chunk.length
      const more = Math.min(form.headerSize, largestHeaders) - kept
      if (more > 0) headers.push(Buffer.from(chunk.subarray(0, more)))
      kept += more
    },
    finish() {
      form.finish()
      return {
        size,
        foldedSize: size + form.foldedBy,
        fingerprints: {
          exact: `${prefix}${exact.digest('hex')}` as Fingerprint,
          canonical: canonicalPrint(canonical.digest('hex'), header.digest('hex'), form.hasEightBitHeader),
        },
        headers: headers.length === 1 && headers[0] ? headers[0] : Buffer.concat(headers),
      }
    },
  }
}

function canonicalPrint(form: string, header: string, hasEightBit: boolean): Fingerprint {
  const digits = form.slice(0, foldedDigits) + header.slice(0, headerDigits) + (hasEightBit ? '8' : '0')
  return `${prefix}${digits}` as Fingerprint
}

/** The part of a canonical fingerprint that stays the same when a server replaces 8-bit octets of headers. */
export function foldedOf(canonical: Fingerprint): string {
  return canonical.slice(0, prefix.length + foldedDigits)
}

/**
 * Whether two canonical fingerprints may be those of one message and its copy: the same; or the same but for 8-bit octets
 * of headers, where one has some and the other, as it was rewritten, has none. Where both have some, or none, they differ.
 */
export function areAlike(a: Fingerprint, b: Fingerprint): boolean {
  return a === b || (foldedOf(a) === foldedOf(b) && a.at(-1) !== b.at(-1))
}

const wholeForm = new HashedAtOnce()
const wholeHeader = new HashedAtOnce()

/** The same of a message that is in memory already: cheaper, for nothing has to be kept from chunk to chunk. */
export function fingerprint(bytes: Uint8Array): Fingerprinted {
  wholeForm.begin()
  wholeHeader.begin()
  const form = new CanonicalForm(wholeForm.update, undefined, wholeHeader.update)
  form.update(bytes)
  form.finish()
  return {
    size: bytes.length,
    foldedSize: bytes.length + form.foldedBy,
    fingerprints: {
      exact: `${prefix}${hash('sha256', bytes, 'hex')}` as Fingerprint,
      canonical: canonicalPrint(wholeForm.digest(), wholeHeader.digest(), form.hasEightBitHeader),
    },
    headers: Buffer.from(bytes.subarray(0, Math.min(form.headerSize, largestHeaders))),
  }
}

/** The fingerprints alone of a message that is in memory already. */
export function fingerprintsOf(bytes: Uint8Array): Fingerprints {
  return fingerprint(bytes).fingerprints
}

/** The 64 hex digits of a fingerprint. */
export function hexOf(fingerprint: Fingerprint): string {
  return fingerprint.slice(prefix.length)
}

/** A short name for something that is not to be written down itself. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Compares two copies of a message. */
export function verdictOf(a: Fingerprints, b: Fingerprints): Verdict {
  if (a.exact === b.exact) return 'identical'
  return areAlike(a.canonical, b.canonical) ? 'canonical-equal' : 'different'
}

/**
 * Names a message that its source gives no usable name: by its bytes, and by a count that tells the messages with the
 * same bytes apart. Begins with NUL, which no unique-id may hold (RFC 1939 §7).
 */
export function keyFromFingerprint(exact: Fingerprint, occurrence: number): Key {
  return `\0${version}:${hexOf(exact)}:${occurrence}` as Key
}

/** Whether a key was made from a fingerprint instead of being the source's own name. */
export function isDerivedKey(key: Key): boolean {
  return key.startsWith('\0')
}
