// What a server's capabilities mean for uploading.
import type { LiteralStyle } from './literals.ts'

/** How messages may be uploaded to a server. */
export interface UploadStyle {
  /** Many messages per command (RFC 3502). */
  readonly hasMultiappend: boolean
  readonly literals: LiteralStyle
  /** Answers say which UIDs were given (RFC 4315). */
  readonly hasUidplus: boolean
  /** Largest message in octets (RFC 7889); undefined where the server sets none or one per folder. */
  readonly appendLimit: number | undefined
  /** Most messages per command (RFC 9738). */
  readonly messageLimit: number
  /** Names travel in UTF-8: only where the server knows nothing older than IMAP4rev2 (RFC 9051). */
  readonly hasUtf8Names: boolean
}

/** Capabilities as imapflow keeps them: upper case but for `IMAP4rev1` and `IMAP4rev2`, APPENDLIMIT with its number. */
export type Capabilities = ReadonlyMap<string, boolean | number>

/** Reads the style out of what a server offers after login. */
export function uploadStyleOf(capabilities: Capabilities): UploadStyle {
  const isRev2 = capabilities.has('IMAP4rev2')
  const hasMinus = isRev2 || capabilities.has('LITERAL-')
  const limit = capabilities.get('APPENDLIMIT')
  return {
    hasMultiappend: capabilities.has('MULTIAPPEND'),
    literals: capabilities.has('LITERAL+') ? 'plus' : hasMinus ? 'minus' : 'none',
    hasUidplus: isRev2 || capabilities.has('UIDPLUS'),
    appendLimit: typeof limit === 'number' && limit > 0 ? limit : undefined,
    messageLimit: messageLimitOf(capabilities),
    hasUtf8Names: isRev2 && !capabilities.has('IMAP4rev1'),
  }
}

/** Whether every folder has a limit of its own, to be asked for by STATUS (RFC 7889 §3). */
export function hasLimitPerFolder(capabilities: Capabilities): boolean {
  return capabilities.get('APPENDLIMIT') === true
}

/** The capabilities as a server writes them. */
export function spelled(capabilities: Capabilities): readonly string[] {
  return [...capabilities].map(([name, value]) => (typeof value === 'number' ? `${name}=${value}` : name))
}

function messageLimitOf(capabilities: Capabilities): number {
  for (const name of capabilities.keys()) {
    const limit = /^MESSAGELIMIT=([1-9]\d{0,8})$/.exec(name)
    if (limit) return Number(limit[1])
  }
  return Number.POSITIVE_INFINITY
}
