// Reads a certificate pin: the SHA-256 of a public key (SPKI), in the spellings that tools print.
import type { Parsed } from './parsed.ts'

/** What to write for a pin. */
export const pinInstead =
  'write the SHA-256 of the public key (SPKI): 64 hex digits, with or without colons, or 44 characters of base64'

/** Parses a pin into 64 lower-case hex digits. A leading `sha256:` or `sha256//` (as curl writes it) may stand. */
export function parsePin(pin: string): Parsed<string> {
  const bare = pin.trim().replace(/^sha-?256(?::|\/\/|=)\s*/i, '')
  const hex = bare.replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hex)) return { ok: true, value: hex }
  if (/^[A-Za-z0-9+/]{43}=?$/.test(bare)) return { ok: true, value: Buffer.from(bare, 'base64').toString('hex') }
  const problem = /^[0-9a-f]{40}$/.test(hex) ? 'this is a SHA-1 fingerprint' : 'this is not a SHA-256 fingerprint'
  return { ok: false, problem, instead: pinInstead }
}
