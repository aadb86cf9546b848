// What a configuration may say, but its author perhaps did not mean.
import { takesNoPasswords } from '../core/sign-in-advice.ts'
import type { Explained } from './explain.ts'
import { isLoopback } from './host.ts'
import type { Config, EndpointConfig, PairConfig } from './schema.ts'

/** Logins that follow sooner upon each other are suspended, at OVH and elsewhere. Milliseconds. */
const providersPatience = 60_000

/** Everything in a valid configuration that deserves a second look. */
export function warningsOf(config: Config): Explained[] {
  return [...config.pairs.flatMap(warningsOfPair), ...sharedMaildrops(config.pairs)]
}

function warningsOfPair(pair: PairConfig, index: number): Explained[] {
  const at = ['pairs', index]
  const warnings = [
    ...warningsOfEnd(pair.source, [...at, 'source']),
    ...warningsOfEnd(pair.destination, [...at, 'destination']),
  ]
  if (pair.source.host === pair.destination.host && pair.source.user === pair.destination.user) {
    const message = 'source and destination are the same account on the same host'
    const hint = 'if it is one mailbox, mailhaul stops after its first message'
    warnings.push({ path: [...at, 'destination', 'user'], message, hint })
  }
  const { schedule, source } = pair
  if (schedule?.kind === 'every' && schedule.interval < providersPatience && !isLoopback(source.host)) {
    const message = `logins at ${source.host} will be less than a minute apart, for which some providers lock the account`
    warnings.push({ path: [...at, 'schedule'], message, hint: 'write every 1m or more, or adaptive' })
  }
  return warnings
}

function warningsOfEnd(end: EndpointConfig, at: readonly (string | number)[]): Explained[] {
  const warnings: Explained[] = []
  if (end.tls === 'none' && !isLoopback(end.host)) {
    const message = `anybody on the way to ${end.host} can read the password and the mail`
    warnings.push({ path: [...at, 'tls'], message, hint: 'use implicit or starttls as soon as the server has it' })
  }
  if (end.tls === 'none' && end.fingerprint.length > 0) {
    const message = 'without TLS there is no certificate, so nothing is compared with the fingerprint'
    warnings.push({ path: [...at, 'fingerprint'], message, hint: 'use implicit or starttls' })
  }
  if (end.password !== undefined && takesNoPasswords(end.host)) {
    const message = `${end.host} takes no passwords any more`
    const hint = 'sign in instead: auth: { oauth2: { provider: microsoft, clientId: ID } }'
    warnings.push({ path: [...at, 'password'], message, hint })
  }
  if (end.minVersion === 'TLSv1' || end.minVersion === 'TLSv1.1') {
    const message = 'TLS before 1.2 is broken'
    warnings.push({ path: [...at, 'minVersion'], message, hint: 'use TLSv1.2 as soon as the server has it' })
  }
  return warnings
}

// Two pairs may copy from one maildrop, but what one removes the other may not have copied yet.
function sharedMaildrops(pairs: readonly PairConfig[]): Explained[] {
  const maildrop = ({ source }: PairConfig) => JSON.stringify([source.host, source.user])
  const sharers = Map.groupBy(pairs, maildrop)
  return pairs.flatMap((pair, index) => {
    const others = (sharers.get(maildrop(pair)) ?? []).filter((other) => other !== pair)
    if (pair.source.leave === 'keep' || others.length === 0) return []
    const names = others.map((other) => other.name).join(', ')
    const message = `${names} reads the same maildrop, and will miss what is removed here first`
    return [{ path: ['pairs', index, 'source', 'leave'], message, hint: 'use keep until every pair has copied all' }]
  })
}
