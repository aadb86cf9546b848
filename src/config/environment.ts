// The environments that mailhaul gives to other programs: without what is meant for mailhaul alone.
import type { Config } from './schema.ts'

/** What a service manager gives to mailhaul alone: its socket, its credentials. */
const managers = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']
const credentials = 'CREDENTIALS_DIRECTORY'

/** The environment for programs of others: without the variables that hold secrets by the configuration's own words. */
export function environmentForOthers(config: Config, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { [credentials]: _own, ...others } = environmentForCommands(config, env)
  return others
}

/** The same for a command that prints a secret: it may read a credential, and none of the other secrets. */
export function environmentForCommands(config: Config, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const hidden = new Set([...managers, ...variablesIn(config)])
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.has(name)))
}

/** The names in every `{ env: NAME }`, wherever it stands. */
function variablesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'env' in value && typeof value.env === 'string' ? [value.env] : []
  return [...own, ...Object.values(value).flatMap(variablesIn)]
}
