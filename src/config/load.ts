// Finds, reads and checks the configuration file. Paths in it are relative to its own directory; ~/ is home.
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { MailhaulError } from '../core/errors.ts'
import { checkConfig } from './check.ts'
import { expandPath, type Surroundings, shellWord, shortPath, usualFiles, usualLedger } from './paths.ts'
import { decodeText, readPrivateFile, whyUnreadable } from './private-file.ts'
import { type ConfigProblem, formatProblem } from './problem.ts'
import type { Config } from './schema.ts'
import type { NotifyConfig } from './schema-service.ts'
import type { OAuthConfig } from './schema-sign-in.ts'
import type { OwnSecret, SecretReference } from './secret-reference.ts'

/** Which file, and the surroundings where they are not the process's own. */
export interface LoadOptions extends Partial<Surroundings> {
  /** As named on the command line; else ./mailhaul.yaml, else $XDG_CONFIG_HOME/mailhaul/config.yaml. */
  readonly file?: string | undefined
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
  const file = options.file === undefined ? await findFile(surroundings) : resolve(surroundings.cwd, options.file)
  const shown = shortPath(file, surroundings.cwd)
  const { text, isOpenToOthers } = await readText(file, shown)
  const { config, problems, warnings, holdsPlainPassword } = checkConfig(text, usualLedger(surroundings))
  const all = holdsPlainPassword && isOpenToOthers ? [openFileProblem(file), ...problems] : problems
  if (!config || all.length > 0) throw problemsError(all, shown)
  return {
    file,
    config: withPaths(config, dirname(file), surroundings.homeDirectory),
    warnings: warnings.map((warning) => formatProblem(warning, shown)),
  }
}

/** A configuration that is not written yet, as if this were the text of the file. Error: config, as for loadConfig. */
export function configOfText(text: string, file: string): Config {
  const homeDirectory = homedir()
  const { config, problems } = checkConfig(text, usualLedger({ env: process.env, homeDirectory, cwd: process.cwd() }))
  if (!config) throw problemsError(problems, shortPath(file, process.cwd()))
  return withPaths(config, dirname(file), homeDirectory)
}

async function findFile(surroundings: Surroundings): Promise<string> {
  const files = usualFiles(surroundings)
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  throw configError(
    `There is no configuration: neither ${files.join(' nor ')} exists.`,
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

function openFileProblem(file: string): ConfigProblem {
  const message = 'this file holds a password and can be read by others'
  const hint = `run: chmod 600 ${shellWord(file)}`
  return { path: '', line: undefined, column: undefined, message, hint }
}

function problemsError(problems: readonly ConfigProblem[], shown: string): MailhaulError {
  const lines = problems.slice(0, problemsShown).map((problem) => `\n  ${formatProblem(problem, shown)}`)
  const more = problems.length > problemsShown ? `\n  and ${problems.length - problemsShown} more` : ''
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return configError(`The configuration has ${count}:${lines.join('')}${more}`, 'Nothing was started.')
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
