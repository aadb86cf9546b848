// Tells a program of one's own: a document on its standard input, no shell, bounded in time and output.
import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import type { NoticeKind } from '../core/notice.ts'
import { escapeText } from '../core/printable.ts'
import { type Target, untold } from './target.ts'
import { documentOf, subjectOf, type Telling } from './telling.ts'

/** Which program, and what it is given. */
export interface CommandOptions {
  readonly on: readonly NoticeKind[]
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  /** Milliseconds until it is killed: 30,000. */
  readonly deadline?: number
}

const largestOutput = 64 * 1024
const stderrShown = 300

/** A program that is told. It is never tried twice: nobody knows how far it had come. */
export function commandTarget({ on, command, env, version, deadline = 30_000 }: CommandOptions): Target {
  const [program, ...args] = command
  const called = `the command ${escapeText(basename(program), 60)}`
  return {
    called,
    on,
    tell: async (telling, signal) => {
      const given = { ...env, ...variablesOf(telling) }
      const failure = await run(program, args, documentOf(telling, version), given, deadline, signal)
      if (failure !== undefined) throw untold(called, failure.reason, { ...failure, retry: 'never' })
    },
  }
}

function variablesOf(telling: Telling): Readonly<Record<string, string>> {
  return {
    MAILHAUL_EVENT: telling.kind,
    MAILHAUL_PAIR: telling.pair,
    MAILHAUL_CODE: telling.code ?? '',
    MAILHAUL_SUBJECT: subjectOf(telling),
  }
}

interface Failure {
  readonly code: 'timeout' | 'config'
  readonly reason: string
  readonly hint: string
}

function run(
  program: string,
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv,
  timeout: number,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const options = {
      timeout,
      killSignal: 'SIGKILL',
      maxBuffer: largestOutput,
      windowsHide: true,
      env,
      signal,
    } as const
    try {
      const child = execFile(program, args, options, (error, _stdout, stderr) => {
        resolve(error ? explain(error, stderr, timeout) : undefined)
      })
      // A program that does not want to read is none the worse for it.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input)
    } catch (error) {
      resolve({ code: 'config', reason: `could not be run (${String(error)})`, hint: inATerminal })
    }
  })
}

const inATerminal = 'Run it in a terminal, with {} on its standard input, to see what is wrong.'

function explain(error: Error, stderr: string, timeout: number): Failure {
  const { code, signal, killed } = error as Error & { code?: unknown; signal?: unknown; killed?: unknown }
  const said = stderr.trim() === '' ? '' : `: ${escapeText(stderr.trim().split(/\s+/).join(' '), stderrShown)}`
  const failed = (reason: string, hint = inATerminal): Failure => ({ code: 'config', reason, hint })
  if (code === 'ENOENT') return failed('does not exist', 'Install it, or write its full path.')
  if (code === 'EACCES') return failed('may not be executed', 'Make it executable: chmod u+x')
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return failed(`printed more than ${largestOutput / 1024} KiB`)
  if (code === 'ABORT_ERR') return failed('was ended, because mailhaul is')
  if (killed) return { ...failed(`did not end within ${timeout / 1000} seconds${said}`), code: 'timeout' }
  if (typeof code === 'number') return failed(`ended with exit code ${code}${said}`)
  return failed(typeof signal === 'string' ? `was ended by ${signal}${said}` : 'could not be run')
}
