// The log of a run: one JSON line per event, masked like everything else that leaves the process.
import { pino } from 'pino'
import type { ProtocolLine } from '../core/events.ts'
import { harmlessJson } from '../core/printable.ts'
import { LogFile, type Trouble } from './log-file.ts'

/** How much is written down, from little to everything. */
type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace'

/** One line: how much it matters, what it says, and the values it is made of. */
interface LogRecord {
  readonly level: LogLevel
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What a log is opened with. */
interface LogOptions {
  readonly path: string
  readonly level: LogLevel
  readonly version: string
  readonly clock: { now(): number }
  /** Takes secrets out of a finished line. */
  readonly mask: (line: string) => string
  /** Told when lines stop getting through, and when they do again. */
  readonly onTrouble: (trouble: Trouble) => void
}

/** Takes what happens. Nothing here throws or waits. */
export interface Log {
  write(record: LogRecord): void
  /** A line of either protocol; undefined unless everything is to be written down, so that nothing is spent on it. */
  readonly protocol: ((line: ProtocolLine) => void) | undefined
  /** Goes on in a new file of the same name. */
  reopen(): void
  /** Writes what waits, at once. */
  close(): void
}

/** Opens a log. Error: usage, where the file cannot be written. */
export function openLog({ path, level, version, clock, mask, onTrouble }: LogOptions): Log {
  const file = new LogFile(path, (trouble) => {
    onTrouble(trouble)
    if (trouble.kind === 'back')
      logger.warn({ lost: trouble.lost }, 'lines of this log could not be written and are lost')
  })
  const logger = pino(
    {
      level,
      base: { mailhaul: version, pid: process.pid },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => file.append(harmlessJson(masked(line, mask))) },
  )
  return {
    write: ({ level: weight, text, fields }) => logger[weight](fields, text),
    protocol: level === 'trace' ? ({ pair, end, line }) => logger.trace({ pair, end, line }, 'protocol') : undefined,
    reopen: () => file.reopen(),
    close: () => file.close(),
  }
}

/** A mask may take out a quote that ends a text: then the line says no more than that it was masked. */
function masked(line: string, mask: (line: string) => string): string {
  const text = mask(line)
  if (text === line || isJson(text)) return text
  const [, time = ''] = /("time":"[^"]{1,40}")/.exec(line) ?? []
  return `{"level":"warn",${time === '' ? '' : `${time},`}"msg":"a line was left out, for it could not be told without a secret"}\n`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
