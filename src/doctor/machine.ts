// The machine itself: its runtime, its clock, and the room on the disk where the ledger and large messages lie.
import { existsSync, statfsSync } from 'node:fs'
import type { Finding } from '../core/finding.ts'
import { formatBytes } from '../core/format.ts'
import { nearest } from './files.ts'

const oldestRuntime = 24
const minute = 60_000

/** The runtime that this process runs on. */
export function runtimeFinding({
  version,
  platform,
}: {
  readonly version: string
  readonly platform: string
}): Finding {
  const about = { area: 'machine', about: 'runtime' } as const
  const text = `Node.js ${version} on ${platform}`
  if (Number(version.split('.')[0]) >= oldestRuntime) return { ...about, verdict: 'ok', text }
  const advice = `Install Node.js ${oldestRuntime} or later, from your system or nodejs.org.`
  return { ...about, verdict: 'problem', text: `${text}, which is too old`, advice }
}

/** What the clock can be held against without asking anybody. */
export interface ClockFacts {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** When the last run began, as the ledger has it; undefined where there was none. */
  readonly lastRun: number | undefined
  /** Servers whose certificates are not valid yet. */
  readonly notYetValid: readonly string[]
  /** Whether the system says that it is kept right; undefined where it does not say. */
  readonly isKept: boolean | undefined
}

/**
 * Dates decide what is old, when a budget ends and whether a certificate is valid. No mail server tells the time, and
 * nobody else is asked: so the clock is held against the past and the certificates.
 */
export function clockFinding({ now, lastRun, notYetValid, isKept }: ClockFacts): Finding {
  const about = { area: 'machine', about: 'clock' } as const
  const said = `${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const advice = 'Set the clock, and have it kept: timedatectl set-ntp true.'
  if (lastRun !== undefined && now < lastRun - 5 * minute) {
    const last = new Date(lastRun).toISOString().slice(0, 16).replace('T', ' ')
    return { ...about, verdict: 'problem', text: `${said}, but the last run began at ${last} UTC`, advice }
  }
  if (notYetValid.length > 0) {
    const text = `${said}: the certificate of ${notYetValid[0]} is not valid yet, so this clock may be behind`
    return { ...about, verdict: 'problem', text, advice, code: 'tls' }
  }
  if (isKept === false) return { ...about, verdict: 'warning', text: `${said}; nothing keeps it right`, advice }
  const kept = isKept ? ', kept by the system' : ''
  return { ...about, verdict: 'ok', text: `${said}${kept}; it contradicts neither the ledger nor a certificate` }
}

/** Whether systemd keeps the clock; undefined where it does not say, as others may do it. */
export function isClockKept(directory = '/run/systemd/timesync'): boolean | undefined {
  return existsSync(`${directory}/synchronized`) ? true : undefined
}

/** Octets: less is too little for a large message, and for the ledger to grow. */
const scarce = 64 * 1024 * 1024
const comfortable = 1024 * 1024 * 1024

/** What a file system says of itself. */
interface Room {
  readonly bavail: number
  readonly bsize: number
  readonly files: number
  readonly ffree: number
}

/** What is free where the ledger lies and where large messages wait on their way. */
export function diskFinding(directory: string, ask: (path: string) => Room = (path) => statfsSync(path)): Finding {
  const about = { area: 'files', about: 'disk' } as const
  const place = nearest(directory)
  try {
    const { bavail, bsize, files, ffree } = ask(place)
    const free = bavail * bsize
    const text = `${formatBytes(free)} free in ${place}, for the ledger and large messages on their way`
    const advice = 'Free some space, or put the ledger on another disk: ledger: PATH.'
    if (free < scarce) return { ...about, verdict: 'problem', text, advice, code: 'disk-full' }
    if (files > 0 && ffree < 100) {
      return {
        ...about,
        verdict: 'problem',
        text: `${text}, but room for ${ffree} files only`,
        advice,
        code: 'disk-full',
      }
    }
    if (free < comfortable) return { ...about, verdict: 'warning', text, advice }
    return { ...about, verdict: 'ok', text }
  } catch (thrown) {
    const text = `the room in ${place} cannot be told: ${thrown instanceof Error ? thrown.message : thrown}`
    return { ...about, verdict: 'warning', text }
  }
}
