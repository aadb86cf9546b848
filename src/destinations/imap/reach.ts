// Reaches an IMAP server without logging in: connection, greeting, TLS, and a goodbye.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, TLSSocket } from 'node:tls'
import { MailhaulError } from '../../core/errors.ts'
import type { TlsFacts } from '../../core/facts.ts'
import { within } from './deadline.ts'
import { disconnected, timedOut, translated } from './errors.ts'
import type { ImapDestinationOptions } from './options.ts'
import { escaped } from './server-text.ts'
import { tlsFactsOf, tlsSettings } from './tls.ts'

/** More than any greeting, and the answers before a login. */
const mostSaid = 16 * 1024

/** Where to reach, and how long it may take in all, in milliseconds. */
export interface ReachOptions extends Pick<ImapDestinationOptions, 'host' | 'port' | 'tls' | 'tlsOptions' | 'clock'> {
  readonly patience: number
}

/** Returns the TLS session; undefined on a plain connection. Errors: connect, dns, tls, timeout, protocol, disconnected. */
export async function reachImap(options: ReachOptions, signal: AbortSignal): Promise<TlsFacts | undefined> {
  const { host, port, clock, patience: milliseconds } = options
  const where = `${host}:${port}`
  const overdue = () => timedOut(where, 'did not answer in time')
  const visit = new Visit(options, where)
  try {
    return await within({ clock, signal, milliseconds, overdue, close: () => visit.close() }, () => visit.run())
  } catch (thrown) {
    throw translated(thrown, { where, hasWorked: false })
  } finally {
    visit.close()
  }
}

/** One connection, from the first byte to the last. */
class Visit {
  readonly #options: ReachOptions
  readonly #where: string
  #socket: Socket
  #certificate: PeerCertificate | undefined
  #said = ''
  #waiting: { resolve: (line: string) => void; reject: (reason: unknown) => void } | undefined
  #failure: unknown

  constructor(options: ReachOptions, where: string) {
    const { host, port, tls } = options
    this.#options = options
    this.#where = where
    this.#socket = tls === 'implicit' ? connectTls({ ...this.#settings(), host, port }) : connectTcp({ host, port })
    this.#listen()
  }

  async run(): Promise<TlsFacts | undefined> {
    const greeting = await this.#line()
    if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) throw this.#refused(greeting)
    if (this.#options.tls === 'starttls') await this.#startTls()
    const facts = this.#facts()
    this.#socket.end('z LOGOUT\r\n')
    return facts
  }

  close(): void {
    this.#socket.destroy()
  }

  async #startTls(): Promise<void> {
    this.#socket.write('a STARTTLS\r\n')
    let answer = await this.#line()
    while (answer.startsWith('* ')) answer = await this.#line()
    if (!/^a OK\b/i.test(answer)) throw this.#refused(answer)
    // What is here already was not sent by the server that is about to be verified (CVE-2021-33515 and its family).
    if (this.#said !== '') throw this.#refused(this.#said)
    this.#socket.removeAllListeners()
    const channel = connectTls({ ...this.#settings(), socket: this.#socket })
    this.#socket = channel
    this.#listen()
    await new Promise<void>((resolve, reject) => {
      channel.once('secureConnect', resolve)
      this.#waiting = { resolve: () => resolve(), reject }
    })
    this.#waiting = undefined
  }

  #settings() {
    const { host, tlsOptions = {} } = this.#options
    const name = tlsOptions.servername ?? host
    const named = isIP(name) ? {} : { servername: name }
    return { ...tlsSettings(tlsOptions, (certificate) => (this.#certificate = certificate)), ...named }
  }

  #facts(): TlsFacts | undefined {
    const socket = this.#socket
    if (!(socket instanceof TLSSocket) || this.#certificate === undefined) return undefined
    return tlsFactsOf(socket.getCipher(), this.#certificate)
  }

  #listen(): void {
    this.#socket
      .on('data', (bytes: Buffer) => this.#take(bytes.toString('latin1')))
      .on('error', (error: Error) => this.#fail(error))
      .on('close', () => this.#fail(disconnected(this.#where, undefined)))
  }

  #take(text: string): void {
    this.#said += text
    if (this.#said.length > mostSaid) this.#fail(this.#refused('far too much'))
    this.#look()
  }

  #look(): void {
    const end = this.#said.indexOf('\n')
    if (end === -1 || this.#waiting === undefined) return
    const line = this.#said.slice(0, end).trimEnd()
    this.#said = this.#said.slice(end + 1)
    const { resolve } = this.#waiting
    this.#waiting = undefined
    resolve(line)
  }

  #line(): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      this.#waiting = { resolve, reject }
      this.#look()
    })
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure)
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #refused(said: string): MailhaulError {
    return new MailhaulError({
      code: 'protocol',
      scope: 'pair',
      retry: 'never',
      message: `The server at ${this.#where} does not let anybody in this way; it says: ${escaped(said)}`,
      hint: 'Check destination.host, port and tls.',
    })
  }
}
