// An IMAP server in memory, to the RFCs (3501 and the extensions it lists) and misbehaving on request.

import { CommandLog } from './command-log.ts'
import { formatDateTime } from './imap-date.ts'
import type { ImapFaults } from './imap-faults.ts'
import { type AppendRecord, ImapSession, type ImapShared } from './imap-session.ts'
import { type ConnectionCounts, Listener, type TlsSettings } from './listener.ts'
import { Account, type AccountOptions, type Folder, type Naming } from './mailbox-store.ts'

/** How to start an IMAP server. */
export type ImapServerOptions = TlsSettings &
  Partial<Naming> & {
    readonly users: readonly AccountOptions[]
    readonly faults?: ImapFaults
    /** What CAPABILITY lists after the login; the server behaves accordingly. Default: `imapCapabilities.full`. */
    readonly capabilities?: readonly string[]
    /** Refuses to log anybody in without TLS. Default: false. */
    readonly needsTls?: boolean
    /** Octets; a limit that only shows in STATUS, if APPENDLIMIT is listed without a number, or not before it is met. */
    readonly appendLimit?: number
  }

/** A message to put into a folder beforehand. */
export type SeedMessage = {
  readonly bytes: Uint8Array
  readonly flags?: readonly string[]
  readonly internalDate?: string
}

/** A running IMAP server on 127.0.0.1. */
export type ImapServer = {
  readonly port: number
  /** Read at every step of every session; replace it or change its entries at any time. */
  faults: ImapFaults
  capabilities: readonly string[]
  /** First lines of commands received, secrets hidden; SASL responses appear as `****`. */
  readonly log: readonly string[]
  readonly connections: Readonly<ConnectionCounts>
  readonly logins: number
  /** Every APPEND command, in order of arrival. */
  readonly appends: readonly AppendRecord[]
  readonly bytesReceived: number
  /** A user's folder by its full name in Unicode; throws if there is none. */
  folder(user: string, path: string): Folder
  /** Creates the folder if need be and puts messages into it. */
  seed(user: string, path: string, messages: readonly SeedMessage[]): Folder
  /** Gives a folder a new UIDVALIDITY and new UIDs (B05); sessions that have it open are sent away. */
  bumpUidValidity(user: string, path: string): Promise<void>
  /** The account of a user; throws if there is none. */
  account(user: string): Account
  /** How often a verb in capitals was received; `UID FETCH` and its like are one verb. */
  count(verb: string): number
  /** Resolves once a verb was received so many times since the server started. */
  waitFor(verb: string, times: number): Promise<void>
  /** Resolves once the condition holds; looked at again whenever anything happens on the server. */
  until(isSo: () => boolean): Promise<void>
  /** Says `* BYE` on every connection and closes it (D19). */
  byeAll(text?: string): Promise<void>
  /** Resets every open connection. */
  dropAll(): void
  stop(): Promise<void>
}

const basic = ['IMAP4rev1', 'ID', 'IDLE', 'NAMESPACE', 'UNSELECT', 'CHILDREN']

/** Capability lists of servers that there are, as far as this server can keep what they promise. */
export const imapCapabilities = {
  full: [
    ...basic,
    ...['LITERAL+', 'SASL-IR', 'ENABLE', 'LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE', 'CREATE-SPECIAL-USE'],
    ...['UIDPLUS', 'MULTIAPPEND', 'QUOTA', 'STATUS=SIZE', 'ESEARCH', 'MOVE', 'ACL'],
  ],
  /** Gmail: LITERAL-, no MULTIAPPEND, a limit. */
  gmail: [
    ...basic,
    ...['LITERAL-', 'SASL-IR', 'ENABLE', 'LIST-EXTENDED', 'LIST-STATUS', 'SPECIAL-USE', 'UIDPLUS', 'QUOTA', 'ESEARCH'],
    ...['MOVE', 'X-GM-EXT-1', 'APPENDLIMIT=35651584'],
  ],
  /** Courier: UIDPLUS, but synchronising literals only and no MULTIAPPEND. */
  courier: [...basic, 'UIDPLUS', 'QUOTA', 'ACL'],
  /** Nothing but the base protocol. */
  bare: ['IMAP4rev1'],
} as const satisfies Record<string, readonly string[]>

/** Starts a server on a port of the system's choice; `stop()` it at the end of the test. */
export async function startImapServer(options: ImapServerOptions): Promise<ImapServer> {
  const naming = { delimiter: options.delimiter ?? '/', prefix: options.prefix ?? '' }
  const log = new CommandLog()
  const listener = new Listener(log)
  const shared: ImapShared = {
    faults: options.faults ?? {},
    capabilities: options.capabilities ?? imapCapabilities.full,
    log,
    listener,
    accounts: new Map(options.users.map((user) => [user.user, new Account(user, naming)])),
    needsTls: options.needsTls ?? false,
    appendLimit: options.appendLimit,
    appends: [],
    sessions: new Set(),
    messagesOffered: 0,
    logins: 0,
  }
  listener.traffic.chunking = () => shared.faults.chunking
  await listener.start(options, (socket) => new ImapSession(socket, shared).run())
  return new RunningServer(shared)
}

class RunningServer implements ImapServer {
  readonly port: number
  readonly #shared: ImapShared

  constructor(shared: ImapShared) {
    this.#shared = shared
    this.port = shared.listener.port
  }

  get faults(): ImapFaults {
    return this.#shared.faults
  }

  set faults(faults: ImapFaults) {
    this.#shared.faults = faults
  }

  get capabilities(): readonly string[] {
    return this.#shared.capabilities
  }

  set capabilities(capabilities: readonly string[]) {
    this.#shared.capabilities = capabilities
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

  get appends(): readonly AppendRecord[] {
    return this.#shared.appends
  }

  get bytesReceived(): number {
    return this.#shared.listener.traffic.bytesReceived
  }

  account(user: string): Account {
    const account = this.#shared.accounts.get(user)
    if (!account) throw new Error(`no account for ${user}`)
    return account
  }

  folder(user: string, path: string): Folder {
    const folder = this.account(user).find(path)
    if (!folder) throw new Error(`${user} has no folder ${path}`)
    return folder
  }

  seed(user: string, path: string, messages: readonly SeedMessage[]): Folder {
    const account = this.account(user)
    const folder = account.find(path) ?? account.create(path)
    const now = formatDateTime(new Date())
    for (const { bytes, flags = [], internalDate = now } of messages) {
      folder.append({ bytes: Buffer.from(bytes), flags, internalDate })
    }
    return folder
  }

  async bumpUidValidity(user: string, path: string): Promise<void> {
    const folder = this.folder(user, path)
    const open = [...this.#shared.sessions].filter((session) => session.view?.folder === folder)
    await Promise.all(open.map((session) => session.bye('UIDVALIDITY changed')))
    folder.renumber(this.account(user).nextUidValidity())
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

  async byeAll(text = '[UNAVAILABLE] Server shutting down'): Promise<void> {
    await Promise.all([...this.#shared.sessions].map((session) => session.bye(text)))
  }

  dropAll(): void {
    this.#shared.listener.dropAll()
  }

  stop(): Promise<void> {
    return this.#shared.listener.stop()
  }
}
