// The ledger's file and directory: created for their owner alone, never followed through a symbolic link (quirk E07).
import { chmodSync, closeSync, constants, fsyncSync, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { ledgerError } from './errors.ts'

// Windows reports modes that mean nothing.
const hasModes = process.platform !== 'win32'

/** Makes sure that there is a file for the ledger. Throws MailhaulError or a file system error. */
export function prepareStateFile(path: string): void {
  const directory = dirname(path)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  checkDirectory(directory)
  create(path, directory)
  for (const file of filesOf(path)) checkFile(file)
}

/** Takes everybody else's rights to the ledger away: to be called once the file is known to be one. */
export function keepPrivate(path: string): void {
  if (!hasModes) return
  for (const file of filesOf(path)) {
    const mode = lookAt(file)?.mode ?? 0
    // By name: opening and closing the file would drop the locks this process may hold on it (POSIX.1, fcntl).
    if ((mode & 0o077) !== 0) chmodSync(file, mode & 0o700)
  }
}

/** Looks for a ledger without touching anything: false where there is none, or one into which nothing was written. */
export function findStateFile(path: string): boolean {
  const directory = dirname(path)
  if (lookAt(directory) === undefined) return false
  checkDirectory(directory)
  const found = checkFile(path)
  return found !== undefined && found.size > 0
}

/** The database with its log and the index of it, which SQLite puts beside it. */
export function filesOf(path: string): readonly string[] {
  return [path, `${path}-wal`, `${path}-shm`]
}

function create(path: string, directory: string): void {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return
    throw thrown
  }
  if (!hasModes) return
  const handle = openSync(directory, constants.O_RDONLY)
  fsyncSync(handle)
  closeSync(handle)
}

function checkDirectory(directory: string): void {
  const found = lstatSync(directory)
  if (found.isSymbolicLink()) throw isLink(directory)
  if (!hasModes || (found.mode & 0o002) === 0) return
  const hint = `Take the others' right to write away: chmod o-w ${directory}; or choose another place for the ledger.`
  throw ledgerError(`Everybody can write to ${directory}, where the ledger lies.`, hint)
}

function checkFile(file: string): Stats | undefined {
  const found = lookAt(file)
  if (found?.isSymbolicLink()) throw isLink(file)
  if (found === undefined || found.isFile()) return found
  throw ledgerError(`The ledger ${file} is not a file.`, 'Name a file, or a path where mailhaul may create one.')
}

function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function isLink(path: string) {
  const hint = 'Somebody else could point it elsewhere: name the place it leads to as the ledger instead.'
  return ledgerError(`The ledger's path ${path} is a symbolic link.`, hint)
}
