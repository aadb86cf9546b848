// The file of one sign-in: for its owner alone, written whole and durably or not at all, never through a link.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkDirectory } from './directory.ts'
import { storeError } from './errors.ts'

const largestFile = 256 * 1024

/** The text of a file; undefined where there is none. Errors: secret, where others can read it or it cannot be read. */
export async function readTokenFile(path: string): Promise<string | undefined> {
  try {
    await checkDirectory(dirname(path))
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    const facts = await file.stat()
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0) throw openToOthers(path)
    // Where there is no getuid, the numbers of users say nothing either.
    if (facts.uid !== (process.getuid?.() ?? facts.uid)) throw notOwn(path)
    if (facts.size > largestFile) throw storeError(`The file ${path} is too large.`, 'Remove it and sign in again.')
    return await file.readFile('utf8')
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === undefined) throw thrown
    const reason = code === 'ELOOP' ? 'is a link' : `cannot be read (${code})`
    throw storeError(`The file of the sign-in, ${path}, ${reason}.`, 'Check who may read it, or sign in again.', thrown)
  }
}

/** Writes a draft beside the file, makes it durable, and puts it in its place. Error: secret. */
export async function writeTokenFile(path: string, text: string): Promise<void> {
  await withDraft(path, text, async (draft) => {
    await rename(draft, path)
    await syncDirectory(dirname(path))
  })
}

/** Larger than any sign-in that has been seen. Octets. */
const roomNeeded = 32 * 1024

/** Makes sure that there is room for a sign-in, before a provider gives one that could not be kept. Error: secret. */
export async function claimRoom(path: string): Promise<void> {
  await withDraft(path, '\0'.repeat(roomNeeded), (draft) => rm(draft))
}

async function withDraft(path: string, text: string, finish: (draft: string) => Promise<void>): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`)
  const { O_WRONLY, O_CREAT, O_EXCL } = constants
  try {
    {
      await using file = await open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600)
      await file.writeFile(text)
      await file.sync()
    }
    await finish(draft)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    const hint = 'Make room on the disk, or check who may write there; then run it again.'
    throw storeError(`The sign-in cannot be kept in ${path} (${codeOf(cause) ?? 'unknown reason'}).`, hint, cause)
  }
}

/** Removes it; false where there was none. */
export async function removeTokenFile(path: string): Promise<boolean> {
  return rm(path).then(
    () => true,
    (thrown: unknown) => {
      if (codeOf(thrown) === 'ENOENT') return false
      throw storeError(`The file ${path} cannot be removed.`, 'Remove it by hand.', thrown)
    },
  )
}

/** A new name is durable once its directory is; where a directory cannot be opened, the system sees to that. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using directory = await open(path, constants.O_RDONLY)
  await directory.sync()
}

function openToOthers(path: string) {
  return storeError(`The file ${path} holds a sign-in and can be read by others.`, `Run: chmod 600 ${path}`)
}

function notOwn(path: string) {
  return storeError(`The file ${path} was put there by another user.`, 'Remove it and sign in again.')
}

function codeOf(thrown: unknown): string | undefined {
  const isErrno = thrown instanceof Error && thrown.name !== 'MailhaulError' && 'code' in thrown
  return isErrno && typeof thrown.code === 'string' ? thrown.code : undefined
}
