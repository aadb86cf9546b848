// Reads header blocks ahead of the messages: TOP n 0 (RFC 1939 §7), pipelined. A hint only, never content or identity.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Listed } from '../../core/message.ts'
import type { Maildrop } from './maildrop.ts'
import type { ContentTaker } from './reply.ts'
import type { Seal, SealCommand } from './seal.ts'
import type { Status } from './status.ts'

/** A message with its header block, where the server gave one. */
export interface ListedHeaders {
  readonly listed: Listed
  readonly headers: Uint8Array | undefined
}

/** Longest header block kept, in octets. */
const longestHeaders = 64 * 1024
/** So many commands travel in one write, with a seal behind them: well below `mostOutstanding` octets. */
const stretchLength = 48
/** Sessions broken by hostile content before the rest has to do without headers. */
const mostReopenings = 20

/**
 * Yields the header blocks in order. A stretch whose seal does not hold (quirk A30) is read again one by one, each
 * message under a seal of its own; one that breaks it comes without headers, for a forged block could send it, or the
 * next one, to a folder of the forger's choice. Throws when the session is lost.
 */
export async function* readHeaders(
  maildrop: Maildrop,
  messages: readonly Listed[],
  signal: AbortSignal,
): AsyncGenerator<ListedHeaders, void, undefined> {
  const reader = new HeaderReader(maildrop, signal)
  for (let start = 0; start < messages.length; start += stretchLength) {
    const stretch = messages.slice(start, start + stretchLength)
    const blocks = await reader.read(stretch)
    for (const [index, listed] of stretch.entries()) yield { listed, headers: blocks[index] }
  }
}

/** Header blocks of a stretch, by position; undefined for those that are not to be had. */
type Blocks = readonly (Uint8Array | undefined)[]

class HeaderReader {
  readonly #maildrop: Maildrop
  readonly #signal: AbortSignal
  #isWorthwhile: boolean
  #isFirst = true
  #reopenings = 0

  constructor(maildrop: Maildrop, signal: AbortSignal) {
    this.#maildrop = maildrop
    this.#signal = signal
    this.#isWorthwhile = maildrop.offersTop
  }

  async read(stretch: readonly Listed[]): Promise<Blocks> {
    const blocks = await this.#readSealed(stretch)
    // A server that refuses everything at first knows no TOP, whatever it says.
    if (this.#isFirst && blocks?.every((block) => block === undefined)) this.#isWorthwhile = false
    this.#isFirst = false
    if (blocks !== undefined) return blocks
    const alone: (Uint8Array | undefined)[] = []
    for (const listed of stretch) alone.push((await this.#readSealed([listed]))?.[0])
    return alone
  }

  /** Undefined when the seal did not hold. */
  async #readSealed(stretch: readonly Listed[]): Promise<Blocks | undefined> {
    if (this.#isWorthwhile && this.#maildrop.connection.failure !== undefined) await this.#reopen()
    if (!this.#isWorthwhile) return []
    const seal = await this.#maildrop.seal(this.#signal)
    const { connection } = this.#maildrop
    try {
      const [blocks, isSealed] = await connection.during(this.#signal, () => this.#ask(stretch, seal))
      if (isSealed) return blocks
    } catch (thrown) {
      const error = asMailhaulError(thrown)
      if (error.code !== 'protocol') throw error
    }
    connection.close()
    return undefined
  }

  /** All in one write, the seal behind the rest; one by one where the server does not take more. */
  async #ask(stretch: readonly Listed[], seal: Seal): Promise<[blocks: Blocks, isSealed: boolean]> {
    const { connection, memory } = this.#maildrop
    const top = (listed: Listed) => readOne(this.#maildrop, listed)
    const prove = async ({ command, holds }: SealCommand) => holds(await connection.ask(command))
    if (!memory.window.isClosed && stretch.length > 1) {
      const asked = Promise.all(stretch.map(top))
      const [blocks, proofs] = await Promise.all([asked, Promise.all(seal.commands().map(prove))])
      return [blocks, proofs.every((holds) => holds) && connection.failure === undefined]
    }
    const blocks: (Uint8Array | undefined)[] = []
    for (const listed of stretch) {
      blocks.push(await top(listed))
      // Something came that nobody had asked for: a forged reply, perhaps a forged farewell.
      if (connection.failure !== undefined) return [blocks, false]
    }
    let isSealed = true
    for (const command of seal.commands()) isSealed = isSealed && (await prove(command))
    return [blocks, isSealed && connection.failure === undefined]
  }

  async #reopen(): Promise<void> {
    this.#reopenings += 1
    this.#isWorthwhile = this.#reopenings <= mostReopenings
    if (this.#isWorthwhile) await this.#maildrop.reopen(this.#signal)
  }
}

function readOne(maildrop: Maildrop, listed: Listed): Promise<Uint8Array | undefined> {
  const number = maildrop.numberOf(listed)
  if (number === undefined) return Promise.resolve(undefined)
  return new Promise((resolve, reject) => {
    maildrop.connection.send(`TOP ${number} 0`, new HeaderTaker(resolve, reject))
  })
}

/** Collects a header block. Servers may send the whole message instead (quirk A45): the rest is let go. */
class HeaderTaker implements ContentTaker {
  readonly follows = 'content'
  readonly dotReading = 'keep bare'
  readonly lost: (reason: MailhaulError) => void
  readonly #done: (headers: Uint8Array | undefined) => void
  readonly #pieces: Buffer[] = []
  #octets = 0

  constructor(done: (headers: Uint8Array | undefined) => void, lost: (reason: MailhaulError) => void) {
    this.#done = done
    this.lost = lost
  }

  status(status: Status): void {
    if (status.kind !== 'ok') this.#done(undefined)
  }

  content(piece: Buffer): undefined {
    const room = longestHeaders - this.#octets
    if (room <= 0) return
    this.#pieces.push(Buffer.from(piece.subarray(0, room)))
    this.#octets += piece.length
  }

  end(): void {
    this.#done(headerBlockOf(Buffer.concat(this.#pieces)))
  }
}

function headerBlockOf(message: Buffer): Buffer {
  const hasNone = message.indexOf('\r\n') === 0
  const blank = message.indexOf('\r\n\r\n')
  if (hasNone) return message.subarray(0, 2)
  return blank < 0 ? message : message.subarray(0, blank + 4)
}
