// What the rows of the progress display say.
import { formatBytes, formatDuration } from '../core/format.ts'
import { safe } from './page.ts'
import type { PairProgress } from './pair-progress.ts'
import type { ProgressRow } from './progress-rows.ts'
import { counted, grouped } from './words.ts'

/** So many pairs are looked at one by one; of more, only the last few things worth knowing are shown. */
export const many = 20

/** All pairs together, at one moment. */
export interface AllPairs {
  readonly finished: number
  readonly failed: number
  readonly pairs: number
  readonly bytes: number
  /** From 0 to 1. */
  readonly share: number
  /** Octets per second. */
  readonly rate: number
  /** Milliseconds; undefined while nobody can tell. */
  readonly left: number | undefined
}

/** The row of one pair; `now` in monotonic milliseconds. */
export function pairRow(progress: PairProgress, now: number): ProgressRow {
  const name = safe(progress.pair)
  const { waiting, stage, listed } = progress
  if (waiting) {
    const seconds = Math.max(0, Math.ceil((waiting.until - now) / 1000))
    const note = `tries again in ${formatDuration(seconds * 1000)}: ${safe(waiting.reason)}`
    return { ...blank, name, note, tone: 'warn' }
  }
  const view = stage === 'moving' ? progress.view(now) : undefined
  if (view) {
    const done = `${grouped(view.done)}/${grouped(view.total)}`
    const cells = [done, formatBytes(view.bytes), rateText(view.rate), leftText(view.left), 'moving'] as const
    return { name, note: undefined, share: view.share, cells, tone: 'plain' }
  }
  const size = listed === undefined ? '' : ` (${counted(listed.count, 'message')}, ${formatBytes(listed.bytes)})`
  return { ...blank, name, note: `${stage ?? 'waiting'}${size}`, tone: 'plain' }
}

/** The row of all pairs. */
export function allRow(all: AllPairs): ProgressRow {
  const count = `${grouped(all.finished)}/${grouped(all.pairs)}`
  const failures = all.failed === 0 ? '' : `${grouped(all.failed)} failed`
  // With many pairs this must not be the first thing that has no room.
  const isTogether = all.pairs > many && failures !== ''
  const done = isTogether ? `${count}, ${failures}` : `${count} pairs`
  const failed = isTogether ? '' : failures
  const cells = [done, formatBytes(all.bytes), rateText(all.rate), leftText(all.left), failed] as const
  return { name: 'all pairs', note: undefined, share: all.share, cells, tone: 'strong' }
}

/** Time left in steps so large that the number stays for a while: 5 s, then minutes, then ten minutes. */
export function leftText(left: number | undefined): string {
  if (left === undefined) return ''
  const step = left < 57_500 ? 5_000 : left < 3 * 3_600_000 ? 60_000 : 600_000
  return `${formatDuration(Math.max(step, Math.round(left / step) * step))} left`
}

const blank = { share: 0, cells: ['', '', '', '', ''] } as const

function rateText(octetsPerSecond: number): string {
  return `${formatBytes(Math.round(octetsPerSecond))}/s`
}
