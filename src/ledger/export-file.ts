// The file of an exported ledger: written whole or not at all, for its owner alone; read line by line.
import { closeSync, constants, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { MailhaulError } from '../core/errors.ts'

const pieceSize = 256 * 1024

/** No line that mailhaul writes comes near this many octets: the longest is the report of a large run. */
const longestLine = 128 * 1024 * 1024

/**
 * Calls `work` with what takes the lines, and puts the file in place when it has returned: an earlier file of that name
 * stays until then. Errors: usage (cannot be written), disk-full.
 */
export function writeExport<T>(file: string, work: (write: (line: string) => void) => T): T {
  const part = `${file}.${process.pid}.part`
  let handle: number | undefined
  try {
    handle = openSync(part, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
    const result = writeLines(handle, work)
    fsyncSync(handle)
    closeSync(handle)
    handle = undefined
    renameSync(part, file)
    return result
  } catch (thrown) {
    if (handle !== undefined) {
      closeSync(handle)
      rmSync(part, { force: true })
    }
    throw thrown instanceof MailhaulError ? thrown : unwritable(file, thrown)
  }
}

function writeLines<T>(handle: number, work: (write: (line: string) => void) => T): T {
  let waiting = ''
  const flush = () => {
    const bytes = Buffer.from(waiting)
    waiting = ''
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
  }
  const result = work((line) => {
    waiting += line
    if (waiting.length >= pieceSize) flush()
  })
  flush()
  return result
}

/** The lines of a file, without their ends. Errors: usage (cannot be read, a line without end). */
export function* readExport(file: string): Generator<string> {
  let handle: number
  try {
    handle = openSync(file, constants.O_RDONLY)
  } catch (thrown) {
    throw unreadable(file, thrown)
  }
  try {
    const piece = Buffer.alloc(pieceSize)
    let rest = Buffer.alloc(0)
    for (;;) {
      const count = readPiece(handle, piece, file)
      if (count === 0) break
      rest = Buffer.concat([rest, piece.subarray(0, count)])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield rest.toString('utf8', 0, end)
        rest = rest.subarray(end + 1)
      }
      if (rest.length > longestLine) throw unreadable(file, new Error('a line of it has no end'))
    }
    if (rest.length > 0) yield rest.toString('utf8')
  } finally {
    closeSync(handle)
  }
}

function readPiece(handle: number, piece: Buffer, file: string): number {
  try {
    return readSync(handle, piece)
  } catch (thrown) {
    throw unreadable(file, thrown)
  }
}

function unreadable(file: string, cause: unknown): MailhaulError {
  const message = `The file ${file} cannot be read: ${reasonOf(cause)}.`
  return new MailhaulError({
    code: 'usage',
    scope: 'run',
    retry: 'never',
    message,
    hint: 'Name an exported ledger.',
    cause,
  })
}

function unwritable(file: string, cause: unknown): MailhaulError {
  const isFull = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  const message = `The file ${file} cannot be written: ${reasonOf(cause)}.`
  const hint = isFull
    ? 'Free some space, or name a file on another disk.'
    : 'Name a file in a directory you may write to.'
  const code = isFull ? 'disk-full' : 'usage'
  return new MailhaulError({ code, scope: 'run', retry: 'never', message, hint, cause })
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
