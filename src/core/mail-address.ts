// An e-mail address taken apart, as far as the servers behind it can be found from it.

/** Its parts, as written; the domain in lower case. */
export interface MailAddress {
  readonly address: string
  readonly local: string
  readonly domain: string
}

const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?'
const domainName = new RegExp(`^${label}(?:\\.${label})+$`, 'u')

/** Takes an address apart; undefined where it is none that a mailbox could have. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const trimmed = text.trim()
  const at = trimmed.lastIndexOf('@')
  const [local, domain] = [trimmed.slice(0, Math.max(0, at)), trimmed.slice(at + 1).toLowerCase()]
  if (local === '' || local.length > 64 || domain.length > 253) return undefined
  if (/[\p{C}\p{Z}<>()[\],;:\\"@]/u.test(local) || !domainName.test(domain)) return undefined
  return { address: `${local}@${domain}`, local, domain }
}
