// Reads small text files that may hold a password, and tells who else can read them.
import { open } from 'node:fs/promises'

/** A file as read. */
export interface PrivateFile {
  readonly bytes: Uint8Array
  /** Whether group or others may read it (POSIX only; of what a symbolic link points to). */
  readonly isOpenToOthers: boolean
}

/**
 * Reads at most `limit` bytes. Permissions are those of the very file that was opened, not of whatever has the name
 * a moment later. Throws what node:fs throws, and a RangeError beyond the limit: whyUnreadable() says either in words.
 */
export async function readPrivateFile(path: string, limit: number): Promise<PrivateFile> {
  await using file = await open(path, 'r')
  const facts = await file.stat()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of file.createReadStream({ autoClose: false, end: limit })) {
    chunks.push(chunk)
    size += chunk.length
  }
  if (size > limit) throw new RangeError(`larger than ${limit} bytes`)
  const isOpenToOthers = process.platform !== 'win32' && (facts.mode & 0o044) !== 0
  return { bytes: Buffer.concat(chunks), isOpenToOthers }
}

/** UTF-8 text, without a byte order mark; undefined when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Why a file could not be read, as the end of a sentence: `… does not exist`. */
export function whyUnreadable(thrown: unknown): string {
  if (thrown instanceof RangeError) return `is ${thrown.message}`
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a directory'
  return `cannot be read (${typeof code === 'string' ? code : 'unknown reason'})`
}
