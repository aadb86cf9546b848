// The listening half of every test server: accepts on 127.0.0.1, runs one session per connection, counts, stops.

import { createServer, type Server } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { type Certificate, certificate } from './certificates.ts'
import type { CommandLog } from './command-log.ts'
import { ConnectionClosed, LineSocket, type Traffic } from './line-socket.ts'

/** Where TLS begins: never, at the client's request (STLS, STARTTLS), or with the first byte. */
export type TlsMode = 'none' | 'on-request' | 'implicit'

/** How a server speaks TLS. */
export type TlsSettings = {
  /** Default: `none`. */
  readonly tls?: TlsMode
  /** Default: a good one made on the spot. */
  readonly certificate?: Pick<Certificate, 'cert' | 'key'>
  /** More for node:tls, for instance `maxVersion` (E01). */
  readonly tlsOptions?: Pick<TlsOptions, 'maxVersion' | 'minVersion' | 'ciphers'>
}

/** Connections over the life of a server. */
export type ConnectionCounts = { open: number; max: number; total: number }

/** A listening server with its sessions. */
export class Listener {
  readonly traffic: Traffic = { bytesReceived: 0, bytesSent: 0, chunking: () => undefined }
  readonly connections: ConnectionCounts = { open: 0, max: 0, total: 0 }
  readonly #server: Server
  readonly #sockets = new Set<LineSocket>()
  readonly #log: CommandLog
  #runSession: (socket: LineSocket, number: number) => Promise<void> = async () => {}
  #secure: TlsOptions | undefined

  constructor(log: CommandLog) {
    this.#log = log
    this.#server = createServer({ allowHalfOpen: true, noDelay: true })
  }

  /** The TLS context to upgrade with; undefined where this server has no TLS. */
  get secure(): TlsOptions | undefined {
    return this.#secure
  }

  /** Shows another certificate from the next connection on. */
  show({ cert, key }: Pick<Certificate, 'cert' | 'key'>): void {
    this.#secure = { ...this.#secure, cert, key }
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server does not listen')
    return address.port
  }

  /** Listens, and calls `runSession` with every connection and its number, from 1. */
  async start(settings: TlsSettings, runSession: (socket: LineSocket, number: number) => Promise<void>): Promise<void> {
    this.#runSession = runSession
    if (settings.tls === 'on-request' || settings.tls === 'implicit') {
      const { cert, key } = settings.certificate ?? (await certificate())
      this.#secure = { cert, key, ...settings.tlsOptions }
    }
    this.#server.on('connection', async (raw) => {
      const socket = new LineSocket(raw, this.traffic)
      this.#sockets.add(socket)
      this.connections.open++
      this.connections.max = Math.max(this.connections.max, this.connections.open)
      raw.on('close', () => this.#closed(socket))
      if (settings.tls === 'implicit' && this.#secure) await socket.startTls(this.#secure)
      await this.#run(socket, ++this.connections.total)
    })
    await new Promise<void>((resolve, reject) => {
      this.#server.on('error', reject).listen(0, '127.0.0.1', resolve)
    })
  }

  /** Ends every open connection as if the server had been restarted, but goes on listening. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.close('rst')
  }

  /** Stops listening and leaves no connection behind. */
  async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await stopped
  }

  async #run(socket: LineSocket, number: number): Promise<void> {
    try {
      await this.#runSession(socket, number)
      await socket.end()
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) {
        socket.destroy()
        throw error
      }
      socket.close()
    }
  }

  #closed(socket: LineSocket): void {
    this.#sockets.delete(socket)
    this.connections.open--
    this.#log.changed()
  }
}
