// Finds, reads and checks the configuration file. Paths in it are relative to its own directory; ~/ is home.
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { MailhaulError } from '../core/errors.ts'
import { type ListFile, readListFile } from './accounts/file.ts'
import { formatListProblems } from './accounts/problems.ts'
import { type ConfigCheck, checkConfig, checkFile } from './check.ts'
import { expandPath, type Surroundings, shellWord, shortPath, usualFiles, usualLedger } from './paths.ts'
import { decodeText, readPrivateFile, whyUnreadable } from './private-file.ts'
import { type ConfigProblem, formatProblem } from './problem.ts'
import type { Config } from './schema.ts'
import type { NotifyConfig } from './schema-service.ts'
import type { OAuthConfig } from './schema-sign-in.ts'
import type { OwnSecret, SecretReference } from './secret-reference.ts'
import { readYaml } from './yaml.ts'

/** Which file, and the surroundings where they are not the process's own. */
export interface LoadOptions extends Partial<Surroundings> {
  /** As named on the command line; else ./mailhaul.yaml, else $XDG_CONFIG_HOME/mailhaul/config.yaml. */
  readonly file?: string | undefined
  /** A list of accounts as named on the command line: its pairs in place of the configuration's, which need not be. */
  readonly accounts?: string | undefined
}

/** A configuration that passed every check, all its paths absolute. */
export interface LoadedConfig {
  readonly file: string
  readonly config: Config
  /** One line each: allowed, but perhaps not meant. */
  readonly warnings: readonly string[]
}

// A thousand pairs take about half a megabyte.
const largestFile = 16 * 2 ** 20
const problemsShown = 50

/** Loads the configuration. Error: config, its message listing every problem, one per line. */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const surroundings: Surroundings = {
    env: options.env ?? process.env,
    homeDirectory: options.homeDirectory ?? homedir(),
    cwd: options.cwd ?? process.cwd(),
  }
  const { cwd, homeDirectory } = surroundings
  const named = options.accounts === undefined ? undefined : resolve(cwd, options.accounts)
  const found = options.file === undefined ? await findFile(surroundings) : resolve(cwd, options.file)
  if (found === undefined && named === undefined) throw noConfiguration(surroundings)
  const { text, isOpenToOthers } = found === undefined ? nothing : await readText(found, shortPath(found, cwd))
  // Without a configuration the list stands for it.
  const file = found ?? named ?? ''
  const shown = shortPath(file, cwd)
  const yaml = readYaml(text)
  const csv = named ?? listIn(yaml.value, dirname(file), homeDirectory)
  const listShown = csv === undefined ? '' : shortPath(csv, cwd)
  const read: ListFile | undefined = csv === undefined ? undefined : await readListFile(csv, listShown, homeDirectory)
  const checked = checkFile(yaml, usualLedger(surroundings), read?.list)
  const all = [...(isOpenToOthers ? openFileProblems(file, checked) : []), ...checked.problems].map((problem) =>
    formatProblem(problem, shown),
  )
  all.push(...(read?.problems ?? []))
  // What is not text has no account in it, and nothing more is to be said of it.
  if (!read || read.list.form || read.problems.length === 0) {
    all.push(...formatListProblems(checked.list.problems, listShown))
  }
  const { config } = checked
  if (!config || all.length > 0) throw problemsError(all, found === undefined ? 'list of accounts' : 'configuration')
  const warnings = checked.warnings.map((warning) => formatProblem(warning, shown))
  return {
    file,
    config: withPaths(config, dirname(file), homeDirectory),
    warnings: [...warnings, ...formatListProblems(checked.list.warnings, listShown)],
  }
}

const nothing = { text: '', isOpenToOthers: false }

/** The list that stands in place of the pairs: `pairs: { csv: accounts.csv }`. */
function listIn(value: unknown, base: string, homeDirectory: string): string | undefined {
  if (typeof value !== 'object' || value === null || !('pairs' in value)) return undefined
  const { pairs } = value
  if (typeof pairs !== 'object' || pairs === null || Object.keys(pairs).join() !== 'csv' || !('csv' in pairs))
    return undefined
  const { csv } = pairs
  return typeof csv === 'string' && csv !== '' ? expandPath(csv, base, homeDirectory) : undefined
}

/** A configuration that is not written yet, as if this were the text of the file. Error: config, as for loadConfig. */
export function configOfText(text: string, file: string): Config {
  const homeDirectory = homedir()
  const { config, problems } = checkConfig(text, usualLedger({ env: process.env, homeDirectory, cwd: process.cwd() }))
  const shown = shortPath(file, process.cwd())
  if (!config)
    throw problemsError(
      problems.map((problem) => formatProblem(problem, shown)),
      'configuration',
    )
  return withPaths(config, dirname(file), homeDirectory)
}

async function findFile(surroundings: Surroundings): Promise<string | undefined> {
  for (const file of usualFiles(surroundings)) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}

function noConfiguration(surroundings: Surroundings): MailhaulError {
  return configError(
    `There is no configuration: neither ${usualFiles(surroundings).join(' nor ')} exists.`,
    'mailhaul init writes one; or start from a sample in configs/ (minimal.yaml is the shortest), or name one with --config FILE.',
  )
}

async function readText(file: string, shown: string): Promise<{ text: string; isOpenToOthers: boolean }> {
  const read = await readPrivateFile(file, largestFile).catch((cause: unknown) => {
    throw configError(
      `The configuration ${shown} ${whyUnreadable(cause)}.`,
      'Name the right file with --config FILE.',
      cause,
    )
  })
  const text = decodeText(read.bytes)
  if (text === undefined) throw configError(`The configuration ${shown} is not UTF-8 text.`, 'Save it as UTF-8.')
  return { text, isOpenToOthers: read.isOpenToOthers }
}

function openFileProblems(file: string, { holdsPlainPassword, holdsPlainWebhook }: ConfigCheck): ConfigProblem[] {
  const held = [
    ...(holdsPlainPassword ? ['a password'] : []),
    ...(holdsPlainWebhook ? ['the address of a webhook, which works like a password,'] : []),
  ]
  const hint = `run: chmod 600 ${shellWord(file)}`
  return held.map((what) => {
    const message = `this file holds ${what} and can be read by others`
    return { path: '', line: undefined, column: undefined, message, hint }
  })
}

function problemsError(problems: readonly string[], what: string): MailhaulError {
  const lines = problems.slice(0, problemsShown).map((problem) => `\n  ${problem}`)
  const more = problems.length > problemsShown ? `\n  and ${problems.length - problemsShown} more` : ''
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return configError(`The ${what} has ${count}:${lines.join('')}${more}`, 'Nothing was started.')
}

function configError(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint, cause })
}

function withPaths(config: Config, base: string, homeDirectory: string): Config {
  const expand = (path: string) => expandPath(path, base, homeDirectory)
  const withPathsOfEnd = <End extends Config['pairs'][number]['source' | 'destination']>(end: End): End => ({
    ...end,
    ca: end.ca.map(expand),
    password: end.password && withPathsOfSecret(end.password, expand),
    token: end.token && { command: withPathOfProgram(end.token.command, expand) },
    auth: end.auth && { oauth2: withPathsOfClient(end.auth.oauth2, expand) },
  })
  return {
    ...config,
    ledger: expand(config.ledger),
    quarantine: config.quarantine === undefined ? undefined : expand(config.quarantine),
    report: config.report === undefined ? undefined : expand(config.report),
    http: config.http && {
      ...config.http,
      token: config.http.token && withPathsOfOwnSecret(config.http.token, expand),
    },
    notify: config.notify.map((one) => withPathsOfNotify(one, expand)),
    pairs: config.pairs.map((pair) => ({
      ...pair,
      source: withPathsOfEnd(pair.source),
      destination: withPathsOfEnd(pair.destination),
    })),
  }
}

function withPathsOfSecret(reference: SecretReference, expand: (path: string) => string): SecretReference {
  if (typeof reference === 'string' || 'keyring' in reference || 'prompt' in reference) return reference
  return withPathsOfOwnSecret(reference, expand)
}

function withPathsOfOwnSecret(reference: OwnSecret, expand: (path: string) => string): OwnSecret {
  if ('file' in reference) return { file: expand(reference.file) }
  return 'command' in reference ? { command: withPathOfProgram(reference.command, expand) } : reference
}

function withPathsOfNotify(one: NotifyConfig, expand: (path: string) => string): NotifyConfig {
  if ('command' in one) return { ...one, command: withPathOfProgram(one.command, expand) }
  if ('inbox' in one || typeof one.webhook === 'string') return one
  return { ...one, webhook: withPathsOfOwnSecret(one.webhook, expand) }
}

// A bare name is looked up in $PATH; anything with a slash is a path like the others.
function withPathOfProgram([program, ...rest]: [string, ...string[]], expand: (path: string) => string) {
  const command: [string, ...string[]] = [/[/\\]/.test(program) ? expand(program) : program, ...rest]
  return command
}

function withPathsOfClient(client: OAuthConfig, expand: (path: string) => string): OAuthConfig {
  const { clientSecret } = client
  return clientSecret === undefined ? client : { ...client, clientSecret: withPathsOfSecret(clientSecret, expand) }
}
