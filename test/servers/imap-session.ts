// One IMAP session of the test server: greeting, commands in order, and what is the same for all of them.

import type { CommandLog } from './command-log.ts'
import { append } from './imap-append.ts'
import { imapCommands } from './imap-commands.ts'
import type { ImapFaults } from './imap-faults.ts'
import { type ImapValue, nest, textOf } from './imap-parser.ts'
import { type CommandStart, readArguments, readCommandStart } from './imap-reader.ts'
import type { ImapView } from './imap-view.ts'
import type { LineSocket } from './line-socket.ts'
import type { Listener } from './listener.ts'
import type { Account } from './mailbox-store.ts'
import { decodeMailboxName, encodeMailboxName } from './modified-utf7.ts'
import { saslMechanisms } from './sasl.ts'

/** An APPEND command that the server has received the end of, or that broke off. */
export type AppendRecord = {
  readonly user: string
  readonly folder: string
  /** How each message's literal was announced. */
  readonly literals: ('synchronising' | 'non-synchronising')[]
  /** UIDs given; empty unless everything was stored. */
  uids: readonly number[]
}

/** What all sessions of a server share. */
export type ImapShared = {
  faults: ImapFaults
  capabilities: readonly string[]
  readonly log: CommandLog
  readonly listener: Listener
  readonly accounts: Map<string, Account>
  readonly needsTls: boolean
  /** A limit that is not advertised as `APPENDLIMIT=`. */
  readonly appendLimit: number | undefined
  readonly appends: AppendRecord[]
  readonly sessions: Set<ImapSession>
  messagesOffered: number
  logins: number
}

/** A command as it reaches its handler: `values` are the arguments behind the verb. */
export type ImapCommand = {
  readonly tag: string
  /** In capitals; `UID FETCH` and its like are one verb. */
  readonly verb: string
  readonly values: readonly ImapValue[]
}

/** A session's state; the commands are in imap-commands.ts and the files it names. */
export class ImapSession {
  readonly socket: LineSocket
  readonly shared: ImapShared
  account: Account | undefined
  view: ImapView | undefined
  hasUtf8 = false

  constructor(socket: LineSocket, shared: ImapShared) {
    this.socket = socket
    this.shared = shared
    socket.onIdle = () => void this.bye('Autologout; idle for too long')
  }

  get faults(): ImapFaults {
    return this.shared.faults
  }

  /** The whole session, until LOGOUT or until the connection has ended. */
  async run(): Promise<void> {
    this.shared.sessions.add(this)
    try {
      await this.#greet()
      for (;;) await this.#next()
    } finally {
      this.shared.sessions.delete(this)
    }
  }

  /** Whether the server has a capability at all, in the spelling of the list. */
  has(capability: string): boolean {
    return this.shared.capabilities.includes(capability)
  }

  /** The most octets that a message may have: `APPENDLIMIT=` of the list (RFC 7889), or else the server's own limit. */
  get appendLimit(): number | undefined {
    const advertised = this.shared.capabilities.find((one) => one.startsWith('APPENDLIMIT='))
    return advertised ? Number(advertised.slice('APPENDLIMIT='.length)) : this.shared.appendLimit
  }

  /** The capability list that applies now (RFC 3501 §6.1.1). */
  capabilities(): readonly string[] {
    if (this.account) return this.shared.capabilities
    const early = this.shared.capabilities.filter((one) =>
      /^(IMAP4rev[12]|LITERAL[+-]|SASL-IR|ID|ENABLE|IDLE)$/.test(one),
    )
    const logins = this.isLoginAllowed ? saslMechanisms.map((name) => `AUTH=${name}`) : ['LOGINDISABLED']
    return [...early, ...(this.offersStarttls ? ['STARTTLS'] : []), ...logins]
  }

  get isLoginAllowed(): boolean {
    return this.socket.isSecure || !this.shared.needsTls
  }

  get offersStarttls(): boolean {
    return !!this.shared.listener.secure && !this.socket.isSecure && this.faults.starttls !== 'missing'
  }

  untagged(text: string): Promise<void> {
    return this.socket.send(`* ${text}\r\n`)
  }

  /** Ends a command: first what has changed in the selected folder, then the tagged line. */
  async complete(tag: string, text: string, mayExpunge = true): Promise<void> {
    await this.announceChanges(mayExpunge)
    await this.socket.send(`${tag} ${text}\r\n`)
  }

  async announceChanges(mayExpunge: boolean): Promise<void> {
    for (const change of this.view?.changes(mayExpunge) ?? []) await this.untagged(change)
  }

  /** Says goodbye and hangs up, whatever the session is doing. */
  async bye(text: string): Promise<void> {
    await this.untagged(`BYE ${text}`)
    await this.socket.flush()
    this.socket.close()
  }

  /** A mailbox name from a command, in Unicode and without a trailing delimiter; undefined when it is malformed. */
  pathOf(value: ImapValue | undefined): string | undefined {
    const wire = textOf(value)
    if (wire === undefined) return undefined
    const path = this.hasUtf8 ? wire : decodeMailboxName(wire)
    const delimiter = this.account?.naming.delimiter ?? ''
    return delimiter !== '' && path?.endsWith(delimiter) ? path.slice(0, -delimiter.length) : path
  }

  /** A mailbox name for an answer, quoted (as latin1 standing for the bytes). */
  nameOf(path: string): string {
    const wire = this.hasUtf8 ? Buffer.from(path).toString('latin1') : encodeMailboxName(path)
    return `"${wire.replace(/["\\]/g, '\\$&')}"`
  }

  /** Waits while the test holds the answers to this verb. */
  async held(verb: string): Promise<void> {
    const gate = this.faults.hold?.[verb]
    if (!gate) return
    await this.socket.flush()
    await gate.pass()
  }

  async #greet(): Promise<void> {
    const { greeting, connectionLimit } = this.faults
    if (greeting === 'silent') return this.socket.hang()
    if (greeting === 'drop') return this.socket.end()
    if (typeof greeting === 'object') return this.socket.send(greeting.raw)
    const isFull = connectionLimit?.answer === 'bye' && this.shared.sessions.size > connectionLimit.max
    if (greeting === 'bye' || isFull) {
      await this.untagged(isFull ? 'BYE Too many connections' : 'BYE [UNAVAILABLE] Not now, please')
      return this.socket.end()
    }
    if (greeting === 'preauth') [this.account] = this.shared.accounts.values()
    const status = greeting === 'preauth' ? 'PREAUTH' : 'OK'
    await this.untagged(`${status} [CAPABILITY ${this.capabilities().join(' ')}] mailhaul test server ready`)
  }

  async #next(): Promise<void> {
    this.socket.limitIdling(this.faults.idleLimit ?? 0)
    const start = await readCommandStart(this)
    if (!start) return this.untagged('BAD Malformed command')
    const { tag, verb, rest } = start
    this.shared.log.record(verb, withoutSecrets(start))
    if (verb === 'APPEND' && this.account) return append(this, tag, rest)
    // Nothing is awaited that need not be: who has waited for a verb may change the faults right after.
    const values = rest.literal ? await readArguments(this, rest) : nest(rest.tokens)
    if (this.faults.hold?.[verb]) await this.held(verb)
    const scripted = this.faults.script?.(verb, start.line)
    if (scripted !== undefined) return this.#scripted(tag, scripted)
    if (!values) return this.complete(tag, 'BAD Malformed arguments')
    const refusal = this.#refusal(verb)
    if (refusal) return this.complete(tag, refusal)
    await imapCommands[verb]?.run(this, { tag, verb, values })
  }

  #refusal(verb: string): string | undefined {
    const command = imapCommands[verb]
    if (!command || (command.needs && !this.has(command.needs))) return `BAD Unknown command ${verb.slice(0, 20)}`
    if (command.when === 'before-login' && this.account) return 'BAD Already logged in'
    if (command.when === 'after-login' && !this.account) return 'BAD Log in first'
    if (command.when === 'selected' && !this.view) return 'BAD No mailbox selected'
    return undefined
  }

  async #scripted(tag: string, reply: string): Promise<void> {
    if (reply === 'silent') return this.socket.hang()
    if (reply === 'fin' || reply === 'rst') return this.socket.end(reply)
    await this.socket.send(reply.replaceAll('{tag}', tag))
  }
}

function withoutSecrets({ tag, verb, line }: CommandStart): string {
  if (verb === 'LOGIN') return `${tag} LOGIN ****`
  if (verb !== 'AUTHENTICATE') return line
  const [, , mechanism, initial] = line.split(' ')
  return `${tag} AUTHENTICATE ${mechanism}${initial === undefined ? '' : ' ****'}`
}
