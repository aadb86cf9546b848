// The questions that finding servers asks of DNS, and who answers them.
import { Resolver } from 'node:dns/promises'

/** A record of RFC 2782: lower priority first. */
export interface ServiceRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Answers are empty where there is no such record, or no answer at all. Never rejects. */
export interface Lookup {
  services(name: string): Promise<readonly ServiceRecord[]>
  /** Hosts that take mail for a domain, the preferred one first. */
  mailExchangers(domain: string): Promise<readonly string[]>
  hasAddress(host: string): Promise<boolean>
}

/** DNS by the system's own name servers; what has no answer when `signal` is aborted has none. */
export function systemLookup(signal: AbortSignal): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const none = () => []
  return {
    services: (name) => resolver.resolveSrv(name).catch(none),
    mailExchangers: async (domain) => {
      const records = await resolver.resolveMx(domain).catch(none)
      return records.toSorted((one, other) => one.priority - other.priority).map(({ exchange }) => exchange)
    },
    hasAddress: async (host) => {
      const found = await Promise.all([resolver.resolve4(host).catch(none), resolver.resolve6(host).catch(none)])
      return found.some((addresses) => addresses.length > 0)
    },
  }
}
