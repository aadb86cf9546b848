// Reaches the servers of a configuration without logging in: each of them once, whoever uses it.
import { connectionOf } from './compose.ts'
import type { Config, EndpointConfig } from './config/schema.ts'
import { asMailhaulError, type MailhaulError } from './core/errors.ts'
import type { TlsFacts } from './core/facts.ts'
import type { Clock } from './core/ports.ts'
import { reachImap } from './destinations/imap/reach.ts'
import { defaultDeadlines } from './sources/pop3/deadlines.ts'
import { reachPop3 } from './sources/pop3/reach.ts'

/** A server that some pairs use. */
export interface Server {
  readonly host: string
  readonly port: number
  readonly protocol: 'POP3' | 'IMAP'
  readonly tls: EndpointConfig['tls']
  /** Names of pairs, in the order of the configuration. */
  readonly pairs: readonly string[]
}

/** What became of it. */
export type Reached = { readonly server: Server } & (
  | { readonly kind: 'reached'; readonly tls: TlsFacts | undefined }
  | { readonly kind: 'failed'; readonly error: MailhaulError }
)

/** Milliseconds for each step on the way to a server. */
const patience = 10_000

/** So many at a time. */
const atOnce = 8

/** Reaches every server of these pairs. Never throws; what was not tried when `signal` is aborted has failed. */
export async function reachServers(
  pairs: Config['pairs'],
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Reached[]> {
  const servers = [...serversOf(pairs).values()]
  const results: Reached[] = []
  const waiting = servers.entries()
  const work = async () => {
    for (const [at, { server, end }] of waiting) results[at] = await reach(server, end, clock, signal)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

interface Found {
  readonly server: Server & { readonly pairs: string[] }
  readonly end: EndpointConfig
}

function serversOf(pairs: Config['pairs']): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>()
  for (const pair of pairs) {
    for (const [protocol, end] of [
      ['POP3', pair.source],
      ['IMAP', pair.destination],
    ] as const) {
      const { host, port, tls, servername, ca, fingerprint, minVersion } = end
      const id = JSON.stringify([protocol, host.toLowerCase(), port, tls, servername, ca, fingerprint, minVersion])
      const known = found.get(id)
      if (known) known.server.pairs.push(pair.name)
      else found.set(id, { server: { host, port, protocol, tls, pairs: [pair.name] }, end })
    }
  }
  return found
}

async function reach(server: Server, end: EndpointConfig, clock: Clock, signal: AbortSignal): Promise<Reached> {
  try {
    const where = { ...(await connectionOf(end)), clock }
    const deadlines = { ...defaultDeadlines, connect: patience, greeting: patience, command: patience }
    const tls =
      server.protocol === 'POP3'
        ? await reachPop3({ ...where, deadlines, trace: undefined }, signal)
        : await reachImap({ ...where, patience: 2 * patience }, signal)
    return { server, kind: 'reached', tls }
  } catch (thrown) {
    return { server, kind: 'failed', error: asMailhaulError(thrown) }
  }
}
