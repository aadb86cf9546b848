// A POP3 server in memory, to the RFCs (1939, 2449, 2595, 5034, 6856) and misbehaving on request.

import type { Certificate } from './certificates.ts'
import { CommandLog } from './command-log.ts'
import { type ConnectionCounts, Listener, type TlsSettings } from './listener.ts'
import { Maildrop, type MaildropOptions } from './maildrop.ts'
import type { Pop3Faults } from './pop3-faults.ts'
import { Pop3Session, type Pop3Shared } from './pop3-session.ts'
import { saslMechanisms } from './sasl.ts'

/** How to start a POP3 server. */
export type Pop3ServerOptions = TlsSettings & {
  readonly users: readonly MaildropOptions[]
  readonly faults?: Pop3Faults
  /** What CAPA lists; STLS is added, and what only matters before the login is left out after it. */
  readonly capabilities?: readonly string[]
  /** Refuses a second session on a maildrop with [IN-USE]. Default: false, as Dovecot. */
  readonly isExclusive?: boolean
  /** Refuses to log anybody in without TLS. Default: false. */
  readonly needsTls?: boolean
}

/** A running POP3 server on 127.0.0.1. */
export type Pop3Server = {
  readonly port: number
  /** Read at every step of every session; replace it or change its entries at any time. */
  faults: Pop3Faults
  /** Command lines received, secrets hidden; SASL responses appear as `****`. */
  readonly log: readonly string[]
  readonly connections: Readonly<ConnectionCounts>
  readonly logins: number
  /** The most commands that were ever received and not answered yet, in one session. */
  readonly maxPipelined: number
  readonly bytesSent: number
  /** The maildrop of a user; throws if there is none. */
  maildrop(user: string): Maildrop
  /** Shows another certificate from the next connection on (D14). */
  show(certificate: Pick<Certificate, 'cert' | 'key'>): void
  /** How often a verb in capitals was received. */
  count(verb: string): number
  /** Resolves once a verb was received so many times since the server started. */
  waitFor(verb: string, times: number): Promise<void>
  /** Resolves once the condition holds; looked at again whenever anything happens on the server. */
  until(isSo: () => boolean): Promise<void>
  /** Resets every open connection. */
  dropAll(): void
  stop(): Promise<void>
}

/** What CAPA lists by default. */
export const pop3Capabilities: readonly string[] = [
  'TOP',
  'UIDL',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  'PIPELINING',
  'USER',
  `SASL ${saslMechanisms.join(' ')}`,
  'UTF8 USER',
  'EXPIRE NEVER',
  'LOGIN-DELAY 0',
  'IMPLEMENTATION mailhaul-test',
]

/** Starts a server on a port of the system's choice; `stop()` it at the end of the test. */
export async function startPop3Server(options: Pop3ServerOptions): Promise<Pop3Server> {
  const log = new CommandLog()
  const listener = new Listener(log)
  const shared: Pop3Shared = {
    faults: options.faults ?? {},
    log,
    listener,
    maildrops: new Map(options.users.map((user) => [user.user, new Maildrop(user)])),
    capabilities: options.capabilities ?? pop3Capabilities,
    isExclusive: options.isExclusive ?? false,
    needsTls: options.needsTls ?? false,
    retrievals: new WeakMap(),
    logins: 0,
    maxPipelined: 0,
  }
  listener.traffic.chunking = () => shared.faults.chunking
  await listener.start(options, (socket, number) => new Pop3Session(socket, shared, number).run())
  return new RunningServer(shared)
}

class RunningServer implements Pop3Server {
  readonly port: number
  readonly #shared: Pop3Shared

  constructor(shared: Pop3Shared) {
    this.#shared = shared
    this.port = shared.listener.port
  }

  get faults(): Pop3Faults {
    return this.#shared.faults
  }

  set faults(faults: Pop3Faults) {
    this.#shared.faults = faults
  }

  get log(): readonly string[] {
    return this.#shared.log.lines
  }

  get connections(): Readonly<ConnectionCounts> {
    return this.#shared.listener.connections
  }

  get logins(): number {
    return this.#shared.logins
  }

  get maxPipelined(): number {
    return this.#shared.maxPipelined
  }

  get bytesSent(): number {
    return this.#shared.listener.traffic.bytesSent
  }

  show(certificate: Pick<Certificate, 'cert' | 'key'>): void {
    this.#shared.listener.show(certificate)
  }

  maildrop(user: string): Maildrop {
    const maildrop = this.#shared.maildrops.get(user)
    if (!maildrop) throw new Error(`no maildrop for ${user}`)
    return maildrop
  }

  count(verb: string): number {
    return this.#shared.log.count(verb)
  }

  waitFor(verb: string, times: number): Promise<void> {
    return this.until(() => this.count(verb) >= times)
  }

  until(isSo: () => boolean): Promise<void> {
    return this.#shared.log.until(isSo)
  }

  dropAll(): void {
    this.#shared.listener.dropAll()
  }

  stop(): Promise<void> {
    return this.#shared.listener.stop()
  }
}
