// An IMAP server in memory and a destination on it, both gone when the test ends.
import type { TestContext } from 'node:test'
import type { Destination } from '../../../src/core/ports.ts'
import { createImapDestination, type ImapDestinationOptions } from '../../../src/destinations/imap/destination.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { type ImapServer, type ImapServerOptions, startImapServer } from '../../servers/imap-server.ts'

/** Who logs in everywhere. */
export const user = 'alice'
/** With what. */
export const password = 'correct "horse" \\battery'

/** A server, and a way to it. */
export interface OpenAccount {
  readonly server: ImapServer
  readonly destination: Destination
  /** Never aborted. */
  readonly signal: AbortSignal
}

/** What the server and the destination are to be like. */
export interface AccountSettings {
  readonly server?: Partial<ImapServerOptions>
  readonly destination?: Partial<ImapDestinationOptions>
}

/** Starts a server and makes a destination for it, with one upload connection unless told otherwise. */
export async function openAccount(t: TestContext, settings: AccountSettings = {}): Promise<OpenAccount> {
  const server = await startImapServer({ users: [{ user, password }], ...settings.server })
  const destination = createImapDestination({
    host: '127.0.0.1',
    port: server.port,
    tls: 'none',
    credentials: { kind: 'password', user, password: async () => password },
    connections: 1,
    clock: systemClock,
    ...settings.destination,
  })
  t.after(async () => {
    await destination.close()
    await server.stop()
  })
  return { server, destination, signal: new AbortController().signal }
}

/** Everything a stream yields. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
