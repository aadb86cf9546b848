// One client's connection as a test server sees it: lines and counted bytes in, buffered writes out, TLS when asked.

import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type SecureContextOptions, TLSSocket } from 'node:tls'
import { type Chunking, splitterOf } from './chunking.ts'
import { InputQueue } from './input-queue.ts'
import { reset } from './reset.ts'

/** Thrown by every wait on a connection that is gone and has nothing left to read; it ends the session. */
export class ConnectionClosed extends Error {}

/** How an ending looks to the client: an orderly FIN, or a reset. */
export type Ending = 'fin' | 'rst'

/** What sockets share with their server: the bytes that passed, and how writes are to be cut at this moment. */
export type Traffic = {
  bytesReceived: number
  bytesSent: number
  chunking: () => Chunking | undefined
}

const WRITE_SIZE = 64 * 1024
const READ_AHEAD = 1024 * 1024
const LONGEST_LINE = 1024 * 1024

/** Writes are kept until `flush`, until 64 KiB wait, or until the session has to wait for input, as servers do. */
export class LineSocket {
  /** Called with every piece of (decrypted) input once it is queued, before anything is made of it. */
  onInput: ((piece: Buffer) => void) | undefined
  /** Called when the time given to `limitIdling` has passed. */
  onIdle: (() => void) | undefined
  readonly #raw: Socket
  readonly #traffic: Traffic
  readonly #input = new InputQueue()
  #socket: Socket
  #output: Buffer[] = []
  #outputBytes = 0
  #isEnded = false
  #isDeaf = false
  #wake: (() => void) | undefined

  constructor(socket: Socket, traffic: Traffic) {
    this.#raw = socket
    this.#socket = socket
    this.#traffic = traffic
    socket.setNoDelay(true)
    this.#listen(socket)
  }

  get isSecure(): boolean {
    return this.#socket !== this.#raw
  }

  /** Nothing sent now will arrive. */
  get isGone(): boolean {
    return !this.#socket.writable
  }

  /** Nothing more will come. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Bytes received and not yet read by the session. */
  get pendingBytes(): number {
    return this.#input.length
  }

  /** The next line without its line end. */
  async readLine(): Promise<Buffer> {
    for (;;) {
      const line = this.#input.takeLine()
      if (line) return line
      if (this.#input.length > LONGEST_LINE) return this.end()
      await this.#moreInput()
    }
  }

  /** Exactly `count` bytes, copied once. */
  async readBytes(count: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(count)
    await this.consume(count, (piece, offset) => bytes.set(piece, offset))
    return bytes
  }

  /** Whatever has come, at least one byte. */
  async readSome(): Promise<Buffer> {
    for (;;) {
      const piece = this.#input.takeUpTo(READ_AHEAD)
      if (piece) return piece
      await this.#moreInput()
    }
  }

  /** Reads `count` bytes and forgets them. */
  skipBytes(count: number): Promise<void> {
    return this.consume(count, () => {})
  }

  /** Forgets everything received and not yet read. */
  discardInput(): void {
    this.#input.clear()
    this.#socket.resume()
  }

  /** Queues bytes (strings as latin1) for the client, waiting for back pressure whenever enough have gathered. */
  async send(...pieces: (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece
      for (let start = 0; start < bytes.length; start += WRITE_SIZE) {
        const size = Math.min(WRITE_SIZE, bytes.length - start)
        this.#output.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, size))
        this.#outputBytes += size
        if (this.#outputBytes >= WRITE_SIZE) await this.flush()
      }
    }
  }

  /** Hands everything queued to the system, waiting while the client does not read. */
  async flush(): Promise<void> {
    const pieces = this.#output
    this.#output = []
    this.#outputBytes = 0
    if (pieces.length === 0) return
    const splitter = splitterOf(this.#traffic.chunking())
    if (splitter) return this.#writeSeparately(splitter(Buffer.concat(pieces)))
    let isClear = true
    this.#socket.cork()
    for (const piece of pieces) isClear = this.#write(piece)
    this.#socket.uncork()
    if (!isClear) await this.#drained()
  }

  /** Becomes the server side of TLS. What came in clear before the handshake is forgotten (RFC 2595 §4). */
  async startTls(context: SecureContextOptions): Promise<void> {
    await this.flush()
    this.#input.clear()
    this.#raw.pause().off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd)
    const socket = new TLSSocket(this.#raw, { ...context, isServer: true })
    this.#socket = socket
    this.#listen(socket)
    // A write before the handshake is over would keep the alert of a failed one from the client.
    await new Promise<void>((resolve) => {
      socket
        .once('secure', resolve)
        .once('error', () => resolve())
        .once('close', () => resolve())
    })
  }

  /** Lets `onIdle` be called when nothing has passed in either direction for so many milliseconds; 0: never. */
  limitIdling(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds)
  }

  /** Sends what is queued and ends the connection; the session that called it is over. */
  async end(how: Ending = 'fin'): Promise<never> {
    await this.flush()
    this.close(how)
    throw new ConnectionClosed('ended by the server')
  }

  /** Ends the connection from outside the session. After a FIN, what the client still sends is read and thrown away. */
  close(how: Ending = 'fin'): void {
    this.#isDeaf = true
    this.discardInput()
    if (how === 'rst') reset(this.#raw)
    else this.#socket.end()
    this.#onEnd()
  }

  /** Leaves nothing of the connection. */
  destroy(): void {
    this.#socket.destroy()
    this.#raw.destroy()
  }

  /** Says nothing more and ignores all input until the client gives up; the session is over then. */
  async hang(): Promise<never> {
    await this.flush()
    this.#isDeaf = true
    this.discardInput()
    for (;;) await this.#moreInput()
  }

  /** Hands on `count` bytes as they come: pieces that are not to be kept. */
  async consume(count: number, take: (piece: Buffer, offset: number) => void): Promise<void> {
    for (let offset = 0; offset < count; ) {
      const piece = this.#input.takeUpTo(count - offset)
      if (!piece) {
        await this.#moreInput()
        continue
      }
      take(piece, offset)
      offset += piece.length
    }
  }

  async #moreInput(): Promise<void> {
    const known = this.#input.length
    await this.flush()
    if (this.#input.length > known) return
    if (this.#isEnded) throw new ConnectionClosed('ended by the client')
    this.#socket.resume()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onEnd)
    socket.on('timeout', () => this.onIdle?.())
  }

  readonly #onData = (piece: Buffer): void => {
    this.#traffic.bytesReceived += piece.length
    if (this.#isDeaf) return
    this.#input.push(piece)
    if (this.#input.length > READ_AHEAD) this.#socket.pause()
    this.onInput?.(piece)
    this.#wake?.()
  }

  readonly #onEnd = (): void => {
    this.#isEnded = true
    this.#wake?.()
  }

  #write(piece: Buffer, done?: () => void): boolean {
    this.#traffic.bytesSent += piece.length
    if (!this.#socket.writable) {
      done?.()
      return true
    }
    return this.#socket.write(piece, done)
  }

  async #writeSeparately(pieces: Buffer[]): Promise<void> {
    for (const piece of pieces) {
      if (this.isGone) return
      await new Promise<void>((resolve) => this.#write(piece, resolve))
      // Two turns of the event loop: a client in this process has then read the piece on its own.
      await nextTurn()
      await nextTurn()
    }
  }

  #drained(): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done)
        resolve()
      }
      socket.on('drain', done).on('close', done)
    })
  }
}
