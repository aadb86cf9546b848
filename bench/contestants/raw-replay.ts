// Sends prepared commands over raw sockets as fast as they are taken: what no client can beat.
import { connect, type Socket } from 'node:net'
import type { Account } from './contestant.ts'

/** Commands in flight on one connection: large ones with many messages, or small ones. */
const inFlight = { batch: 4, single: 16 }

/** A connection read by lines until it is read by bytes. */
class RawConnection {
  readonly socket: Socket
  readonly #input: AsyncIterator<Buffer>
  #rest = ''

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#input = this.socket[Symbol.asyncIterator]()
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#rest.slice(0, end)
        this.#rest = this.#rest.slice(end + 2)
        return line
      }
      const { value, done } = await this.#input.next()
      if (done) throw new Error('the server closed the connection')
      this.#rest += value.toString('latin1')
    }
  }

  /** Sends a line and reads lines up to one that begins like this. */
  async ask(line: string, answer: string): Promise<void> {
    this.socket.write(`${line}\r\n`)
    const word = answer.slice(0, answer.indexOf(' ') + 1)
    for (;;) {
      const said = await this.line()
      if (said.startsWith(answer)) return
      if (said.startsWith('-ERR') || (word !== '' && said.startsWith(word))) throw new Error(said)
    }
  }

  /** Reads to the end and counts. */
  async count(): Promise<number> {
    let bytes = this.#rest.length
    for (;;) {
      const { value, done } = await this.#input.next()
      if (done) return bytes
      bytes += value.length
    }
  }
}

/** Fetches messages 1 to `count` in one go, and returns the number of bytes that came. */
export async function retrieveAll({ port, user, password }: Account, count: number): Promise<number> {
  const connection = new RawConnection(port)
  await connection.line()
  await connection.ask(`USER ${user}`, '+OK')
  await connection.ask(`PASS ${password}`, '+OK')
  const commands = Array.from({ length: count }, (_, index) => `RETR ${index + 1}\r\n`)
  // Behind QUIT the server closes, so that nobody has to look for the end of a message.
  connection.socket.write(`${commands.join('')}QUIT\r\n`)
  return connection.count()
}

/** What goes behind the folder in one APPEND command. */
export type Batch = Buffer

/** Prepares the commands: so many messages in each. */
export function batchesOf(messages: readonly Uint8Array[], perBatch: number): Batch[] {
  const batches: Batch[] = []
  for (let start = 0; start < messages.length; start += perBatch) {
    const pieces = messages.slice(start, start + perBatch).flatMap((bytes) => [literal(bytes), bytes])
    batches.push(Buffer.concat([...pieces, Buffer.from('\r\n')]))
  }
  return batches
}

function literal(bytes: Uint8Array): Buffer {
  return Buffer.from(` {${bytes.length}+}\r\n`)
}

/** Appends batches to INBOX over one connection until none is left; several connections may share the iterator. */
export async function appendAll(account: Account, batches: Iterator<Batch>, isBatched: boolean): Promise<void> {
  const connection = new RawConnection(account.port)
  await connection.line()
  await connection.ask(`a LOGIN ${account.user} ${account.password}`, 'a OK')
  const most = isBatched ? inFlight.batch : inFlight.single
  let waiting = 0
  const answered = async () => {
    for (;;) {
      const line = await connection.line()
      if (!line.startsWith('t ')) continue
      if (!line.startsWith('t OK')) throw new Error(line)
      waiting--
      return
    }
  }
  for (let next = batches.next(); !next.done; next = batches.next()) {
    connection.socket.cork()
    connection.socket.write('t APPEND INBOX')
    connection.socket.write(next.value)
    connection.socket.uncork()
    waiting++
    if (waiting >= most) await answered()
  }
  while (waiting > 0) await answered()
  connection.socket.destroy()
}
