// Gets what mailhaul itself has to know and nobody else: the token of its status page, the address of a webhook.
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
