// Writes APPEND commands one behind the other, literals and all, waiting only where server or socket make it wait.
import type { Writable } from 'node:stream'
import { asMailhaulError, MailhaulError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { AppendCommand, CommandAnswer, UploadHabits } from './append-plan.ts'
import type { UploadStyle } from './capabilities.ts'
import { headOf, isSynchronising } from './literals.ts'
import { Outbox } from './outbox.ts'
import { escaped } from './server-text.ts'

/** A command on its way. */
export interface Sending {
  readonly tag: string
  /** The folder's path, quoted as it travels. */
  readonly path: string
  readonly command: AppendCommand
  readonly tell: (answer: CommandAnswer) => void
  /** Where it ends in the outbox; undefined while it is not written to its end. */
  end: number | undefined
  /** Whether the server has asked for the literal announced last. */
  isInvited: boolean
  answer: CommandAnswer | undefined
}

/** What the writer is told, and tells. */
export interface WriterSettings {
  readonly style: UploadStyle
  readonly habits: UploadHabits
  /** Whether one more command may wait for its answer. */
  readonly mayBegin: () => boolean
  readonly begun: (sending: Sending) => void
  /** Nothing of this command will follow any more. */
  readonly written: (sending: Sending) => void
  /** A message could not be read to its end, so the connection is of no use any more. */
  readonly failed: (error: MailhaulError) => void
  readonly trace?: ((line: string) => void) | undefined
}

/** Larger pieces would leave the socket no chance to say that it is full. */
const sliceSize = 128 * 1024

/** One connection's writer. There is one wait at a time: for a literal to be asked for, for room, or for an answer. */
export class AppendWriter {
  readonly #settings: WriterSettings
  readonly #outbox: Outbox
  readonly #queue: Sending[] = []
  #isWriting = false
  #isStopped = false
  /** Has announced a literal and waits for the server to ask for it. */
  #asking: Sending | undefined
  #waiting: { readonly isOver: () => boolean; readonly resolve: () => void } | undefined

  constructor(socket: Writable, settings: WriterSettings) {
    this.#settings = settings
    this.#outbox = new Outbox(socket)
  }

  /** Writes a command behind those added before. */
  add(sending: Sending): void {
    this.#queue.push(sending)
    if (!this.#isWriting) this.#writeQueue()
  }

  /** The server asks for a literal: false when none was announced. */
  invite(): boolean {
    if (!this.#asking) return false
    this.#asking.isInvited = true
    this.#asking = undefined
    this.changed()
    return true
  }

  /** An answer has come, or the socket has room again. */
  changed(): void {
    if (this.#asking?.answer) this.#asking = undefined
    const waiting = this.#waiting
    if (!waiting || !(this.#isStopped || waiting.isOver())) return
    this.#waiting = undefined
    waiting.resolve()
  }

  /** Whether the last octet of a command may have left this machine. */
  isHandedOver({ end }: Sending): boolean {
    return end !== undefined && end <= this.#outbox.handed
  }

  /** Sends a line of its own, at once. */
  sendLine(line: string): void {
    this.#say(`${line}\r\n`)
    this.#outbox.flush()
  }

  /** Ends writing for good; returns the commands never begun. */
  stop(): readonly Sending[] {
    this.#isStopped = true
    this.changed()
    return this.#queue.splice(0)
  }

  async #writeQueue(): Promise<void> {
    this.#isWriting = true
    try {
      for (let next = this.#queue.shift(); next && !this.#isStopped; next = this.#queue.shift()) {
        this.#settings.begun(next)
        await this.#write(next)
        if (this.#settings.mayBegin()) continue
        this.#outbox.flush()
        await this.#until(this.#settings.mayBegin)
      }
      if (!this.#isStopped) this.#outbox.flush()
    } catch (thrown) {
      this.#settings.failed(asMailhaulError(thrown))
    }
    this.#isWriting = false
  }

  async #write(sending: Sending): Promise<void> {
    const { tag, path, command } = sending
    const { style, habits, written } = this.#settings
    for (const [part, outgoing] of command.messages.entries()) {
      const { message } = outgoing
      const mustAsk = isSynchronising(message.size, style.literals, habits.largestTaken)
      this.#say(`${part === 0 ? `${tag} APPEND ${path} ` : ' '}${headOf(outgoing, mustAsk)}`)
      if (mustAsk && !(await this.#isAskedFor(sending))) return written(this.#ended(sending))
      this.#settings.trace?.(`C (${message.size} octets)`)
      const writing = this.#writeMessage(message)
      if (writing) await writing
      if (this.#isStopped) return
      // Refused in the middle: the server reads to the end of the command all the same, so that had better be near.
      if (sending.answer) break
    }
    this.#outbox.text('\r\n')
    written(this.#ended(sending))
  }

  #ended(sending: Sending): Sending {
    sending.end = this.#outbox.position
    return sending
  }

  #say(text: string): void {
    this.#settings.trace?.(`C ${escaped(text.trim())}`)
    this.#outbox.text(text)
  }

  /** False when the command was refused instead: then the server does not want the literal, and would not know it as one. */
  async #isAskedFor(sending: Sending): Promise<boolean> {
    this.#outbox.flush()
    sending.isInvited = false
    this.#asking = sending
    await this.#until(() => this.#asking !== sending)
    return sending.isInvited
  }

  /** Small messages are written on the spot: a promise for each would cost more than the writing. */
  #writeMessage(message: Message): Promise<void> | undefined {
    const { bytes, size } = message
    if (!bytes) return this.#stream(message.chunks(), size)
    if (bytes.length > sliceSize) return this.#stream(slicesOf(bytes), size)
    if (bytes.length !== size) throw wrongSize(size)
    this.#outbox.bytes(bytes)
    return this.#outbox.isFull ? this.#until(() => !this.#outbox.isFull) : undefined
  }

  async #stream(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, size: number): Promise<void> {
    let written = 0
    for await (const chunk of chunks) {
      written += chunk.length
      if (this.#isStopped || written > size) break
      this.#outbox.bytes(chunk)
      if (this.#outbox.isFull) await this.#until(() => !this.#outbox.isFull)
    }
    if (written !== size && !this.#isStopped) throw wrongSize(size)
  }

  #until(isOver: () => boolean): Promise<void> {
    if (this.#isStopped || isOver()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting = { isOver, resolve }
    })
  }
}

function* slicesOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sliceSize) yield bytes.subarray(at, at + sliceSize)
}

function wrongSize(size: number): MailhaulError {
  const message = `A message in the spool no longer has the ${size} octets it had.`
  return new MailhaulError({ code: 'spool', scope: 'pair', retry: 'later', message })
}
