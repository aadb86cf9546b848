// A client that says exactly what a test tells it to, for looking at a server byte by byte.

import { connect, type Socket } from 'node:net'
import { ConnectionClosed, type Ending, LineSocket } from './line-socket.ts'

/** A connection to a test server, seen from the client's side. */
export class RawClient {
  readonly #socket: LineSocket

  constructor(socket: Socket) {
    const traffic = { bytesReceived: 0, bytesSent: 0, chunking: () => undefined }
    this.#socket = new LineSocket(socket, traffic)
  }

  /** Sends text (as latin1) and bytes as they are, in one go. */
  async send(...pieces: (string | Uint8Array)[]): Promise<void> {
    await this.#socket.send(...pieces)
    await this.#socket.flush()
  }

  /** The next line, as latin1 and without its line end. */
  async line(): Promise<string> {
    return (await this.#socket.readLine()).toString('latin1')
  }

  /** Sends a line and returns the next line. */
  async ask(line: string): Promise<string> {
    await this.send(`${line}\r\n`)
    return this.line()
  }

  /** Lines up to and including the first for which `isLast` holds. */
  async lines(isLast: (line: string) => boolean): Promise<string[]> {
    const lines: string[] = []
    do lines.push(await this.line())
    while (!isLast(lines.at(-1) ?? ''))
    return lines
  }

  /** Sends a line and returns the answer up to its terminator, the status line first (POP3). */
  async askMany(line: string): Promise<string[]> {
    await this.send(`${line}\r\n`)
    const lines = await this.lines((one) => one === '.' || one.startsWith('-ERR'))
    return lines.at(-1) === '.' ? lines.slice(0, -1) : lines
  }

  /** Sends a command with the tag `t` and returns the answer up to its tagged line (IMAP). */
  async command(text: string): Promise<string[]> {
    await this.send(`t ${text}\r\n`)
    return this.lines((line) => line.startsWith('t '))
  }

  /** Neither an end nor a byte that was not read yet has come. */
  get isSilent(): boolean {
    return !this.#socket.isEnded && this.#socket.pendingBytes === 0
  }

  /** Exactly so many bytes. */
  bytes(count: number): Promise<Buffer> {
    return this.#socket.readBytes(count)
  }

  /** The next piece as it arrived. */
  piece(): Promise<Buffer> {
    return this.#socket.readSome()
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    const pieces: Buffer[] = []
    try {
      for (;;) pieces.push(await this.#socket.readSome())
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error
      return Buffer.concat(pieces)
    }
  }

  /** Ends the connection. */
  close(how: Ending = 'fin'): void {
    this.#socket.close(how)
  }
}

/** Connects to a port on 127.0.0.1. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const client = new RawClient(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  return client
}

/** Whether a client hears nothing while the server answers another one time and again. */
export async function staysSilent(client: RawClient, other: RawClient): Promise<boolean> {
  for (let round = 0; round < 20; round++) await other.ask('t NOOP')
  return client.isSilent
}

/** Connects to a POP3 server and logs in. */
export async function loggedInPop3(port: number, user = 'alice', password = 'secret'): Promise<RawClient> {
  const client = await rawClient(port)
  await client.line()
  await client.ask(`USER ${user}`)
  const answer = await client.ask(`PASS ${password}`)
  if (!answer.startsWith('+OK')) throw new Error(answer)
  return client
}

/** Connects to an IMAP server and logs in. */
export async function loggedInImap(port: number, user = 'alice', password = 'secret'): Promise<RawClient> {
  const client = await rawClient(port)
  await client.line()
  const answer = (await client.command(`LOGIN ${user} ${password}`)).at(-1) ?? ''
  if (!answer.startsWith('t OK')) throw new Error(answer)
  return client
}
