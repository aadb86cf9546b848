// Plain lines for log files and for people who want them: what each pair does, and how far it is now and then.
import type { Event, Report } from '../core/events.ts'
import { formatBytes, formatDuration, formatRate } from '../core/format.ts'
import type { Clock } from '../core/ports.ts'
import { endLines, type Line, outcomeLine, wordsOf } from './event-words.ts'
import { isNewsAlready } from './news.ts'
import { paint, safe } from './page.ts'
import { PairProgress } from './pair-progress.ts'
import { leftText } from './progress-text.ts'
import type { Streams } from './streams.ts'
import { grouped } from './words.ts'

/** Milliseconds between two lines on how far a pair is. */
const interval = 30_000

/** Stages that may take long and have no event of their own with numbers in it. */
const toldStages: ReadonlySet<string> = new Set(['settling', 'reading headers', 'removing', 'verifying'])

/** A pair that is being worked on. Times are monotonic milliseconds. */
interface Working {
  readonly progress: PairProgress
  readonly startedAt: number
  toldAt: number
  /** Lines that wait until there is something new to tell; undefined once there is. */
  held: Line[] | undefined
}

/** What the lines are made with. */
export interface LinesOptions {
  readonly streams: Streams
  readonly clock: Pick<Clock, 'monotonic'>
  /** Adds every outcome out of the ordinary, and the causes of errors. */
  readonly verbose: boolean
  /** Says nothing of a pair before it has something new to tell. */
  readonly isCalm?: boolean
}

/** Writes lines to stderr. Nothing runs by itself: a line on progress is written when an event finds it due. */
export function createLines(options: LinesOptions): { report: Report; say(text: string): void } {
  const { streams, clock, verbose, isCalm = false } = options
  const working = new Map<string, Working>()
  const write = ({ text, tone }: Line) => void streams.stderr.write(`${paint(safe(text), tone, streams.colour)}\n`)

  const report: Report = (event) => {
    const now = clock.monotonic()
    if (event.kind === 'started') {
      working.set(event.pair, {
        progress: new PairProgress(event.pair),
        startedAt: now,
        toldAt: now,
        held: isCalm ? [] : undefined,
      })
    }
    const pair = working.get(event.pair)
    pair?.progress.take(event, now)
    // Whether a warning that holds for long is told once more, the closing report knows.
    const lines = isCalm && event.kind === 'warning' && event.isStanding ? [] : linesOf(event, verbose)
    if (pair?.held !== undefined && !isNewsAlready(event)) pair.held.push(...lines)
    else for (const line of [...(pair?.held?.splice(0) ?? []), ...lines]) write(line)
    if (pair !== undefined && isNewsAlready(event)) pair.held = undefined
    if (event.kind === 'finished' || event.kind === 'ended') working.delete(event.pair)
    else if (pair && now - pair.toldAt >= interval) {
      const line = progressLine(pair, now)
      pair.toldAt = now
      if (line && pair.held === undefined) write(line)
    }
  }
  return { report, say: (text) => write({ text, tone: 'plain' }) }
}

function linesOf(event: Event, verbose: boolean): Line[] {
  const line = lineOf(event, verbose)
  if (event.kind === 'finished') return endLines(event.summary, verbose)
  return line ? [line] : []
}

function lineOf(event: Event, verbose: boolean): Line | undefined {
  switch (event.kind) {
    case 'started':
      return { text: `${event.pair}: started`, tone: 'plain' }
    case 'stage':
      return toldStages.has(event.stage) ? { text: `${event.pair}: ${event.stage}`, tone: 'plain' } : undefined
    case 'outcome':
      return verbose ? outcomeLine(event.pair, event.outcome) : undefined
    default:
      return wordsOf(event)
  }
}

function progressLine({ progress, startedAt }: Working, now: number): Line | undefined {
  const view = progress.stage === 'moving' ? progress.view(now) : undefined
  if (!view) return undefined
  const left = leftText(view.left)
  const parts = [
    `${grouped(view.done)} of ${grouped(view.total)} messages after ${formatDuration(now - startedAt)}`,
    formatBytes(view.bytes),
    formatRate(view.rate, 1000),
    ...(left === '' ? [] : [left]),
  ]
  return { text: `${progress.pair}: ${parts.join(', ')}`, tone: 'plain' }
}
