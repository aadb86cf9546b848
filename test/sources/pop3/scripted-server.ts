// A server that says exactly what a test writes down, connection by connection, for what no real server would do.
import { createServer, type Socket } from 'node:net'

/** The server's end of one connection. */
export class Peer {
  readonly socket: Socket
  #input = ''
  #isEnded = false
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    const ended = () => {
      this.#isEnded = true
      this.#wake?.()
    }
    socket.setNoDelay(true).on('error', ended).on('end', ended).on('close', ended)
    socket.on('data', (chunk) => {
      this.#input += chunk.toString('latin1')
      this.#wake?.()
    })
  }

  /** The next line without its end; undefined once the client has gone. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#input.indexOf('\n')
      if (end >= 0) {
        const line = this.#input.slice(0, end).replace(/\r$/, '')
        this.#input = this.#input.slice(end + 1)
        return line
      }
      if (this.#isEnded) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Whether more was received than has been asked for. */
  get hasMore(): boolean {
    return this.#input !== ''
  }

  /** Bytes as latin1; resolves when the system has them. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.writable) this.socket.write(text, 'latin1', () => resolve())
      else resolve()
    })
  }

  /**
   * Answers every line until the client goes: `answer` gives the bytes, or undefined to hang up. `behind` is awaited
   * after each answer, told how many there were.
   */
  async serve(
    answer: (line: string) => string | undefined,
    behind?: (answers: number) => Promise<void>,
  ): Promise<void> {
    let answers = 0
    for (let line = await this.line(); line !== undefined; line = await this.line()) {
      const bytes = answer(line)
      if (bytes === undefined) {
        this.socket.end()
        return
      }
      await this.send(bytes)
      answers += 1
      await behind?.(answers)
    }
  }

  /** Resolves once the client has gone. */
  async gone(): Promise<void> {
    while ((await this.line()) !== undefined);
  }
}

/** A scripted server on a port of the system's choice. */
export interface ScriptedServer {
  readonly port: number
  /** Lines received, all connections together. */
  readonly lines: string[]
  stop(): Promise<void>
}

/** Starts it; `conversation` is run for every connection, numbered from 1. */
export async function startScriptedServer(
  conversation: (peer: Peer, number: number) => Promise<void>,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  const lines: string[] = []
  let count = 0
  const server = createServer(async (socket) => {
    sockets.add(socket)
    const peer = new Peer(socket)
    socket.on('data', (chunk) => lines.push(...chunk.toString('latin1').split('\r\n').filter(Boolean)))
    count += 1
    await conversation(peer, count)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  return {
    port: address.port,
    lines,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers of a well-behaved server without CAPA for a maildrop of these messages (already stuffed as they shall be sent). */
export function plainAnswers(messages: readonly string[], sizes = messages.map((message) => message.length)) {
  const octets = sizes.reduce((sum, size) => sum + size, 0)
  return (line: string): string | undefined => {
    const [verb = '', argument = ''] = line.split(' ')
    switch (verb.toUpperCase()) {
      case 'CAPA':
        return '-ERR\r\n'
      case 'STAT':
        return `+OK ${messages.length} ${octets}\r\n`
      case 'LIST':
        return `+OK\r\n${sizes.map((size, index) => `${index + 1} ${size}\r\n`).join('')}.\r\n`
      case 'UIDL':
        return `+OK\r\n${messages.map((_, index) => `${index + 1} key-${index + 1}\r\n`).join('')}.\r\n`
      case 'RETR':
        return `+OK\r\n${messages[Number(argument) - 1]}.\r\n`
      case 'QUIT':
        return '+OK bye\r\n'
      default:
        return '+OK\r\n'
    }
  }
}
