// Retrieves messages with several RETRs under way at once, and lets go of them only once a seal has vouched for them.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Listed } from '../../core/message.ts'
import type { Fetched, Spool } from '../../core/ports.ts'
import type { Connection } from './connection.ts'
import { parseStat } from './listing.ts'
import { isLoss, type Maildrop } from './maildrop.ts'
import { Retrieval, type RetrievalOwner, usualReading } from './retrieval.ts'
import { Room } from './room.ts'
import type { Seal, SealCommand } from './seal.ts'
import type { Status } from './status.ts'
import type { PipelineWindow } from './window.ts'

/** What ended a pipeline before its last message. All it had not vouched for was thrown away. */
export type Trouble =
  /** The seal did not hold; `isGarbled` when the answer was no answer to STAT at all. */
  | { readonly kind: 'unsealed'; readonly isGarbled: boolean; readonly unvouched: readonly Listed[] }
  /** The connection was lost while `at` was awaited, or given up because of it: then the error's scope is `message`. */
  | { readonly kind: 'lost'; readonly error: MailhaulError; readonly at: Listed | undefined }
  /** A message that came in a sealed stretch, but not as it was listed. */
  | { readonly kind: 'doubtful'; readonly listed: Listed; readonly octets: number | undefined }
  /** Nothing that another session could mend. */
  | { readonly kind: 'over'; readonly error: MailhaulError }

/** More commands are sent when no more than this part of the window is under way. */
const topUpBelow = 0.75

/** A message between its RETR and the consumer. */
type Item = Pick<Retrieval, 'listed' | 'fetched' | 'discard'> & Partial<Pick<Retrieval, 'doubt' | 'octets'>>

/** One run over some messages on one connection. Ask for `next` until it is undefined, then look at `trouble`. */
export class Pipeline implements RetrievalOwner {
  trouble: Trouble | undefined
  readonly #maildrop: Maildrop
  readonly #connection: Connection
  readonly #window: PipelineWindow
  readonly #seal: Seal
  readonly #messages: readonly Listed[]
  readonly #room: Room
  readonly #stopWatching: () => void
  #position = 0
  /** Asked for since the last seal was sent. */
  #stretch: Item[] = []
  /** Asked for and not vouched for, in order: the stretch and everything before it. */
  #unvouched: Item[] = []
  /** Stretches whose seal has held, before it is certain that not a byte is left over behind it. */
  #sealed: Item[][] = []
  #vouched: Item[] = []
  #wake: (() => void) | undefined
  #isToppingUp = false

  constructor(maildrop: Maildrop, seal: Seal, messages: readonly Listed[], spool: Spool, signal: AbortSignal) {
    this.#maildrop = maildrop
    this.#connection = maildrop.connection
    this.#window = maildrop.memory.window
    this.#seal = seal
    this.#messages = messages
    this.#room = new Room(spool, {
      hasCome: () => this.#goOn(),
      failed: (error) => this.#stop({ kind: 'over', error }),
    })
    this.#stopWatching = this.#connection.endsWith(signal)
    this.#connection.onInputRead = () => this.#goOn()
    this.#goOn()
  }

  /** The next message that was vouched for; undefined when there is none left, or trouble has come. */
  async next(): Promise<Fetched | undefined> {
    for (;;) {
      const item = this.#vouched.shift()
      if (item !== undefined) return item.fetched()
      if (this.trouble !== undefined || this.#isDone) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Lets go of everything; drops the connection unless all has been said and done on it. */
  end(): void {
    if (!this.#isDone && this.trouble === undefined) this.#connection.close()
    for (const item of [...this.#vouched.splice(0), ...this.#unvouched.splice(0)]) item.discard()
    this.#room.end()
    this.#stopWatching()
    this.#connection.onInputRead = undefined
  }

  complete(): void {
    this.#window.answered()
  }

  lost(retrieval: Retrieval | undefined, reason: MailhaulError): void {
    if (reason.code === 'protocol') this.#stop({ kind: 'unsealed', isGarbled: true, unvouched: this.#unvouchedListed })
    else if (isLoss(reason) || reason.scope === 'message')
      this.#stop({ kind: 'lost', error: reason, at: retrieval?.listed })
    else this.#stop({ kind: 'over', error: reason })
  }

  // With nothing outstanding, something came that nobody had asked for: right behind a seal, it breaks it.
  #lostWhileIdle(reason: MailhaulError): void {
    const isGarbled = reason.code === 'protocol'
    if (this.#unvouched.length === 0) this.lost(undefined, reason)
    else this.#stop({ kind: 'unsealed', isGarbled, unvouched: this.#unvouchedListed })
  }

  get #isDone(): boolean {
    return this.#position === this.#messages.length && this.#unvouched.length === 0
  }

  get #unvouchedListed(): readonly Listed[] {
    return this.#unvouched.map(({ listed }) => listed)
  }

  // After every piece of input: what the seals have vouched for goes out, what there is room for is asked for.
  #goOn(): void {
    const { failure } = this.#connection
    if (failure !== undefined) this.#lostWhileIdle(failure)
    for (const stretch of this.#sealed.splice(0)) if (failure === undefined) this.#vouch(stretch)
    try {
      while (this.trouble === undefined && this.#hasCapacity && this.#sendNext());
    } catch (thrown) {
      this.#stop({ kind: 'over', error: asMailhaulError(thrown) })
    }
    this.#wake?.()
    this.#wake = undefined
  }

  /** A quarter at a time: each write costs both ends as much as a small message, however few commands are in it. */
  get #hasCapacity(): boolean {
    const [commands, octets] = [this.#connection.pending, this.#connection.outstanding]
    const { depth, outstanding } = this.#window
    const isLow = commands <= depth * topUpBelow && octets <= outstanding * topUpBelow
    this.#isToppingUp = (this.#isToppingUp || isLow) && commands < depth && octets < outstanding
    return this.#isToppingUp
  }

  /**
   * Sends one command, a RETR or a seal; false when there is nothing to send now. A full spool empties only when the
   * consumer gets what is already here, so the seal does not wait for more then.
   */
  #sendNext(): boolean {
    if (this.#stretch.length < this.#window.stretch && this.#requestNext()) return true
    if (this.#stretch.length === 0) return false
    this.#sendSeal()
    return true
  }

  /** Asks for the next message, if there is one and room for it. */
  #requestNext(): boolean {
    const listed = this.#messages[this.#position]
    if (listed === undefined) return false
    const number = this.#maildrop.numberOf(listed)
    if (number === undefined) {
      this.#add(absent(listed))
      return true
    }
    const room = this.#room.take(listed.size)
    if (room === undefined) return false
    const { memory, options } = this.#maildrop
    const retrieval = new Retrieval(listed, room, usualReading(memory.sizes), options.largestMessage, this)
    this.#add(retrieval)
    this.#connection.send(`RETR ${number}`, retrieval)
    return true
  }

  #add(item: Item): void {
    this.#position += 1
    this.#stretch.push(item)
    this.#unvouched.push(item)
  }

  #sendSeal(): void {
    const stretch = this.#stretch
    this.#stretch = []
    const commands = this.#seal.commands()
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1
      this.#connection.send(command.command, {
        follows: 'nothing',
        status: (answer) => this.#judge(command, answer, isLast ? stretch : undefined),
        lost: (reason) => this.lost(undefined, reason),
      })
    }
  }

  #judge(command: SealCommand, answer: Status, stretch: Item[] | undefined): void {
    if (!command.holds(answer)) {
      const isGarbled = answer.kind !== 'ok' || parseStat(answer) === undefined
      this.#stop({ kind: 'unsealed', isGarbled, unvouched: this.#unvouchedListed })
    } else if (stretch !== undefined) this.#sealed.push(stretch)
  }

  #vouch(stretch: readonly Item[]): void {
    const { sizes } = this.#maildrop.memory
    for (const { listed, octets } of stretch) if (octets !== undefined) sizes.observe(listed.size, octets)
    for (const item of stretch) {
      if (this.trouble !== undefined) return
      if (item.doubt?.(sizes) !== undefined) {
        this.#stop({ kind: 'doubtful', listed: item.listed, octets: item.octets })
        return
      }
      this.#unvouched.shift()
      this.#vouched.push(item)
    }
  }

  #stop(trouble: Trouble): void {
    if (this.trouble !== undefined || this.#isDone) return
    this.trouble = trouble
    this.#room.end()
    for (const item of this.#unvouched.splice(0)) item.discard()
    this.#connection.close()
    this.#wake?.()
    this.#wake = undefined
  }
}

function absent(listed: Listed): Item {
  return { listed, fetched: async () => goneFrom(listed), discard: () => {} }
}

/** The result for a message that another session's listing does not show any more. */
export function goneFrom(listed: Listed): Fetched {
  return { kind: 'vanished', listed, reason: 'It is no longer listed.' }
}
