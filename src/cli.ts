// The process edge: argv, streams, signals and the exit code.

import { closeSync, openSync } from 'node:fs'
import { askYes } from './commands/ask-yes.ts'
import type { CommandContext, GlobalOptions } from './commands/context.ts'
import { logWanted } from './commands/log-options.ts'
import { buildProgram, exitCodeOfCommander, pathOf } from './commands/program.ts'
import { readLines, readSecret } from './commands/read-secret.ts'
import { Redactor } from './config/redact.ts'
import { readServiceEnvironment } from './config/service.ts'
import { asMailhaulError, exitCodeOf, interrupted } from './core/errors.ts'
import type { Report } from './core/events.ts'
import { escapeText } from './core/printable.ts'
import { systemClock } from './engine/clock.ts'
import type { Log } from './log/log.ts'
import { renderError } from './reporters/error-text.ts'
import { createReporter } from './reporters/index.ts'
import { writeLogLine } from './reporters/log-line.ts'
import { recordOf } from './reporters/log-record.ts'
import type { Streams } from './reporters/streams.ts'
import { version } from './version.ts'

/** Milliseconds that batches in flight get after the first signal to stop. */
const grace = 30_000

const stop = new AbortController()
const kill = new AbortController()
const redactor = new Redactor()
const { hasJournal } = readServiceEnvironment(process.pid)
let verbose = false
/** Undefined where none is wanted. */
let log: Log | undefined
/** Where remarks go while a command is at work. */
let say = (text: string): void => void process.stderr.write(masked(`${text}\n`))

/** Takes bars off the screen until the function returned is called. */
let pause = (): (() => void) => () => undefined

const streams: Streams = {
  stdout: process.stdout,
  stderr: { write: (text) => process.stderr.write(masked(text)) },
  isTerminal: process.stderr.isTTY === true,
  get columns() {
    return process.stderr.columns ?? 80
  },
  get rows() {
    return process.stderr.rows ?? 24
  },
  colour: hasColour(process.stderr),
}

function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.hasColors()
}

function openContext(options: GlobalOptions): CommandContext {
  verbose = options.verbose ?? false
  const view = { columns: process.stdout.columns ?? 80, colour: hasColour(process.stdout), verbose }
  const isUnattended = process.stdout.isTTY !== true && process.stderr.isTTY !== true
  const isCalm = isUnattended && options.progress && !verbose
  const mode = options.quiet ? 'none' : options.progress ? 'progress' : 'lines'
  return {
    options,
    view,
    openReporter: (pairs, asked) => {
      const reporter = createReporter({ mode: asked ?? mode, verbose, streams, clock: systemClock, pairs, isCalm })
      say = reporter.say
      pause = reporter.pause
      return log === undefined ? reporter : { ...reporter, report: logged(reporter.report) }
    },
    logged,
    trace: log?.protocol,
    print: (text) => void process.stdout.write(masked(text)),
    remark: (text) => {
      log?.write({ level: 'info', text, fields: {} })
      if (!options.quiet) process.stderr.write(masked(`${text}\n`))
    },
    warn: (text) => {
      log?.write({ level: 'warn', text, fields: {} })
      streams.stderr.write(`${text}\n`)
    },
    log: (line) => writeLogLine(line, streams, hasJournal ? undefined : systemClock.now()),
    onHangup: (listener) => {
      const hadTerminal = process.stderr.isTTY === true
      const onSignal = () => {
        log?.reopen()
        if (hadTerminal && !hasTerminal()) stopGently()
        else listener()
      }
      process.on('SIGHUP', onSignal)
      return () => void process.off('SIGHUP', onSignal)
    },
    pid: process.pid,
    isUnattended,
    askSecret: (prompt) => readSecret(prompt, process.stdin, process.stderr, stop.signal),
    askPassword: isAtTerminal() ? askPassword : undefined,
    terminal: isAtTerminal() ? { input: process.stdin, output: process.stderr, signal: stop.signal } : undefined,
    nextLine: readLines(process.stdin),
    askYes: isAtTerminal()
      ? (question, prompt) => askYes(question, prompt, process.stdin, streams.stderr, stop.signal)
      : undefined,
    onSecret: (secret) => redactor.add(secret),
    onObsolete: (secret) => redactor.delete(secret),
    mask: masked,
    stop: stop.signal,
    kill: kill.signal,
  }
}

/** Without a log, events are passed on as they are. */
function logged(report: Report): Report {
  const kept = log
  if (kept === undefined) return report
  return (event) => {
    kept.write(recordOf(event))
    report(event)
  }
}

/** Loaded when it is asked for: nobody else pays for it. */
async function startLog(options: GlobalOptions, verb: string): Promise<void> {
  const wanted = logWanted(options)
  if (wanted === undefined) return
  const { openLog } = await import('./log/log.ts')
  log = openLog({ ...wanted, version, clock: systemClock, mask: masked, onTrouble: tellTrouble })
  log.write({ level: 'info', text: `mailhaul ${verb}`, fields: { event: 'command', verb } })
}

function endLog(exitCode: unknown): void {
  log?.write({ level: 'info', text: 'ended', fields: { event: 'end', exitCode } })
  log?.close()
  log = undefined
}

/** The work goes on, with or without a log. */
function tellTrouble(trouble: { readonly kind: 'lost'; readonly reason: string } | { readonly kind: 'back' }): void {
  if (trouble.kind === 'lost') say(`The log cannot be written, and goes on when it can: ${trouble.reason}.`)
}

function isAtTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

async function askPassword(account: string): Promise<string> {
  const resume = pause()
  try {
    return await readSecret(`Password for ${escapeText(account, 200)}: `, process.stdin, process.stderr, stop.signal)
  } catch (thrown) {
    // Without echo, Ctrl-C is a character like any other and no signal.
    if (!stop.signal.aborted && asMailhaulError(thrown).code === 'interrupted') stopGently()
    throw thrown
  } finally {
    resume()
  }
}

/** Whether the terminal that the process was started from is still there: SIGHUP comes when it is closed, too. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

function masked(text: string): string {
  return redactor.redact(text)
}

function stopGently(): void {
  if (stop.signal.aborted) process.exit(exitCodeOf.interrupted)
  say('Stopping: what is in flight is being finished. Once more stops at once.')
  stop.abort(interrupted())
  setTimeout(() => kill.abort(interrupted()), grace).unref()
}

// A reader that goes away (| head) or a full disk must not end the work between an append and its record. That a result
// did not reach standard output is said in the end; a reader that went away has had enough of it.
let unwritten: NodeJS.ErrnoException | undefined
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') unwritten ??= error
})
process.stderr.on('error', () => undefined)
process.on('exit', (code) => {
  endLog(code)
  if (unwritten === undefined) return
  process.exitCode ||= exitCodeOf.internal
  process.stderr.write(`mailhaul: Standard output could not be written: ${unwritten.message}.\n`)
})
process.on('SIGINT', stopGently)
process.on('SIGTERM', stopGently)

async function main(): Promise<number> {
  let exitCode = 0
  const program = buildProgram(version, openContext, (code) => {
    exitCode = code
  })
  program.hook('preAction', (_program, verb) => startLog(program.opts<GlobalOptions>(), pathOf(verb)))
  try {
    await program.parseAsync()
    return exitCode
  } catch (thrown) {
    const usage = exitCodeOfCommander(thrown)
    if (usage !== undefined) return usage
    const error = asMailhaulError(thrown)
    log?.write({ level: 'error', text: error.message, fields: { event: 'failed', code: error.code, hint: error.hint } })
    const view = { columns: process.stderr.columns ?? 80, colour: hasColour(process.stderr), verbose }
    process.stderr.write(masked(renderError(error, view)))
    return exitCodeOf[error.code]
  }
}

process.exitCode = await main()
