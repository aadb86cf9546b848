// What every command is given: the global options, the terminal, the signals; and how it opens the configuration.

import { type ComposeOptions, type Composition, compose } from '../compose.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import type { ProtocolLine, Report } from '../core/events.ts'
import type { Terminal } from '../questions/questions.ts'
import type { Line } from '../reporters/event-words.ts'
import type { Reporter } from '../reporters/index.ts'
import { type JsonSubjects, renderJson } from '../reporters/json.ts'
import type { ViewOptions } from '../reporters/page.ts'
import { version } from '../version.ts'
import { type Choice, choosePairs } from './choose-pairs.ts'

/** Options that every verb takes. */
export interface GlobalOptions {
  readonly config?: string
  /** A list of accounts, whose pairs take the place of the configuration's. */
  readonly accounts?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  /** A file that gets a line per event. */
  readonly log?: string
  readonly logLevel?: string
  /** False after --no-progress. */
  readonly progress: boolean
}

/** What the process edge gives a command. */
export interface CommandContext {
  readonly options: GlobalOptions
  readonly view: ViewOptions
  /** Listens to the engine while it works on so many pairs. */
  readonly openReporter: (pairs: number, mode?: 'lines') => Reporter
  /** Has events written to the log as well, where there is one; a reporter's are already. */
  readonly logged: (report: Report) => Report
  /** Takes protocol lines; undefined unless the log wants them. */
  readonly trace: ((line: ProtocolLine) => void) | undefined
  /** Writes the result to standard output. */
  readonly print: (text: string) => void
  /** Writes a remark to standard error, unless --quiet. */
  readonly remark: (text: string) => void
  /** Writes to standard error what has to be said even with --quiet. */
  readonly warn: (text: string) => void
  /** Writes a line of a log to standard error: dated, unless the journal does that. */
  readonly log: (line: Line) => void
  /** Calls back when the process is told to load its configuration again (SIGHUP); the function returned ends that. */
  readonly onHangup: (listener: () => void) => () => void
  /** The number of the process. */
  readonly pid: number
  /** Nobody looks on: neither standard output nor standard error is a terminal. */
  readonly isUnattended: boolean
  /** Reads a secret from the terminal without showing it, or one line from a pipe. */
  readonly askSecret: (prompt: string) => Promise<string>
  /** Asks for a password at the terminal without showing it; undefined where there is none. Rejects on Ctrl-C. */
  readonly askPassword: ((account: string) => Promise<string>) | undefined
  /** The terminal, for conversations of many questions; undefined where there is none. */
  readonly terminal: Terminal | undefined
  /** The next line of standard input, where that is no terminal; empty behind the last. */
  readonly nextLine: () => Promise<string>
  /** Asks a yes-or-no question at the terminal; undefined where there is none. Rejects when the run is stopped. */
  readonly askYes: ((question: string, prompt: string) => Promise<boolean>) | undefined
  /** Told every secret the run learns, so that it is masked in whatever leaves the process. */
  readonly onSecret: (secret: string) => void
  /** Told those that are worth nothing any more. */
  readonly onObsolete: (secret: string) => void
  /** Masks every secret the run has learned so far, for what leaves the process by other ways. */
  readonly mask: (text: string) => string
  /** Take no new work. */
  readonly stop: AbortSignal
  /** Drop everything. */
  readonly kill: AbortSignal
}

/** Loads the configuration and composes the pairs chosen, or all. Errors: config, usage, ledger. */
export async function openConfiguration(
  names: readonly string[],
  context: CommandContext,
  choice: Choice = {},
): Promise<Composition & { readonly limits: Config['limits'] }> {
  const { config } = await load(context)
  const composition = compose(config, names, composeOptions(context))
  return { ...composition, pairs: (await choosePairs(composition, config, choice)).pairs, limits: config.limits }
}

/** What the process edge has to say when a configuration is composed. */
export function composeOptions({ onSecret, onObsolete, askPassword, trace }: CommandContext): ComposeOptions {
  return { onSecret, onObsolete, trace, secrets: { ask: askPassword } }
}

/** Loads the configuration and passes on what it warns of. */
export async function load(context: CommandContext): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file: context.options.config, accounts: context.options.accounts })
  for (const warning of loaded.warnings) context.remark(warning)
  return loaded
}

/**
 * Prints the result of a command: as JSON, as text, or not at all where all is well and nobody wants to hear it.
 * Returns the exit code.
 */
export function present<K extends keyof JsonSubjects>(
  kind: K,
  view: JsonSubjects[K] & { readonly exitCode: number },
  render: (view: JsonSubjects[K], options: ViewOptions) => string,
  context: CommandContext,
): number {
  const { json, quiet } = context.options
  if (json) context.print(renderJson(kind, view, version))
  else if (!quiet || view.exitCode !== 0) context.print(render(view, context.view))
  return view.exitCode
}

/** The command that runs the same pairs with the same configuration: for "next" lines. */
export function commandLine(verb: string, names: readonly string[], { options }: CommandContext): string {
  const words = [
    'mailhaul',
    ...verb.split(' '),
    ...names,
    ...(options.config === undefined ? [] : ['--config', options.config]),
    ...(options.accounts === undefined ? [] : ['--accounts', options.accounts]),
  ]
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}
