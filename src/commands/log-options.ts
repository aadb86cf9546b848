// What --log and --log-level ask for.
import { MailhaulError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import type { GlobalOptions } from './context.ts'

const levels = ['error', 'warn', 'info', 'debug', 'trace'] as const

/** Where the log goes and how much of it; undefined where none is wanted. Error: usage. */
export function logWanted({
  log,
  logLevel,
}: Pick<GlobalOptions, 'log' | 'logLevel'>):
  | { readonly path: string; readonly level: (typeof levels)[number] }
  | undefined {
  const level = logLevel === undefined ? 'info' : levels.find((known) => known === logLevel)
  if (level === undefined) {
    const near = suggest(logLevel ?? '', levels)
    throw usage(
      `--log-level ${JSON.stringify(logLevel)} is none of ${levels.join(', ')}.`,
      near === undefined ? undefined : `Did you mean ${near}?`,
    )
  }
  if (log !== undefined) return { path: log, level }
  if (logLevel === undefined) return undefined
  throw usage('--log-level says how much goes into a log, and there is none.', 'Add --log FILE.')
}

function usage(message: string, hint: string | undefined): MailhaulError {
  const parts = { code: 'usage', scope: 'run', retry: 'never', message } as const
  return new MailhaulError(hint === undefined ? parts : { ...parts, hint })
}
