// Gets what mailhaul itself has to know and nobody else: the token of its status page, the address of a webhook.
import { MailhaulError } from '../core/errors.ts'
import { environmentForCommands } from './environment.ts'
import type { Config } from './schema.ts'
import { parseWebhook } from './schema-service.ts'
import type { OwnSecret } from './secret-reference.ts'
import { resolveSecret } from './secrets.ts'

/** The secret; `called` is its name in errors. Error: secret. */
export function resolveOwnSecret(reference: OwnSecret, called: string, config: Config): Promise<string> {
  // No pair's: the names below are never shown.
  const commandEnv = environmentForCommands(config)
  return resolveSecret(reference, { commandEnv, called, pair: '', side: 'source' })
}

/** The address of a webhook. Errors: secret; config, where what is kept there is none. */
export async function resolveWebhook(reference: string | OwnSecret, config: Config): Promise<string> {
  if (typeof reference === 'string') return reference
  const found = parseWebhook(await resolveOwnSecret(reference, 'the address of the webhook', config))
  if (found.ok) return found.value
  const message = `The address of the webhook cannot be used: ${found.problem}.`
  throw new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint: found.instead })
}
