// A maildrop through the login of the moment: listing, seal and message numbers, all renewed when it is opened again.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Key, Listed } from '../../core/message.ts'
import type { EndFacts, Habits, Listing } from '../../core/ports.ts'
import type { Connection } from './connection.ts'
import { within } from './deadlines.ts'
import { disconnected, sessionLost, timedOut } from './errors.ts'
import { readListing, type Stat, statOf } from './listing.ts'
import { type Login, type LoginOptions, logIn } from './login.ts'
import { notesOf } from './notes.ts'
import { type NamedMessage, Seal } from './seal.ts'
import type { SizeModel } from './size-model.ts'
import type { Status } from './status.ts'
import type { Suspects } from './suspects.ts'
import type { PipelineWindow } from './window.ts'

/** What a source has learned about its server, across sessions. */
export interface Memory {
  readonly habits: Habits
  readonly sizes: SizeModel
  readonly suspects: Suspects
  readonly window: PipelineWindow
}

/** How to log in, and what to take. */
export interface MaildropOptions extends LoginOptions {
  /** Octets; a message that goes on beyond is cut off and fails. */
  readonly largestMessage: number
  /** Messages; a maildrop that claims more is not listed. */
  readonly largestListing: number
}

/** A maildrop. Its connection is replaced by `reopen`; messages are then found again by key. */
export class Maildrop {
  readonly options: MaildropOptions
  readonly memory: Memory
  #login: Login
  #seal: Seal | undefined
  #listing: Listing | undefined
  /** The listing of the login of the moment, where that is not the one the caller knows. */
  #current: Listing | undefined
  #numbers: ReadonlyMap<Key, number> | undefined
  /** Whether both listings have the same numbers and sizes. */
  #isUnchanged = false
  /** Numbers of messages marked as removed in the login of the moment. */
  readonly #removed = new Set<number>()
  #isOver = false

  /** How often it was opened again. */
  reopenings = 0

  constructor(options: MaildropOptions, memory: Memory, login: Login) {
    this.options = options
    this.memory = memory
    this.#login = login
    const offersPipelining = login.capabilities?.has('PIPELINING') ?? true
    if (!offersPipelining || memory.habits.get('pipelining') === 'off') memory.window.close()
    memory.window.isCautious = this.consumes
  }

  get connection(): Connection {
    return this.#login.connection
  }

  /** Whether TOP is worth asking for. */
  get offersTop(): boolean {
    return this.#login.capabilities?.has('TOP') ?? true
  }

  /** Whether the server was told that messages with 8-bit headers may come as they are (RFC 6856). */
  get hasUtf8(): boolean {
    return this.#login.utf8 === true
  }

  /** Whether the server says that it removes what has been fetched (RFC 2449 §6.7). */
  get consumes(): boolean {
    return this.#login.capabilities?.argumentsOf('EXPIRE')[0] === '0'
  }

  get facts(): EndFacts {
    const { host, port } = this.options
    const { connection, capabilities } = this.#login
    const notes = notesOf(this.#login, this.memory.window.isClosed)
    return { host, port, tls: connection.tls, capabilities: capabilities?.lines ?? [], notes }
  }

  /** Lists the maildrop; message numbers of the result are what `numberOf` starts from. */
  async list(signal: AbortSignal): Promise<Listing> {
    const listing = await this.#read(signal)
    this.#listing = listing
    this.#current = undefined
    this.#numbers = undefined
    return listing
  }

  /** The seal of this login. After a removal STAT has changed: `unseal`, and it is taken anew. */
  async seal(signal: AbortSignal): Promise<Seal> {
    this.#seal ??= this.#sealFor(await this.#stat(signal))
    return this.#seal
  }

  /** A message is removed: its number names nothing any more, and STAT will answer otherwise. */
  unseal(number: number): void {
    this.#seal = undefined
    this.#removed.add(number)
  }

  /** Drops the connection for good. */
  abandon(): void {
    this.#isOver = true
    this.connection.close()
  }

  /** Logs in again after the connection was lost, and finds out which number every message has now (quirk A26). */
  async reopen(signal: AbortSignal): Promise<void> {
    this.reopenings += 1
    if (this.#isOver) throw disconnected()
    this.connection.close()
    this.#seal = undefined
    this.#removed.clear()
    this.#login = await logIn(this.options, signal)
    const current = await this.#read(signal)
    this.#current = current
    this.#isUnchanged = this.#listing !== undefined && haveSameSizes(this.#listing, current)
    this.#numbers = new Map(current.messages.flatMap(({ key, number }) => (key === undefined ? [] : [[key, number]])))
  }

  /** Whether message numbers are those of another login than the one that was listed. */
  get wasReopened(): boolean {
    return this.#current !== undefined
  }

  /** The number of a message in this login; undefined when it is not listed any more. Error: disconnected, if unsure. */
  numberOf(listed: Listed): number | undefined {
    if (this.#current === undefined) return listed.number
    if (listed.key !== undefined) return this.#numbers?.get(listed.key)
    if (this.#isUnchanged) return listed.number
    throw sessionLost(
      'The maildrop changed while the session was lost: messages without a unique-id cannot be found again.',
    )
  }

  async #read(signal: AbortSignal): Promise<Listing> {
    const stat = await this.#stat(signal)
    this.#seal = this.#sealFor(stat)
    const { largestListing } = this.options
    const options = { pipelines: !this.memory.window.isClosed, largestListing }
    return this.connection.during(signal, () => readListing(this.connection, stat, options))
  }

  /**
   * Asks for STAT. The first time a NOOP travels with it in one write: where only the first of them is answered,
   * pipelining is broken whatever CAPA says (quirk A03), and one command at a time is remembered for this server.
   */
  async #stat(signal: AbortSignal): Promise<Stat> {
    const { window, habits } = this.memory
    if (this.connection.failure !== undefined) throw this.connection.failure
    if (window.isClosed || window.isProven) return this.#plainStat(signal)
    const answer = this.connection.ask('STAT')
    const echo = this.connection.ask('NOOP')
    echo.catch(() => {})
    try {
      const status = await this.connection.during(signal, () => answer)
      if (await this.#isAnswered(echo, signal)) {
        window.isProven = true
        return statOf(status)
      }
    } catch (thrown) {
      if (!window.isProven && !signal.aborted) window.doubt()
      throw thrown
    }
    window.close()
    habits.set('pipelining', 'off')
    this.connection.close()
    this.#login = await logIn(this.options, signal)
    return this.#plainStat(signal)
  }

  async #isAnswered(echo: Promise<Status>, signal: AbortSignal): Promise<boolean> {
    const { clock, deadlines } = this.options
    const silent = () => timedOut('The server does not answer two commands sent together.')
    try {
      await within(clock, deadlines.probe, signal, silent, () => echo)
      return true
    } catch (thrown) {
      const { code } = asMailhaulError(thrown)
      if (code === 'timeout' || code === 'protocol') return false
      throw thrown
    }
  }

  #plainStat(signal: AbortSignal): Promise<Stat> {
    return this.connection.during(signal, async () => statOf(await this.connection.ask('STAT')))
  }

  #sealFor(stat: Stat): Seal {
    return new Seal(stat, this.memory.habits, () => this.#pickNamed())
  }

  /** The first message with a name from a random place on. */
  #pickNamed(): NamedMessage | undefined {
    const messages = (this.#current ?? this.#listing)?.messages ?? []
    const start = Math.floor(this.options.clock.random() * messages.length)
    for (let step = 0; step < messages.length; step += 1) {
      const { number, key } = messages[(start + step) % messages.length] ?? {}
      if (number !== undefined && key !== undefined && !this.#removed.has(number)) return { number, key }
    }
    return undefined
  }
}

function haveSameSizes(before: Listing, now: Listing): boolean {
  if (before.messages.length !== now.messages.length) return false
  return before.messages.every(({ number, size }, index) => {
    const other = now.messages[index]
    return other?.number === number && other.size === size
  })
}

/** Whether an error means that the connection is gone, so that another one may help. */
export function isLoss(error: MailhaulError): boolean {
  return error.code === 'disconnected' || error.code === 'timeout'
}
