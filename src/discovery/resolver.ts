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

/** DNS by the system's own name servers, or those named; what has no answer when `signal` is aborted has none. */
export function systemLookup(signal: AbortSignal, servers?: readonly string[]): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  if (servers) resolver.setServers(servers)
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  const ask = async <Found>(question: () => Promise<Found[]>): Promise<Found[]> =>
    signal.aborted ? [] : question().catch(() => [])
  return {
    services: (name) => ask(() => resolver.resolveSrv(name)),
    mailExchangers: async (domain) => {
      const records = await ask(() => resolver.resolveMx(domain))
      return records.toSorted((one, other) => one.priority - other.priority).map(({ exchange }) => exchange)
    },
    hasAddress: async (host) => {
      const found = await Promise.all([ask(() => resolver.resolve4(host)), ask(() => resolver.resolve6(host))])
      return found.some((addresses) => addresses.length > 0)
    },
  }
}
