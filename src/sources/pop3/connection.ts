// A POP3 connection: commands out, replies in, every wait with its deadline, and back pressure down to the socket.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Clock, TlsFacts } from '../../core/ports.ts'
import { type Deadlines, type Stall, Watchdog } from './deadlines.ts'
import { abortedBy, connectionBroken, disconnected, timedOut } from './errors.ts'
import type { ReplyTaker } from './reply.ts'
import type { Status } from './status.ts'
import { tlsFacts } from './tls.ts'
import { Trace } from './trace.ts'
import { ReplyReader } from './wire.ts'

/** Octets read at a stretch: a few milliseconds' work. */
const largestMouthful = 256 * 1024

/** What a connection is watched and traced with. */
export interface ConnectionOptions {
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Receives every command and status line, secrets masked; content never. */
  readonly trace: ((line: string) => void) | undefined
}

/** One connection. Whatever goes wrong ends it: `failure` says why, and every command still waiting is told. */
export class Connection {
  /** Called after every piece of input has been read: the moment to send more. */
  onInputRead: (() => void) | undefined
  readonly trace: Trace
  /** The TLS session; undefined on a plain connection. */
  tls: TlsFacts | undefined
  /** Why the connection is over; undefined while it stands. */
  failure: MailhaulError | undefined
  #socket: Socket
  #reader = new ReplyReader()
  readonly #options: ConnectionOptions
  readonly #watchdog: Watchdog
  #received = 0
  #heldBack = 0
  #pausedAt = 0
  #unsent = ''
  #isPaused = false
  /** Octets read since others had their turn. */
  #mouthful = 0
  #takesBreath = false
  #staysAlive = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.trace = new Trace(options.trace)
    this.#watchdog = new Watchdog(options.clock, options.deadlines)
    this.#listen()
    this.#watchdog.watch(this, this.#onStalled, this.#onIdle)
  }

  /** Octets received, and a kilobyte for every finished reply: what the watchdog takes for progress. */
  get progress(): number {
    return this.#received + this.#reader.replies * 1024
  }

  /** How long the server may be silent now; undefined while nothing is asked of it, or we hold it back ourselves. */
  get patience(): number | undefined {
    if (this.#isPaused || this.#reader.pending === 0) return undefined
    return this.#reader.readsContent ? this.#options.deadlines.data : this.#options.deadlines.command
  }

  /** Octets per second below which the reply being read is given up. */
  get slowest(): number {
    const { slowestMessage, slowestListing } = this.#options.deadlines
    return this.#reader.readsContent ? slowestMessage : slowestListing
  }

  /** Replies completed. */
  get replies(): number {
    return this.#reader.replies
  }

  /** Octets received. */
  get received(): number {
    return this.#received
  }

  /** Milliseconds for which the server was held back, because the spool could not keep up. */
  get heldBack(): number {
    return this.#heldBack
  }

  /** Commands not answered yet. */
  get pending(): number {
    return this.#reader.pending
  }

  /** Octets of the commands not answered yet. */
  get outstanding(): number {
    return this.#reader.outstanding
  }

  /** Whether the other end is this machine, so that nobody can listen on the way. */
  get isLoopback(): boolean {
    const address = this.#socket.remoteAddress ?? ''
    return /^(::ffff:)?127\.|^::1$/.test(address)
  }

  /** Sends a command (without CRLF); commands of one turn of the event loop leave in one write. */
  send(command: string, taker: ReplyTaker, shown = command): void {
    if (this.failure !== undefined) {
      taker.lost(this.failure)
      return
    }
    this.trace.sent(shown)
    this.expect(taker, command.length + 2)
    if (this.#unsent === '') queueMicrotask(() => this.#flush())
    this.#unsent += `${command}\r\n`
  }

  /** Awaits a reply to no command: the greeting. */
  expect(taker: ReplyTaker, cost = 0): void {
    if (this.#reader.pending === 0) this.#watchdog.begin(this)
    this.#reader.expect(taker, cost)
  }

  /** Sends a command with a single-line answer; `shown` replaces it in the trace. */
  ask(command: string, shown = command, continues = false): Promise<Status> {
    return new Promise((resolve, reject) => {
      this.send(command, { follows: 'nothing', continues, status: resolve, lost: reject }, shown)
    })
  }

  /** Reads the greeting (RFC 1939 §4). */
  greeting(): Promise<Status> {
    return new Promise((resolve, reject) => {
      this.expect({ follows: 'nothing', status: resolve, lost: reject })
    })
  }

  /** Sends a command that is answered with a listing; the lines are only valid while `onLine` runs. */
  list(command: string, mostLines: number, onLine: (line: Buffer) => void): Promise<Status> {
    return new Promise((resolve, reject) => {
      let answer: Status | undefined
      const status = (given: Status) => {
        answer = given
        if (given.kind === 'err') resolve(given)
      }
      const end = () => answer && resolve(answer)
      this.send(command, { follows: 'lines', mostLines, status, line: onLine, end, lost: reject })
    })
  }

  /** Runs an operation that a signal may end: what is aborted drops the connection, POP3 knows no other way. */
  async during<T>(signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
    const stop = this.endsWith(signal)
    try {
      return await operation()
    } finally {
      stop()
    }
  }

  /** Drops the connection when the signal is aborted; call the result once that no longer applies. */
  endsWith(signal: AbortSignal): () => void {
    const onAbort = () => this.fail(abortedBy(signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
    return () => signal.removeEventListener('abort', onAbort)
  }

  /** Puts TLS on the connection. Nothing that was said in clear is remembered (RFC 2595 §4). */
  async upgrade(secure: (socket: Socket) => Promise<TLSSocket>): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners()
    plain.on('error', () => {})
    try {
      this.#socket = await secure(plain)
      this.#reader = new ReplyReader()
      this.#listen()
    } catch (thrown) {
      this.fail(asMailhaulError(thrown))
      throw thrown
    }
  }

  /** From now on an idle connection says NOOP now and then (quirk A56). */
  keepAlive(): void {
    this.#staysAlive = true
  }

  /** Ends the connection; the first reason counts. */
  fail(error: MailhaulError): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.#watchdog.stop()
    this.#socket.destroy()
    this.#reader.lose(error)
    this.onInputRead?.()
  }

  /** Ends the connection without a word: to the server it is as if the line had been cut. */
  close(): void {
    this.fail(disconnected())
  }

  #listen(): void {
    this.tls = this.#socket instanceof TLSSocket ? tlsFacts(this.#socket) : undefined
    this.#reader.onStatus = this.trace.received
    this.#reader.onFollowed = this.trace.followed
    this.#socket
      .on('data', this.#onData)
      .on('end', () => this.fail(disconnected()))
      .on('close', () => this.fail(disconnected()))
      .on('error', (error: Error) => this.fail(connectionBroken(error)))
  }

  #flush(): void {
    const text = this.#unsent
    this.#unsent = ''
    if (this.failure === undefined) this.#socket.write(text)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#received += chunk.length
    this.#mouthful += chunk.length
    if (this.#mouthful >= largestMouthful) this.#takeBreath()
    this.#read(() => this.#reader.push(chunk))
  }

  /** A fast source would be read for milliseconds on end while the destination waits for its turn. */
  #takeBreath(): void {
    this.#mouthful = 0
    this.#takesBreath = true
    this.#socket.pause()
    setImmediate(() => {
      this.#takesBreath = false
      if (!this.#isPaused) this.#socket.resume()
    })
  }

  #read(step: () => Promise<void> | undefined): void {
    if (this.failure !== undefined) return
    try {
      const pause = step()
      if (pause === undefined) this.#goOn()
      else this.#pauseFor(pause)
    } catch (thrown) {
      this.fail(asMailhaulError(thrown))
    }
  }

  #goOn(): void {
    if (this.#isPaused) {
      this.#isPaused = false
      this.#heldBack += this.#options.clock.monotonic() - this.#pausedAt
      this.#watchdog.restart(this.progress)
      if (!this.#takesBreath) this.#socket.resume()
    }
    this.onInputRead?.()
  }

  #pauseFor(pause: Promise<void>): void {
    if (!this.#isPaused) this.#pausedAt = this.#options.clock.monotonic()
    this.#isPaused = true
    this.#socket.pause()
    pause.then(
      () => this.#read(() => this.#reader.resume()),
      (thrown: unknown) => this.fail(asMailhaulError(thrown)),
    )
  }

  readonly #onStalled = (why: Stall): void => {
    const isMessage = this.#reader.readsContent
    const what =
      why === 'slow'
        ? `The server sends ${isMessage ? 'a message' : 'its answer'} too slowly to ever come to an end.`
        : isMessage
          ? 'The server stopped in the middle of a message.'
          : 'The server is silent.'
    this.fail(timedOut(what))
  }

  readonly #onIdle = (): void => {
    if (this.#staysAlive && !this.#isPaused) this.send('NOOP', ignored)
  }
}

const ignored: ReplyTaker = { follows: 'nothing', status: () => {}, lost: () => {} }
