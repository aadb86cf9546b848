// The command line: every verb, its options and its help.
import { Command, CommanderError } from 'commander'
import type { InitFlags } from '../init/given.ts'
import type { EndFlags, LoginFlags } from './auth.ts'
import { choosing, withOnly } from './choice-options.ts'
import type { Choice } from './choose-pairs.ts'
import type { Asked } from './completion.ts'
import type { CommandContext, GlobalOptions } from './context.ts'
import { addExamples } from './examples.ts'
import { exitCodes, severalPairs } from './exit-codes.ts'
import { addHelpVerb } from './help-verb.ts'
import { addLedgerVerbs, pairsHelp } from './ledger-verbs.ts'
import type { PlanOptions } from './plan.ts'
import { addReportVerb } from './report-verb.ts'

/** Loaded when they are called for: together they take longer than a run that finds nothing new. */
const verbs = {
  check: () => import('./check.ts'),
  doctor: () => import('./doctor.ts'),
  plan: () => import('./plan.ts'),
  sync: () => import('./sync.ts'),
  watch: () => import('./watch.ts'),
  verify: () => import('./verify.ts'),
  status: () => import('./status.ts'),
  secret: () => import('./secret.ts'),
  auth: () => import('./auth.ts'),
  init: () => import('./init.ts'),
  completion: () => import('./completion.ts'),
}

/** Makes the context of a command from the options it was called with. */
export type OpenContext = (options: GlobalOptions) => CommandContext

const csvHelp = 'write it as a table for spreadsheets too, a row for each pair and folder'
const eventsHelp = 'append one line of JSON per event while it runs; - is standard output'
const htmlHelp = 'write it as a page too, to look at, print or pass on; - prints that page instead'
/** What `watch` may be told. */
interface WatchFlags {
  readonly now?: boolean
  readonly http?: string
  readonly events?: string
  readonly only?: readonly string[]
}

/** What `sync` may be told, as commander gives it. */
interface SyncFlags extends Choice {
  readonly events?: string
  readonly results?: string
  readonly dryRun?: boolean
  readonly html?: string
  readonly retryFailed?: boolean
  readonly now?: boolean
  readonly yes?: boolean
}

const help = `
Examples:
  mailhaul init                       two addresses become a configuration
  mailhaul doctor                     what could be in the way, up to the login
  mailhaul check                      log in at both ends and look
  mailhaul plan alice                 show what a sync of this pair would do
  mailhaul sync                       move what is new, as often as you like
  mailhaul watch                      go on with that by itself, as a service
  mailhaul verify --deep              re-read every message and compare
  mailhaul secret set alice source    keep a password in the system's keyring

Exit codes:
${exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}
${severalPairs}
`

/**
 * Builds the program. Each action runs a verb and hands its exit code to \`finish\`; nothing here prints or exits.
 */
export function buildProgram(version: string, open: OpenContext, finish: (exitCode: number) => void): Command {
  const program = new Command('mailhaul')
    .description('Moves POP3 mailboxes into IMAP folders and keeps them in step.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help, or that of a verb')
    .helpCommand('help [verb]', 'print the help of a verb')
    .option('--config <file>', 'configuration (default: ./mailhaul.yaml, then $XDG_CONFIG_HOME/mailhaul/config.yaml)')
    .option('--accounts <file>', 'a list of accounts (CSV), in place of the pairs in the configuration')
    .option('--json', 'print one JSON document on standard output and nothing else there')
    .option('--quiet', 'say nothing unless something failed')
    .option('--verbose', 'say more: every message out of the ordinary, and what lies behind an error')
    .option('--no-progress', 'plain lines instead of progress bars')
    .option('--log <file>', 'append one line of JSON per event to a file')
    .option('--log-level <level>', 'error, warn, info (the default), debug, or trace: with what is said to the servers')
    .addHelpText('after', help)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .showSuggestionAfterError()
  const context = () => open(program.opts<GlobalOptions>())
  const verb = (name: string, description: string) =>
    program.command(name).description(description).exitOverride().argument('[pair...]', pairsHelp)

  choosing(verb('check', 'log in at both ends, show what they offer and what would not work; change nothing')).action(
    async (pairs: string[], choice: Choice) => finish(await (await verbs.check()).check(pairs, choice, context())),
  )
  verb(
    'doctor',
    'look at everything up to the login: machine, files, ledger, passwords, servers; change nothing',
  ).action(async (pairs: string[]) => finish(await (await verbs.doctor()).doctor(pairs, context())))
  choosing(verb('plan', 'dry run: show what sync would do, per pair and folder; write nothing at either end'))
    .option('--html <file>', htmlHelp)
    .option('--csv <file>', csvHelp)
    .option('--events <file>', eventsHelp)
    .action(async (pairs: string[], flags: PlanOptions) =>
      finish(await (await verbs.plan()).plan(pairs, flags, context())),
    )
  choosing(verb('sync', 'one pass over the pairs: a migration the first time, incremental ever after'))
    .option('--dry-run', 'the same as plan')
    .option('--html <file>', htmlHelp)
    .option('--events <file>', eventsHelp)
    .option('--retry-failed', 'try again what was refused or given up in earlier runs')
    .option('--now', 'log in although the last runs were refused, instead of waiting')
    .option('--yes', 'remove at the source what leave says without asking, and without the cap of maxDeletions')
    .option('--results <file>', 'write a table (CSV): a row for each pair, grouped by what went wrong')
    .action(async (pairs: string[], flags: SyncFlags) => {
      const { dryRun, retryFailed = false, now = false, yes = false, html, events, results, ...choice } = flags
      if (dryRun)
        return finish(await (await verbs.plan()).plan(pairs, { html, events, retryFailed, ...choice }, context()))
      const options = { html, events, retryFailed, now, yes, results, choice }
      return finish(await (await verbs.sync()).sync(pairs, options, context()))
    })
  withOnly(verb('watch', 'stay in the foreground and sync each pair when its schedule says so, until told to stop'))
    .option('--now', 'one pass of every pair at once, whatever its schedule says, and log in although refused before')
    .option('--http <address>', 'serve a status page, health and metrics there, such as 127.0.0.1:8025')
    .option('--events <file>', eventsHelp)
    .action(async (pairs: string[], { now = false, http, only = [], events }: WatchFlags) =>
      finish(await (await verbs.watch()).watch(pairs, { now, http, only, events }, context())),
    )
  choosing(verb('verify', 'compare source listing, ledger and destination'))
    .option(
      '--deep',
      're-read every settled message at the destination, and at the source while it is there; compare the bytes',
    )
    .action(async (pairs: string[], { deep, ...choice }: Choice & { deep?: boolean }) => {
      finish(await (await verbs.verify()).verify(pairs, { deep: deep ?? false, choice }, context()))
    })
  choosing(verb('status', 'what the ledger knows: settled, pending, failed and why; asks no server')).action(
    async (pairs: string[], choice: Choice) => finish(await (await verbs.status()).status(pairs, choice, context())),
  )
  addReportVerb(program, context, finish)
  addInitVerb(program, context, finish)
  addLedgerVerbs(program, context, finish)
  addSecretVerbs(program, context, finish)
  addAuthVerbs(program, context, finish)
  addCompletionVerbs(program, context, finish)
  addHelpVerb(program)
  addExamples(program)
  return program
}

const initHelp = `
Without options it asks for everything. 1 is the old account, 2 the new one. A
password is given by the place where it is kept, never itself: env:NAME,
file:PATH, credential:NAME, command:PROGRAM WORDS, prompt, keyring, or stdin
(one line each), which is then kept in the keyring, or else in a file that you
alone can read.

Examples:
  mailhaul init
  mailhaul init --yes --email1 alice@old.example --password1 env:OLD \\
                      --email2 alice@new.example --password2 file:new.password
`

function addInitVerb(program: Command, context: () => CommandContext, finish: (exitCode: number) => void): void {
  const verb = program
    .command('init')
    .description('ask for two e-mail addresses, find their servers, try both logins, write the configuration')
    .exitOverride()
    .addHelpText('after', initHelp)
  for (const [at, end] of [
    [1, 'the old account (POP3)'],
    [2, 'the new account (IMAP)'],
  ] as const) {
    verb
      .option(`--email${at} <address>`, `e-mail address of ${end}`)
      .option(`--password${at} <place>`, 'where its password is kept')
      .option(`--host${at} <host>`, 'its server; found by the address unless told')
      .option(`--port${at} <port>`, 'port there')
      .option(`--tls${at} <way>`, 'implicit, starttls, or none for this machine')
      .option(`--user${at} <name>`, 'name to log in with; the address unless told')
  }
  verb
    .option('--name <pair>', 'name of the pair; what stands before the @ unless told')
    .option('--tell-address', "tell the address to its domain's own web server, for which some answer better")
    .option(
      '--overwrite',
      'replace a configuration and passwords that are there already, and go on with a pair that the ledger knows',
    )
    .option('--yes', 'take what is found without asking')
    .action(async (flags: InitFlags) => finish(await (await verbs.init()).init(flags, context())))
}

function addSecretVerbs(program: Command, context: () => CommandContext, finish: (exitCode: number) => void): void {
  const secret = program.command('secret').description("passwords in the operating system's keyring").exitOverride()
  const onOneEnd = (name: string, description: string) =>
    secret
      .command(name)
      .description(description)
      .exitOverride()
      .argument('<pair>', 'name of a pair in the configuration')
      .argument('<side>', 'source or destination')
  onOneEnd('set', 'ask for a password (or read it from a pipe) and store it').action(
    async (pair: string, side: string) => finish(await (await verbs.secret()).secretSet(pair, side, context())),
  )
  onOneEnd('remove', 'remove a password').action(async (pair: string, side: string) =>
    finish(await (await verbs.secret()).secretRemove(pair, side, context())),
  )
  secret
    .command('list')
    .description('name the passwords stored, without showing them')
    .exitOverride()
    .action(async () => finish(await (await verbs.secret()).secretList(context())))
}

function addAuthVerbs(program: Command, context: () => CommandContext, finish: (exitCode: number) => void): void {
  const auth = program.command('auth').description('sign in with OAuth 2.0, in place of a password').exitOverride()
  const onEnds = (name: string, description: string) =>
    auth
      .command(name)
      .description(description)
      .exitOverride()
      .argument('<pair>', 'name of a pair in the configuration')
      .option('--source', 'only at the POP3 end')
      .option('--destination', 'only at the IMAP end')
  onEnds('login', 'sign in, in the browser of this machine unless told otherwise')
    .option('--device', 'with a code that is entered on any device (not for mail at Google)')
    .option('--paste', 'in a browser anywhere; the address it ends on is pasted here')
    .action(async (pair: string, flags: LoginFlags) =>
      finish(await (await verbs.auth()).authLogin(pair, flags, context())),
    )
  auth
    .command('status')
    .description('show who is signed in, since when and where it is kept; never a token')
    .exitOverride()
    .argument('[pair...]', pairsHelp)
    .action(async (pairs: string[]) => finish(await (await verbs.auth()).authStatus(pairs, context())))
  onEnds('logout', 'forget a sign-in, and give it back where the provider takes it').action(
    async (pair: string, flags: EndFlags) => finish(await (await verbs.auth()).authLogout(pair, flags, context())),
  )
}

const completionHelp = `
bash: put this into ~/.bashrc
  source <(mailhaul completion bash)
zsh: into ~/.zshrc, behind compinit
  source <(mailhaul completion zsh)
fish: once
  mailhaul completion fish > ~/.config/fish/completions/mailhaul.fish`

function addCompletionVerbs(program: Command, context: () => CommandContext, finish: (exitCode: number) => void): void {
  program
    .command('completion')
    .description('print what a shell needs to complete verbs, options and pairs')
    .exitOverride()
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => finish(await (await verbs.completion()).completion(shell, context())))
    .addHelpText('after', completionHelp)
  program
    .command('__complete', { hidden: true })
    .exitOverride()
    .option('--line <text>')
    .option('--breaks <characters>')
    .argument('[word...]')
    .action(async (words: string[], flags: Omit<Asked, 'words'>) =>
      finish(await (await verbs.completion()).complete(program, { ...flags, words }, context())),
    )
}

/** The words that lead to a verb, such as `ledger check`. */
export function pathOf(verb: Command): string {
  return verb.parent?.parent ? `${pathOf(verb.parent)} ${verb.name()}` : verb.name()
}

/** Whether commander ended the program by itself: 0 after help and version, 2 after wrong usage; else undefined. */
export function exitCodeOfCommander(thrown: unknown): number | undefined {
  if (!(thrown instanceof CommanderError)) return undefined
  return thrown.exitCode === 0 || thrown.code === 'commander.help' ? 0 : 2
}
