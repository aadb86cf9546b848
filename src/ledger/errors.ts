// Translates what SQLite and the file system say about the ledger into the one error class.
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { asMailhaulError, MailhaulError } from '../core/errors.ts'

// Result codes of SQLite: the low byte is the kind, the rest narrows it down (https://sqlite.org/rescode.html).
const error = 1
const busy = 5
const locked = 6
const readOnly = 8
const inputOutput = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const constraint = 19
const notADatabase = 26
const permission = 3
const uniqueConstraint = 2067

/** A cell holds what no mailhaul has written. */
export class Unreadable extends Error {}

/** What anything thrown while working with the ledger file means; a MailhaulError stays as it is. */
export function translate(thrown: unknown, path: string): MailhaulError {
  if (thrown instanceof MailhaulError || !(thrown instanceof Error)) return asMailhaulError(thrown)
  if (thrown instanceof Unreadable) return damaged(path, thrown)
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return ofSqlite(thrown, thrown.errcode, path)
  if ('syscall' in thrown && 'code' in thrown) return ofFileSystem(thrown, thrown.code, path)
  return asMailhaulError(thrown)
}

function ofSqlite(cause: Error, code: number, path: string): MailhaulError {
  switch (code & 0xff) {
    case full:
      return diskFull(path, cause)
    case corrupt:
    case notADatabase:
    case error: // A table or column is not there.
      return damaged(path, cause)
    case busy:
    case locked:
      return otherWriter(path, cause)
    case readOnly:
    case permission:
      return inaccessible(path, cause)
    case cannotOpen:
      return isFull(path) ? diskFull(path, cause) : inaccessible(path, cause)
    case inputOutput:
      return isFull(path) ? diskFull(path, cause) : failing(path, cause)
    case constraint:
      return code === uniqueConstraint ? placeTaken(cause) : asMailhaulError(cause)
    default:
      return failing(path, cause)
  }
}

function ofFileSystem(cause: Error, code: unknown, path: string): MailhaulError {
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, cause)
  return inaccessible(path, cause)
}

// SQLite says "full" for plain writes only: where a new file or the shared index finds no room it says something else.
function isFull(path: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(path))
    return bavail * bsize < 128 * 1024 || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}

/** The file is no database, or not a whole one. */
export class DamagedLedger extends MailhaulError {}

/** The error for such a file, with the commands that mend it. */
export function damaged(path: string, cause?: unknown): MailhaulError {
  const hint =
    'mailhaul ledger export saves what can still be read; mailhaul ledger rebuild shows what a new ledger would take ' +
    'over from the destination, and with --write makes it. Nothing is appended twice.'
  const message = `The ledger ${path} is damaged.`
  return new DamagedLedger({ code: 'ledger', scope: 'run', retry: 'never', message, hint, cause })
}

/** Any other reason why the ledger cannot be used; ends the run. */
export function ledgerError(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'ledger', scope: 'run', retry: 'never', message, hint, cause })
}

function diskFull(path: string, cause: unknown): MailhaulError {
  return new MailhaulError({
    code: 'disk-full',
    scope: 'run',
    retry: 'later',
    message: `There is no room left for the ledger ${path}.`,
    hint: `Free some space on the disk that holds ${dirname(path)}, then run again: nothing is half written.`,
    cause,
  })
}

function otherWriter(path: string, cause: unknown): MailhaulError {
  return new MailhaulError({
    code: 'ledger',
    scope: 'run',
    retry: 'later',
    message: `Another process has been writing to the ledger ${path} for too long.`,
    hint: 'Look for a mailhaul that is suspended (Ctrl-Z), or for a program that has the file open; then run again.',
    cause,
  })
}

function inaccessible(path: string, cause: unknown): MailhaulError {
  const hint = `Mailhaul must be able to read and write ${path} and to create files beside it: check owner and permissions.`
  return ledgerError(`The ledger ${path} cannot be opened for writing.`, hint, cause)
}

function failing(path: string, cause: Error): MailhaulError {
  const hint = 'Check the disk, its quota and the system log; the ledger must lie on a local disk.'
  return ledgerError(`The ledger ${path} cannot be used: ${cause.message}.`, hint, cause)
}

// A server that gave a wrong UID, or two pairs adopting one message at once: where ours lies has to be looked up.
function placeTaken(cause: unknown): MailhaulError {
  return new MailhaulError({
    code: 'append-unknown',
    scope: 'pair',
    retry: 'now',
    message: 'A place at the destination was to be given to a second message.',
    hint: 'The destination is asked again where the message lies.',
    cause,
  })
}
