// Where configuration and ledger lie by default, and what the paths in a configuration mean.
import { isAbsolute, join, relative, resolve } from 'node:path'

/** The surroundings that paths depend on. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly homeDirectory: string
  readonly cwd: string
}

/** A path from the configuration as an absolute one: `~/` is the home directory, the rest is relative to `base`. */
export function expandPath(path: string, base: string, homeDirectory: string): string {
  if (path === '~') return homeDirectory
  return /^~[/\\]/.test(path) ? join(homeDirectory, path.slice(2)) : resolve(base, path)
}

/** The files that are looked for when none is named, in order. */
export function usualFiles({ env, homeDirectory, cwd }: Surroundings): readonly string[] {
  const directory = fromXdg(env.XDG_CONFIG_HOME) ?? join(homeDirectory, '.config')
  return [join(cwd, 'mailhaul.yaml'), join(directory, 'mailhaul', 'config.yaml')]
}

/** Where the ledger lies when the configuration does not say: below $XDG_STATE_HOME, or ~/.local/state. */
export function usualLedger({ env, homeDirectory }: Surroundings): string {
  return join(fromXdg(env.XDG_STATE_HOME) ?? join(homeDirectory, '.local', 'state'), 'mailhaul', 'ledger.db')
}

/** Where a pair's password is kept in a file, unless the configuration says otherwise. */
export function secretFile(
  { pair, side }: { readonly pair: string; readonly side: string },
  env: NodeJS.ProcessEnv,
  homeDirectory: string,
): string {
  const directory = fromXdg(env.XDG_CONFIG_HOME) ?? join(homeDirectory, '.config')
  return join(directory, 'mailhaul', 'secrets', `${encodeURIComponent(pair)}-${side}`)
}

/** A path as short as it is clear: relative where it lies below the working directory. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

/** A word as a POSIX shell takes it, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

// The XDG specification has relative values ignored.
function fromXdg(directory: string | undefined): string | undefined {
  return directory && isAbsolute(directory) ? directory : undefined
}
