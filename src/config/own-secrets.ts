// Gets what mailhaul itself has to know and nobody else: the token of its status page, the address of a webhook.
import { MailhaulError } from '../core/errors.ts'
import type { Config } from './schema.ts'
import { parseWebhook } from './schema-service.ts'
import type { OwnSecret } from './secret-reference.ts'
import { resolveSecret, type SecretContext } from './secrets.ts'

/** The secret; `called` is its name in errors. Error: secret. */
export function resolveOwnSecret(
  reference: OwnSecret,
  called: string,
  context: Pick<SecretContext, 'env' | 'signal'> = {},
): Promise<string> {
  // No pair's: the names below are never shown.
  return resolveSecret(reference, { ...context, called, pair: '', side: 'source' })
}

/** What a service manager gives to mailhaul alone: its socket, its credentials. */
const ofThisProcess = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'CREDENTIALS_DIRECTORY']

/** The environment for programs of others: without the variables that hold secrets by the configuration's own words. */
export function environmentForOthers(config: Config, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const hidden = new Set([...ofThisProcess, ...variablesIn(config)])
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.has(name)))
}

/** The names in every `{ env: NAME }`, wherever it stands. */
function variablesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'env' in value && typeof value.env === 'string' ? [value.env] : []
  return [...own, ...Object.values(value).flatMap(variablesIn)]
}

/** The address of a webhook. Errors: secret; config, where what is kept there is none. */
export async function resolveWebhook(reference: string | OwnSecret): Promise<string> {
  if (typeof reference === 'string') return reference
  const found = parseWebhook(await resolveOwnSecret(reference, 'the address of the webhook'))
  if (found.ok) return found.value
  const message = `The address of the webhook cannot be used: ${found.problem}.`
  throw new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint: found.instead })
}
