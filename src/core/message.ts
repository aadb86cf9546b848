// What a message is on its way: listed by the source, then served as exact bytes with fingerprints, then placed.

declare const keyBrand: unique symbol
declare const fingerprintBrand: unique symbol

/**
 * The source's own durable name for a message (POP3: the unique-id of RFC 1939 §7). Opaque, case-sensitive bytes,
 * held as a string with one character (U+0000 to U+00FF) per byte so that it can be a map key.
 */
export type Key = string & { readonly [keyBrand]: true }

/** `v1:sha256:` and 64 lower-case hex digits: the hash of a message's bytes, versioned because it is stored. */
export type Fingerprint = string & { readonly [fingerprintBrand]: true }

/** Both hashes of one message: of the exact bytes, and of their canonical form (see fingerprint.ts). */
export interface Fingerprints {
  readonly exact: Fingerprint
  readonly canonical: Fingerprint
}

/** A message as the source lists it, before fetching. */
export interface Listed {
  /** How this one session addresses it (POP3 message number). Worthless in any other session, never stored. */
  readonly number: number
  /** Undefined where the source has no usable name for it: unsupported, empty, or held by several messages. */
  readonly key: Key | undefined
  /** Octets as the source claims them: a hint, never a frame (quirk A27). */
  readonly size: number
}

/** The bytes of a message in the spool: readable as often as needed until released. */
export interface Message {
  /** Octets, as retrieved. */
  readonly size: number
  /** What `size` becomes where a server folds line ends to CRLF; equal to `size` for well-formed mail. */
  readonly foldedSize: number
  readonly fingerprints: Fingerprints
  /** The header block with its closing blank line, at most 64 KiB of it. */
  readonly headers: Uint8Array
  /** The whole message in memory, or undefined when it lies in a file: then `chunks()` streams it. */
  readonly bytes: Uint8Array | undefined
  /** The bytes from the start, piece by piece; a piece is only valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>
  /** Frees memory or file and gives the bytes back to the spool's budget. Calling it again does nothing. */
  release(): void
}

/** Where a message lies at the destination: proof that it arrived (RFC 4315). */
export interface Placed {
  /** The folder's path as the server spells it. */
  readonly folder: string
  readonly uidValidity: number
  readonly uid: number
}

/** Makes a key from the bytes a server sent. */
export function keyFromBytes(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as Key
}

/** The bytes of a key, as the ledger stores them. */
export function bytesFromKey(key: Key): Uint8Array {
  return Buffer.from(key, 'latin1')
}

/** A key as people may read it: bytes outside printable ASCII escaped, at most 80 characters. */
export function printableKey(key: Key): string {
  const escaped = key.replace(/[^\x21-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return escaped.length > 80 ? `${escaped.slice(0, 79)}…` : escaped
}
