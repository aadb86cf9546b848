// The directory of the spool: private, checked before use, and swept of what a crash left behind.
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { refusal, spoolError } from './errors.ts'

// The process that made a file, the spool within it, and the file itself.
const fileName = /^mailhaul-(?<pid>\d{1,10})-(?<spool>[0-9a-f]{16})-[0-9a-f]{16}\.spool$/

// Spools of this process: what carries its pid but none of these names was left by another process of the same pid,
// which is the rule in containers.
const ownSpools = new Set<string>()

/** Names the files of one spool. */
export interface FileNames {
  /** A path nobody can guess. */
  next(): string
  /** No more files: the next sweep takes what is left of them. */
  close(): void
}

/** Starts a series of file names in a directory. */
export function createFileNames(directory: string): FileNames {
  const spool = randomBytes(8).toString('hex')
  ownSpools.add(spool)
  return {
    next: () => join(directory, `mailhaul-${process.pid}-${spool}-${randomBytes(8).toString('hex')}.spool`),
    close: () => ownSpools.delete(spool),
  }
}

/**
 * Makes the directory (mode 0700) if it is missing and makes sure that nobody else can reach into it (quirk E07).
 * Returns its absolute path. Errors: spool, disk-full.
 */
export async function prepareDirectory(directory: string): Promise<string> {
  const path = resolve(directory)
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await checkDirectory(path)
  } catch (thrown) {
    throw spoolError(thrown, path)
  }
  return path
}

/**
 * Removes the files that spools of ended processes left in a directory, and returns how many. Files of processes that
 * still run, and whatever else lies there, stay. A missing directory has none. Errors: spool.
 */
export async function sweepSpool(directory: string): Promise<number> {
  const path = resolve(directory)
  let removed = 0
  try {
    const entries = await readdir(path, { withFileTypes: true }).catch(ignoring('ENOENT', []))
    if (entries.length > 0) await checkDirectory(path)
    for (const entry of entries) {
      if (!entry.isFile() || !isLeftover(entry.name)) continue
      await rm(join(path, entry.name), { force: true })
      removed += 1
    }
  } catch (thrown) {
    throw spoolError(thrown, path)
  }
  return removed
}

async function checkDirectory(path: string): Promise<void> {
  const facts = await lstat(path)
  if (!facts.isDirectory()) {
    throw refusal(`The spool directory ${path} is not a directory of its own.`, 'Name a directory, not a link to one.')
  }
  const user = process.getuid?.()
  // Where there are no users and modes to compare, the system's own protection of the path has to do.
  if (user === undefined) return
  if (facts.uid !== user) {
    throw refusal(`The spool directory ${path} belongs to another user.`, 'Name a directory of your own.')
  }
  if ((facts.mode & 0o077) !== 0) {
    throw refusal(`The spool directory ${path} is open to other users.`, `Run: chmod 700 ${path}`)
  }
  const parent = dirname(await realpath(path))
  const { mode } = await stat(parent)
  // Without the sticky bit, anybody could put another directory in the place of this one.
  if ((mode & 0o1002) === 0o0002) {
    throw refusal(`Anybody may replace the spool directory in ${parent}.`, `Run: chmod o-w ${parent}`)
  }
}

function isLeftover(name: string): boolean {
  const parts = fileName.exec(name)?.groups
  if (parts === undefined) return false
  const pid = Number(parts.pid)
  return pid === process.pid ? !ownSpools.has(parts.spool ?? '') : !isRunning(pid)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    // A process of somebody else answers EPERM.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function ignoring<T>(code: string, value: T): (thrown: unknown) => T {
  return (thrown) => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === code) return value
    throw thrown
  }
}
