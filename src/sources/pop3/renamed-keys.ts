// Finds names that a server made of one shared name by numbering its holders: they move on when a message is removed.
import type { Key } from '../../core/message.ts'

/**
 * Keys of one listing that may be another message's tomorrow (quirk A19): Dovecot lists the holders of a shared
 * unique-id `x` as `x`, `x-2`, `x-3` in their order, so that removing the first one hands its name to the second.
 */
export function renamedKeys(keys: ReadonlySet<Key>): ReadonlySet<string> {
  const renamed = new Set<string>()
  const names: ReadonlySet<string> = keys
  for (const key of names) {
    const base = /^(.+)-(?:[2-9]|[1-9]\d{1,8})$/s.exec(key)?.[1]
    if (base !== undefined && names.has(base)) renamed.add(base).add(key)
  }
  return renamed
}
