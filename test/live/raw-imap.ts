// A minimal IMAP client for fixtures: exact bytes in and out of a real server, independent of what is being tested.
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

/** Where and as whom to log in; the server is `localhost`, over TLS, vouched for by the PEM text `ca`. */
export type Login = { readonly port: number; readonly ca: string; readonly name: string; readonly password: string }

interface Answer {
  readonly lines: string[]
  readonly literals: Buffer[]
}

const batchMessages = 100
const batchBytes = 16 * 1024 * 1024

/** Logs in, lets `work` use the session, and closes it. */
export async function withImap<T>(login: Login, work: (session: RawImap) => Promise<T>): Promise<T> {
  const session = await RawImap.connect(login)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** One session. Every command waits for its tagged reply and throws unless that is OK. */
export class RawImap {
  readonly #socket: TLSSocket
  readonly #input: AsyncIterator<Buffer>
  #pending: Buffer = Buffer.alloc(0)
  #tag = 0

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    this.#input = socket[Symbol.asyncIterator]()
  }

  static async connect({ port, ca, name, password }: Login): Promise<RawImap> {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' })
    await once(socket, 'secureConnect')
    const session = new RawImap(socket)
    await session.#line()
    await session.command(`LOGIN ${quoted(name)} ${quoted(password)}`)
    return session
  }

  /** Sends one command, with literals after its first line where given, and returns the literals of the answer. */
  async command(line: string, literals: readonly Uint8Array[] = []): Promise<Buffer[]> {
    return (await this.#exchange(line, literals)).literals
  }

  /** Sends one command and returns the untagged lines of the answer, cut off where a literal begins. */
  async untagged(line: string): Promise<string[]> {
    return (await this.#exchange(line, [])).lines
  }

  async #exchange(line: string, literals: readonly Uint8Array[]): Promise<Answer> {
    const tag = `a${++this.#tag}`
    this.#socket.cork()
    this.#socket.write(`${tag} ${line}`)
    for (const literal of literals) {
      this.#socket.write(` {${literal.length}+}\r\n`)
      this.#socket.write(literal)
    }
    this.#socket.write('\r\n')
    this.#socket.uncork()
    return this.#answer(tag)
  }

  /** Stores messages in order, many per command (MULTIAPPEND, RFC 3502; LITERAL+, RFC 7888). */
  async append(folder: string, messages: readonly Uint8Array[]): Promise<void> {
    for (let start = 0; start < messages.length; ) {
      let end = start
      for (let bytes = 0; end < messages.length && end - start < batchMessages && bytes < batchBytes; end++)
        bytes += messages[end]?.length ?? 0
      await this.command(`APPEND ${quoted(mailboxName(folder))}`, messages.slice(start, end))
      start = end
    }
  }

  /** All messages of a folder in UID order, without changing a flag. */
  async messages(folder: string): Promise<Buffer[]> {
    await this.command(`EXAMINE ${quoted(mailboxName(folder))}`)
    return this.command('UID FETCH 1:* BODY.PEEK[]')
  }

  close(): void {
    this.#socket.destroy()
  }

  async #answer(tag: string): Promise<Answer> {
    const answer: Answer = { lines: [], literals: [] }
    for (;;) {
      const line = await this.#line()
      const literal = /\{(\d+)\}$/.exec(line)
      if (literal) answer.literals.push(await this.#bytes(Number(literal[1])))
      else if (line.startsWith(`${tag} OK`)) return answer
      else if (line.startsWith(`${tag} `)) throw new Error(`IMAP: ${line}`)
      if (line.startsWith('* ')) answer.lines.push(line)
    }
  }

  async #line(): Promise<string> {
    let end = this.#pending.indexOf('\r\n')
    for (; end < 0; end = this.#pending.indexOf('\r\n'))
      this.#pending = Buffer.concat([this.#pending, await this.#more()])
    const line = this.#pending.toString('latin1', 0, end)
    this.#pending = this.#pending.subarray(end + 2)
    return line
  }

  async #bytes(count: number): Promise<Buffer> {
    const parts = [this.#pending]
    let size = this.#pending.length
    while (size < count) {
      const part = await this.#more()
      parts.push(part)
      size += part.length
    }
    const all = Buffer.concat(parts)
    this.#pending = all.subarray(count)
    return all.subarray(0, count)
  }

  async #more(): Promise<Buffer> {
    const { value, done } = await this.#input.next()
    if (done) throw new Error('IMAP: the server closed the connection')
    return value
  }
}

/** A folder's name as IMAP4rev1 sends it: other than ASCII in modified UTF-7 (RFC 3501 §5.1.3). */
export function mailboxName(name: string): string {
  return name.replaceAll('&', '&-').replace(/[^\x20-\x7e]+/g, (text) => {
    const base64 = Buffer.from(text, 'utf16le').swap16().toString('base64')
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
