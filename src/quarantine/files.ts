// Files of the quarantine: written whole or not at all, for their owner alone, never through a link.
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { quarantineError, refusal } from './errors.ts'

/** Makes a directory (0700) if it is missing and makes sure that nobody else can reach into it. */
export async function preparePrivate(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const facts = await lstat(path)
  if (!facts.isDirectory()) {
    throw refusal(`The quarantine ${path} is not a directory of its own.`, 'Name a directory, not a link to one.')
  }
  const user = process.getuid?.()
  if (user === undefined) return
  if (facts.uid !== user) {
    throw refusal(`The quarantine ${path} belongs to another user.`, 'Name a directory of your own.')
  }
  if ((facts.mode & 0o077) !== 0) {
    throw refusal(`The quarantine ${path} is open to other users.`, `Run: chmod 700 ${path}`)
  }
}

/** Writes a file beside its place, makes it durable, and puts it there: a link in its place is replaced, not followed. */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const draft = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`)
  try {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
    const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      for await (const chunk of chunks) await writeFully(file, chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncDirectory(dirname(path))
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw quarantineError(thrown, path)
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

/** A new name is durable once its directory is; where a directory cannot be opened, the system sees to that. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
