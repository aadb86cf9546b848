// The far end of an upload connection in memory: answers APPENDs in rounds, so that round trips can be counted.
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** One APPEND as the peer has read it. */
export interface ReadCommand {
  readonly tag: string
  /** The command without its literals' bytes, `{…}` included. */
  readonly line: string
  readonly literals: readonly Buffer[]
}

/** How a peer behaves. What it returns is sent as it is, with `{tag}` replaced; undefined: nothing. */
export interface PeerScript {
  /** The answer to a complete command. */
  readonly answer?: (command: ReadCommand, number: number) => string | undefined
  /** What is sent when a synchronising literal is announced; anything but a `+` means that its bytes will not come. */
  readonly invite?: (size: number, line: string) => string | undefined
  /** Sent as soon as the command's first line has come, before its literal. */
  readonly early?: (line: string) => string | undefined
  /** Every octet of an answer comes on its own. */
  readonly isCutToBytes?: boolean
}

/** A server that knows APPEND and LOGOUT. */
export class ScriptedPeer {
  /** The end that the channel under test is given. */
  readonly socket: Duplex
  readonly commands: ReadCommand[] = []
  /** How often the peer has answered after the channel had nothing more to say without an answer. */
  rounds = 0
  readonly #script: PeerScript
  #input: Buffer[] = []
  #length = 0
  #line = ''
  #literals: Buffer[] = []
  #literal: number | undefined
  #isScheduled = false
  #isDeaf = false
  #unheard: (() => void) | undefined

  constructor(script: PeerScript = {}) {
    this.#script = script
    this.socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#unheard = () => this.#hear(Buffer.from(chunk), done)
        if (!this.#isDeaf) this.listen()
      },
    })
  }

  /** Stops reading, so that the channel's socket fills up. */
  goDeaf(): void {
    this.#isDeaf = true
  }

  /** Reads on. */
  listen(): void {
    this.#isDeaf = false
    const hear = this.#unheard
    this.#unheard = undefined
    hear?.()
  }

  /** Says something unasked. */
  say(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    const pieces = this.#script.isCutToBytes ? Array.from(bytes, (byte) => Buffer.of(byte)) : [bytes]
    for (const piece of pieces) if (!this.socket.destroyed) this.socket.push(piece)
  }

  /** Ends the connection in an orderly way. */
  hangUp(): void {
    this.socket.push(null)
  }

  #hear(chunk: Buffer, done: () => void): void {
    this.#input.push(chunk)
    this.#length += chunk.length
    this.#schedule()
    setImmediate(done)
  }

  /** Three turns of the event loop without input mean that the channel waits: it does nothing that takes longer. */
  async #schedule(): Promise<void> {
    if (this.#isScheduled) return
    this.#isScheduled = true
    for (let heard = -1; heard !== this.#length; ) {
      heard = this.#length
      for (let turn = 0; turn < 3; turn++) await nextTurn()
    }
    this.#isScheduled = false
    const output = this.#readAll()
    if (output === '') return
    this.rounds++
    this.say(output)
  }

  #readAll(): string {
    let output = ''
    for (let step = this.#step(); step !== undefined; step = this.#step()) output += step
    return output
  }

  /** One literal or one line; undefined when there is not enough input. */
  #step(): string | undefined {
    if (this.#literal !== undefined) return this.#readLiteral(this.#literal)
    const end = this.#take(0).indexOf('\r\n')
    if (end < 0) return undefined
    const line = this.#take(end + 2).toString('latin1', 0, end)
    this.#line += line
    const literal = /\{(\d+)(\+?)\}$/.exec(line)
    if (!literal) return this.#finish()
    const early = this.#script.early?.(this.#line)
    if (literal[2] === '+') {
      this.#literal = Number(literal[1])
      return this.#reply(early)
    }
    const invitation = (this.#script.invite ?? (() => '+ go\r\n'))(Number(literal[1]), this.#line)
    const reply = this.#reply(`${early ?? ''}${invitation ?? ''}`)
    if (invitation?.startsWith('+')) this.#literal = Number(literal[1])
    else this.#reset()
    return reply
  }

  #readLiteral(size: number): string | undefined {
    if (this.#length < size) return undefined
    this.#literals.push(this.#take(size))
    this.#literal = undefined
    return ''
  }

  /** Takes so many octets; for 0, shows what there is. */
  #take(count: number): Buffer {
    const all = Buffer.concat(this.#input)
    if (count === 0) return all
    this.#input = [all.subarray(count)]
    this.#length -= count
    return all.subarray(0, count)
  }

  #finish(): string {
    const command = { tag: this.#tag(), line: this.#line, literals: this.#literals }
    const logout = /^\S+ LOGOUT$/.test(this.#line)
    if (!logout) this.commands.push(command)
    const answer = logout
      ? '* BYE see you\r\n{tag} OK bye\r\n'
      : (this.#script.answer ?? (() => '{tag} OK done\r\n'))(command, this.commands.length)
    const reply = this.#reply(answer)
    this.#reset()
    return reply
  }

  #reply(text: string | undefined): string {
    return (text ?? '').replaceAll('{tag}', this.#tag())
  }

  #tag(): string {
    return this.#line.split(' ', 1)[0] ?? ''
  }

  #reset(): void {
    this.#line = ''
    this.#literals = []
    this.#literal = undefined
  }
}
