// One POP3 session of the test server: greeting, commands in order, and what is the same for all of them.

import type { CommandLog } from './command-log.ts'
import type { LineSocket } from './line-socket.ts'
import type { Listener } from './listener.ts'
import type { Maildrop, MaildropMessage } from './maildrop.ts'
import { pop3Commands } from './pop3-commands.ts'
import type { CapabilityPhase, Pop3Faults } from './pop3-faults.ts'

/** What all sessions of a server share. */
export type Pop3Shared = {
  faults: Pop3Faults
  readonly log: CommandLog
  readonly listener: Listener
  readonly maildrops: Map<string, Maildrop>
  readonly capabilities: readonly string[]
  /** One session per maildrop at a time (RFC 1939 §4); Dovecot's default is not to (A06). */
  readonly isExclusive: boolean
  readonly needsTls: boolean
  readonly retrievals: WeakMap<MaildropMessage, number>
  logins: number
  maxPipelined: number
}

/** A session's state; the commands are in pop3-commands.ts and the files it names. */
export class Pop3Session {
  readonly socket: LineSocket
  readonly shared: Pop3Shared
  readonly number: number
  user: string | undefined
  maildrop: Maildrop | undefined
  /** The messages as they were at login, by message number less one. */
  messages: readonly MaildropMessage[] = []
  readonly deleted = new Set<MaildropMessage>()
  readonly retrieved = new Set<MaildropMessage>()
  hasUtf8 = false
  stats = 0
  retrs = 0
  #received = 0
  #answered = 0

  constructor(socket: LineSocket, shared: Pop3Shared, number: number) {
    this.socket = socket
    this.shared = shared
    this.number = number
    socket.onInput = (piece) => this.#countInput(piece)
    socket.onIdle = () => socket.close()
  }

  get faults(): Pop3Faults {
    return this.shared.faults
  }

  /** The whole session, until QUIT or until the connection has ended. */
  async run(): Promise<void> {
    try {
      await this.#greet()
      for (;;) await this.#next()
    } finally {
      if (this.maildrop) this.maildrop.sessions--
    }
  }

  /** Answers `+OK`, then as many lines as given, then the terminator if there are lines. */
  async ok(text: string, lines?: readonly string[]): Promise<void> {
    await this.socket.send(`+OK ${text}\r\n`)
    if (lines) await this.socket.send(`${lines.map((line) => `${stuffLine(line)}\r\n`).join('')}.\r\n`)
  }

  async error(text: string): Promise<void> {
    await this.socket.send(`-ERR ${text}\r\n`)
  }

  /** Gives the session its maildrop as it is now. */
  open(maildrop: Maildrop): void {
    const window = this.faults.window
    const all = maildrop.messages.filter((message) => !maildrop.popped.has(message))
    this.maildrop = maildrop
    maildrop.sessions++
    this.shared.logins++
    if (!window) this.messages = all
    else this.messages = window.of === 'oldest' ? all.slice(0, window.count) : all.slice(-window.count)
  }

  /** The capability list that applies now. */
  capabilities(): readonly string[] {
    const phase: CapabilityPhase = this.maildrop ? 'transaction' : this.socket.isSecure ? 'secure' : 'clear'
    const shown = this.faults.capabilities?.[phase]
    if (shown) return shown
    const loginOnly = this.maildrop ? /^(USER|SASL|STLS)\b/ : this.isLoginAllowed ? undefined : /^(USER|SASL)\b/
    const known = this.shared.capabilities.filter((capability) => !loginOnly?.test(capability))
    return this.offersStls ? [...known, 'STLS'] : known
  }

  get isLoginAllowed(): boolean {
    return this.socket.isSecure || !this.shared.needsTls
  }

  get offersStls(): boolean {
    return !!this.shared.listener.secure && !this.socket.isSecure && !this.maildrop && this.faults.stls !== 'missing'
  }

  /** The message a number refers to, unless it is out of range or marked as deleted; then the client has been told. */
  async messageAt(argument: string): Promise<MaildropMessage | undefined> {
    const message = /^\d+$/.test(argument) ? this.messages[Number(argument) - 1] : undefined
    if (message && !this.deleted.has(message)) return message
    await this.error(message ? `Message ${argument} is deleted.` : 'There is no such message.')
    return undefined
  }

  async #greet(): Promise<void> {
    const { greeting } = this.faults
    if (greeting === 'silent') await this.socket.hang()
    if (greeting === 'drop') await this.socket.end()
    if (typeof greeting === 'object') return this.socket.send(greeting.raw)
    if (greeting !== 'error') return this.ok('mailhaul test server ready.')
    await this.error('[SYS/TEMP] Not now, please.')
    await this.socket.end()
  }

  async #next(): Promise<void> {
    this.socket.limitIdling(this.faults.idleLimit ?? 0)
    const line = (await this.socket.readLine()).toString('latin1')
    if (this.faults.pipelining === 'discards-rest-of-input') this.socket.discardInput()
    await this.#answer(line)
    this.#answered++
  }

  async #answer(line: string): Promise<void> {
    const [, verb = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(line) ?? []
    const name = verb.toUpperCase()
    const isSecret = name === 'PASS' || name === 'AUTH'
    this.shared.log.record(name, isSecret ? hideSecret(name, argument) : line)
    const { hold, script, endless } = this.faults
    if (hold?.[name]) await this.#held(hold[name].pass())
    const scripted = script?.(name, argument)
    if (scripted !== undefined) return this.#scripted(scripted)
    if (endless?.verb === name) return this.#endless(endless.what)
    const command = pop3Commands[name]
    if (!command) return this.error(`Unknown command ${name.slice(0, 20)}`)
    if (command.when === 'before-login' && this.maildrop) return this.error('Already logged in.')
    if (command.when === 'after-login' && !this.maildrop) return this.error('Log in first.')
    await command.run(this, argument)
  }

  async #held(opened: Promise<void>): Promise<void> {
    await this.socket.flush()
    await opened
  }

  async #scripted(reply: string): Promise<void> {
    if (reply === 'silent') return this.socket.hang()
    if (reply === 'fin' || reply === 'rst') return this.socket.end(reply)
    await this.socket.send(reply)
  }

  async #endless(what: 'line' | 'listing'): Promise<void> {
    await this.socket.send('+OK ')
    for (let count = 1; !this.socket.isGone; count++) {
      await this.socket.send(what === 'line' ? 'x'.repeat(1000) : `\r\n${count} ${count}`)
    }
  }

  #countInput(piece: Buffer): void {
    for (let at = piece.indexOf(0x0a); at >= 0; at = piece.indexOf(0x0a, at + 1)) this.#received++
    const waiting = this.#received - this.#answered
    if (waiting > this.shared.maxPipelined) this.shared.maxPipelined = waiting
    const limit = this.faults.inputLimit
    if (limit !== undefined && this.socket.pendingBytes > limit) this.socket.close()
  }
}

function stuffLine(line: string): string {
  return line.startsWith('.') ? `.${line}` : line
}

function hideSecret(verb: string, argument: string): string {
  if (verb === 'PASS') return 'PASS ****'
  const [mechanism = '', initial] = argument.split(' ')
  return initial === undefined ? `AUTH ${mechanism}` : `AUTH ${mechanism} ****`
}
