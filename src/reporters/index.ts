// Who listens to a run: bars on a terminal, plain lines elsewhere, or hardly anything.
import type { Report } from '../core/events.ts'
import type { Clock } from '../core/ports.ts'
import { createLines } from './lines.ts'
import { Progress } from './progress.ts'
import type { Streams } from './streams.ts'

/** `none` writes nothing: what has to be said about failures stands in the result of the command. */
export type ReporterMode = 'progress' | 'lines' | 'none'

/** What a reporter is made of. */
export interface ReporterOptions {
  readonly mode: ReporterMode
  /** Adds every outcome out of the ordinary, retries, and the causes of errors. */
  readonly verbose: boolean
  readonly streams: Streams
  readonly clock: Pick<Clock, 'monotonic'>
  /** How many pairs the run has: gives the row of all pairs its end. */
  readonly pairs?: number
  /** Plain lines only about pairs that have something new to tell. */
  readonly isCalm?: boolean
}

/** Listens until it is stopped. */
export interface Reporter {
  readonly report: Report
  /** Writes a line to stderr without disturbing what is drawn there; `none` keeps it to itself. */
  say(text: string): void
  /** Takes bars off the screen for a while, so that something can be asked there; the function returned goes on. */
  pause(): () => void
  /** Takes bars off the screen. Has to be called before anything else is written; calling it again does nothing. */
  stop(): void
}

/** Makes the reporter for a mode. Progress bars where stderr is no terminal become plain lines. */
export function createReporter({ mode, verbose, streams, clock, pairs, isCalm = false }: ReporterOptions): Reporter {
  if (mode === 'progress' && streams.isTerminal) return new Progress({ streams, clock, verbose, pairs })
  if (mode === 'none') return { report: nothing, say: nothing, pause: () => nothing, stop: nothing }
  return { ...createLines({ streams, clock, verbose, isCalm }), pause: () => nothing, stop: nothing }
}

function nothing(): void {}
