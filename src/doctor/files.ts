// Files and directories that mailhaul reads or writes: whether they can be, and by whom else.
import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { Finding } from '../core/finding.ts'

/** Windows reports modes that mean nothing. */
const hasModes = process.platform !== 'win32'

/** What a path is to mailhaul. */
export interface Place {
  /** In words: `configuration`. */
  readonly about: string
  readonly path: string
  /** `read`: a file that is there. `write`: a file or directory that is there, or can be made. */
  readonly use: 'read' | 'write'
  /** Whether others may read it. */
  readonly isPrivate: boolean
}

/** One finding per place. */
export function placeFinding({ about, path, use, isPrivate }: Place): Finding {
  const found = look(path)
  const line = { area: 'files', about } as const
  if (found === undefined) return missing(line, path, use)
  const mine = process.getuid?.()
  if (mine !== undefined && mine !== 0 && found.uid !== mine && use === 'write') {
    const text = `${path} belongs to another user`
    return {
      ...line,
      verdict: 'problem',
      text,
      advice: 'Run mailhaul as that user, or choose another place.',
      code: 'ledger',
    }
  }
  const needed = use === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK
  if (!mayAccess(path, needed)) {
    const text = `${path} cannot be ${use === 'read' ? 'read' : 'written'} by this user`
    return {
      ...line,
      verdict: 'problem',
      text,
      advice: `Check who may: ls -ld ${path}`,
      code: use === 'read' ? 'config' : 'ledger',
    }
  }
  if (hasModes && (found.mode & 0o002) !== 0) {
    const advice = `Run: chmod o-w ${path}`
    return { ...line, verdict: 'problem', text: `everybody can write to ${path}`, advice, code: 'config' }
  }
  if (hasModes && isPrivate && (found.mode & 0o077) !== 0) {
    const right = found.isDirectory() ? '700' : '600'
    return { ...line, verdict: 'warning', text: `others can look into ${path}`, advice: `Run: chmod ${right} ${path}` }
  }
  if (hasModes && (found.mode & 0o020) !== 0) {
    return { ...line, verdict: 'warning', text: `its group can write to ${path}`, advice: `Run: chmod g-w ${path}` }
  }
  return { ...line, verdict: 'ok', text: path }
}

/** The path itself, or the nearest directory above it that is there. */
export function nearest(path: string): string {
  const above = dirname(path)
  return look(path) !== undefined || above === path ? path : nearest(above)
}

function missing(line: Pick<Finding, 'area' | 'about'>, path: string, use: Place['use']): Finding {
  if (use === 'read') {
    return {
      ...line,
      verdict: 'problem',
      text: `${path} is not there`,
      advice: 'Put it there, or name another one.',
      code: 'config',
    }
  }
  const place = nearest(path)
  if (mayAccess(place, constants.W_OK | constants.X_OK))
    return { ...line, verdict: 'ok', text: `${path}, which the first sync makes` }
  const text = `${path} cannot be made: ${place} cannot be written by this user`
  return {
    ...line,
    verdict: 'problem',
    text,
    advice: 'Choose another place, or have it made for this user.',
    code: 'ledger',
  }
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function mayAccess(path: string, how: number): boolean {
  try {
    accessSync(path, how)
    return true
  } catch {
    return false
  }
}
