// The directory of sign-ins and their locks: private, and checked before anything in it is believed.
import { lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { MailhaulError } from '../core/errors.ts'
import { storeError } from './errors.ts'

/** Makes the directory (0700) if it is missing, and makes sure that nobody else can change it. Error: secret. */
export async function prepareDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await checkDirectory(directory)
  } catch (cause) {
    if (cause instanceof MailhaulError) throw cause
    throw storeError(`The directory ${directory} cannot be made.`, 'Check who may write there.', cause)
  }
}

/** Refuses a directory that others can change, or a link to one. Error: secret; what node:fs throws. */
export async function checkDirectory(directory: string): Promise<void> {
  const path = resolve(directory)
  const facts = await lstat(path)
  if (!facts.isDirectory()) {
    const hint = 'Move it out of the way: mailhaul makes a directory there, and follows no link.'
    throw storeError(`The place of the sign-ins, ${path}, is not a directory of its own.`, hint)
  }
  const user = process.getuid?.()
  // Where there are no users and modes to compare, the system's own protection of the path has to do.
  if (user === undefined) return
  if (facts.uid !== user) {
    throw storeError(`The directory of the sign-ins, ${path}, belongs to another user.`, 'Run mailhaul as that user.')
  }
  if ((facts.mode & 0o022) !== 0) {
    throw storeError(`Others can write to the directory of the sign-ins, ${path}.`, `Run: chmod 700 ${path}`)
  }
  const parent = dirname(await realpath(path))
  const { mode } = await stat(parent)
  // Without the sticky bit, anybody could put another directory in the place of this one.
  if ((mode & 0o1002) === 0o0002) {
    throw storeError(`Anybody may replace the directory of the sign-ins in ${parent}.`, `Run: chmod o-w ${parent}`)
  }
}
