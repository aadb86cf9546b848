// One upload connection: commands go out through the writer, answers come in and find their command.
import type { Duplex } from 'node:stream'
import { asMailhaulError, interrupted, MailhaulError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { AppendCommand, CommandAnswer, UploadHabits } from './append-plan.ts'
import { type Condition, placesOf, type Reply, ReplyReader } from './append-wire.ts'
import { AppendWriter, type Sending } from './append-writer.ts'
import type { UploadStyle } from './capabilities.ts'
import { answerLost, disconnected, timedOut } from './errors.ts'
import type { Deadlines } from './options.ts'
import { escaped } from './server-text.ts'
import { Watchdog } from './watchdog.ts'

/** What a channel has to know besides its socket. */
export interface ChannelSettings {
  readonly where: string
  readonly style: UploadStyle
  readonly habits: UploadHabits
  readonly deadlines: Pick<Deadlines, 'append' | 'logout' | 'slowestUpload'>
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly trace?: ((line: string) => void) | undefined
}

/** Commands that may wait for their answers: enough to fill a long line, few enough to settle when it is lost. */
const mostMultiappends = 4
const mostAppends = 16

/**
 * Speaks APPEND and LOGOUT on a socket that imapflow has logged in. Sends commands in the order given and tells each
 * its answer; never throws. A command is answered only when nothing of it is left to write, or the channel has ended:
 * until then its messages must not be released.
 */
export class AppendChannel {
  /** Called once, when the channel has ended, with the reason. */
  onEnded: ((error: MailhaulError) => void) | undefined
  readonly #socket: Duplex
  readonly #settings: ChannelSettings
  readonly #reader = new ReplyReader()
  readonly #writer: AppendWriter
  readonly #watchdog: Watchdog
  /** Begun and not answered, in order. */
  readonly #sent = new Map<string, Sending>()
  readonly #over = Promise.withResolvers<void>()
  #tags = 0
  /** When the oldest command without an answer became that. */
  #waitingSince = 0
  #ended: MailhaulError | undefined

  constructor(socket: Duplex, settings: ChannelSettings) {
    const { where, style, habits, clock, trace } = settings
    const most = style.hasMultiappend ? mostMultiappends : mostAppends
    this.#socket = socket
    this.#settings = settings
    this.#watchdog = new Watchdog(clock, () => this.end(timedOut(where, 'left an append unanswered')))
    this.#writer = new AppendWriter(socket, {
      ...{ style, habits, trace },
      mayBegin: () => this.#sent.size < most,
      begun: (sending) => this.#begun(sending),
      written: (sending) => this.#settle(sending),
      failed: (error) => this.end(error),
    })
    this.#listen()
  }

  get style(): UploadStyle {
    return this.#settings.style
  }

  /** Why the channel has ended; undefined while it can be used. */
  get ended(): MailhaulError | undefined {
    return this.#ended
  }

  /** Sends one command to a folder, its path quoted as it travels. */
  send(path: string, command: AppendCommand): Promise<CommandAnswer> {
    if (this.#ended) return Promise.resolve({ kind: 'unsent', error: this.#ended })
    return new Promise((tell) => {
      const tag = `M${++this.#tags}`
      this.#writer.add({ tag, path, command, tell, end: undefined, isInvited: false, answer: undefined })
    })
  }

  /** Says goodbye. With commands still on their way there is no time for that: the connection is dropped. */
  close(): Promise<void> {
    if (this.#sent.size > 0) this.end(interrupted())
    if (!this.#ended) {
      this.#writer.sendLine('M0 LOGOUT')
      this.#watchdog.expect(this.#settings.deadlines.logout)
    }
    return this.#over.promise
  }

  /** Drops the connection. What was handed to it and not answered is unknown, the rest is unsent. */
  end(error: MailhaulError): void {
    if (this.#ended) return
    this.#ended = error
    this.#watchdog.stop()
    this.#socket.destroy()
    for (const sending of [...this.#sent.values(), ...this.#writer.stop()]) {
      const isUnknown = this.#writer.isHandedOver(sending)
      sending.tell(
        sending.answer ?? (isUnknown ? { kind: 'unknown', error: answerLost(error) } : { kind: 'unsent', error }),
      )
    }
    this.#sent.clear()
    this.#over.resolve()
    this.onEnded?.(error)
  }

  #listen(): void {
    const { where } = this.#settings
    let cause: Error | undefined
    const onEnd = () => this.end(disconnected(where, undefined, cause))
    this.#socket.on('error', (error) => {
      cause = error
    })
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('drain', () => this.#writer.changed())
    this.#socket.on('end', onEnd)
    this.#socket.on('close', onEnd)
    this.#socket.resume()
    if (this.#socket.destroyed || this.#socket.readableEnded) onEnd()
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk, (reply) => {
        if (!this.#ended) this.#take(reply)
      })
    } catch (thrown) {
      this.end(asMailhaulError(thrown))
    }
  }

  #take(reply: Reply): void {
    switch (reply.kind) {
      case 'continue':
        this.#settings.trace?.('S +')
        // A message sent unasked would be read as commands, so a stray request ends the connection.
        if (!this.#writer.invite()) throw violation('asked for a literal that nobody announced')
        break
      case 'bye':
        this.#settings.trace?.(`S * BYE ${escaped(textOf(reply))}`)
        this.end(disconnected(this.#settings.where, textOf(reply)))
        break
      default:
        this.#takeAnswer(reply)
    }
  }

  #takeAnswer(reply: Reply & { kind: 'tagged' }): void {
    this.#settings.trace?.(`S ${reply.tag} ${reply.status} ${escaped(textOf(reply))}`)
    const sending = this.#sent.get(reply.tag)
    if (!sending || sending.answer) throw violation(`answered "${escaped(reply.tag)}", which was not asked`)
    if (reply.status === 'OK' && !this.#writer.isHandedOver(sending)) {
      throw violation('accepted a message that it has not received')
    }
    sending.answer = this.#answerOf(reply, sending.command)
    this.#settle(sending)
    this.#writer.changed()
  }

  #answerOf(reply: Reply & { kind: 'tagged' }, command: AppendCommand): CommandAnswer {
    const { habits } = this.#settings
    const { status, code, text } = reply
    const { messages } = command
    const waited = this.#timeWaited()
    if (status !== 'OK') {
      if (status === 'BAD' && messages.length > 1) habits.refusesMultiappend = true
      return { kind: 'refused', refusal: { status, code, text } }
    }
    habits.batch.note(messages.length, waited)
    for (const { message } of messages) habits.largestTaken = Math.max(habits.largestTaken, message.size)
    return { kind: 'stored', ...placesOf(reply, messages.length) }
  }

  /** Milliseconds since this command, or whichever was answered before it, was all that the server had to do. */
  #timeWaited(): number {
    const before = this.#waitingSince
    this.#waitingSince = this.#settings.clock.monotonic()
    return this.#waitingSince - before
  }

  #begun(sending: Sending): void {
    this.#sent.set(sending.tag, sending)
    if (this.#sent.size > 1) return
    this.#waitingSince = this.#settings.clock.monotonic()
    this.#expectAnswer()
  }

  #settle(sending: Sending): void {
    if (!sending.answer || sending.end === undefined || this.#ended) return
    this.#sent.delete(sending.tag)
    sending.tell(sending.answer)
    this.#expectAnswer()
  }

  /** Answers come in order as a rule, so the clock runs for the oldest command. */
  #expectAnswer(): void {
    const oldest = this.#sent.values().next().value
    const { append, slowestUpload } = this.#settings.deadlines
    // However slow the line and the server: an absolute end, long enough for both (quirk B02).
    if (oldest) this.#watchdog.expect(append + (oldest.command.bytes / slowestUpload) * 1000)
    else this.#watchdog.rest()
  }
}

function textOf({ code, argument, text }: Condition): string {
  return code ? `[${argument ? `${code} ${argument}` : code}] ${text}` : text
}

function violation(what: string): MailhaulError {
  return new MailhaulError({ code: 'protocol', scope: 'pair', retry: 'later', message: `The IMAP server ${what}.` })
}
