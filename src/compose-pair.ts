// A pair of the configuration as the engine knows it.
import type { PairConfig, RouteConfig } from './config/schema.ts'
import type { Backlog } from './core/backlog.ts'
import { shortHash } from './core/fingerprint.ts'
import type { Condition, Leave, Pair, Route } from './core/pair.ts'
import { providerOf, sourceProvider } from './core/providers.ts'
import { ratesInForce } from './core/rates.ts'

/** Everything about it but its passwords. */
export function pairOf(config: PairConfig): Pair {
  const { name, source, destination, select, routes, duplicates, backlog } = config
  const providers = {
    sourceProvider: sourceProvider(source.host, source.user, source.provider),
    destinationProvider: providerOf(destination.host),
  }
  return {
    name,
    sourceHost: source.host,
    destinationHost: destination.host,
    sourceAccount: shortHash(`${source.host.toLowerCase()}\n${source.user}`),
    repair: destination.repair,
    order: destination.order,
    sourceRates: ratesInForce(source.limits, providers.sourceProvider.published?.fetch),
    destinationRates: ratesInForce(destination.limits, providers.destinationProvider.published?.append),
    ...providers,
    schedule: config.schedule,
    policy: {
      folder: destination.folder,
      flags: destination.flags,
      select: { maxSize: select.maxSize, since: select.since, before: select.before },
      routes: routes.map(routeOf),
      duplicates,
      backlog: backlogOf(backlog),
      leave: leaveOf(source.leave),
      maxDeletions: source.maxDeletions,
    },
  }
}

function routeOf({ when, folder, flags }: RouteConfig): Route {
  const condition: Condition =
    'header' in when
      ? { kind: 'header', name: when.header, pattern: when.matches }
      : 'from' in when
        ? { kind: 'address', field: 'from', pattern: when.from }
        : { kind: 'address', field: 'to', pattern: when.to }
  return { when: condition, folder, flags }
}

function backlogOf(backlog: PairConfig['backlog']): Backlog {
  if (typeof backlog === 'string') return { kind: backlog }
  return 'newest' in backlog ? { kind: 'newest', count: backlog.newest } : { kind: 'since', instant: backlog.since }
}

function leaveOf(leave: PairConfig['source']['leave']): Leave {
  if (leave === 'keep') return { kind: 'keep' }
  if (leave === 'delete') return { kind: 'delete', afterDays: 0, proof: 'size' }
  return { kind: 'delete', afterDays: leave.days, proof: leave.proof }
}
