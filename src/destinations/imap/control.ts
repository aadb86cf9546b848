// The control connection: one errand after another over imapflow, opened on first use and again when it was lost.
import type { ImapFlow } from 'imapflow'
import type { MailhaulError } from '../../core/errors.ts'
import type { Connector, Opened } from './connection.ts'
import { within } from './deadline.ts'
import { disconnected, timedOut, tooTalkative, translated } from './errors.ts'

/** What an errand does with the connection. */
type Errand<T> = (client: ImapFlow, opened: Opened) => Promise<T>

/** Everything but uploading. Errands queue up; each has the connection for itself. */
export class Control {
  readonly #connector: Connector
  #opened: Opened | undefined
  #lastErrand: Promise<unknown> = Promise.resolve()

  constructor(connector: Connector) {
    this.#connector = connector
  }

  /**
   * Does one errand, which must be harmless to do twice: where the connection turns out to be lost it is done again
   * on a new one, once. Errors are translated; the errand may throw MailhaulErrors of its own. An errand that reads
   * messages, and keeps none of it, is no question: it may be answered at any length.
   */
  run<T>(signal: AbortSignal, errand: Errand<T>, kind: 'question' | 'reading' = 'question'): Promise<T> {
    const turn = this.#lastErrand.then(async () => {
      const hadConnection = this.#opened !== undefined
      try {
        return await this.#try(signal, errand, kind)
      } catch (thrown) {
        const error = translated(thrown, this.#connector.circumstances)
        const isLost = hadConnection && this.#opened === undefined
        if (!isLost || signal.aborted || (error.code !== 'disconnected' && error.code !== 'temporary')) throw error
        return this.#try(signal, errand, kind)
      }
    })
    this.#lastErrand = turn.catch(() => undefined)
    return turn
  }

  /** Says goodbye, after the errand under way. */
  async close(): Promise<void> {
    await this.#lastErrand
    const client = this.#opened?.client
    this.#opened = undefined
    if (!client) return
    const { clock, deadlines } = this.#connector
    const over = new AbortController()
    clock.sleep(deadlines.logout, over.signal).then(
      () => client.close(),
      () => undefined,
    )
    await client.logout().catch(() => undefined)
    over.abort()
    client.close()
  }

  async #try<T>(signal: AbortSignal, errand: Errand<T>, kind: 'question' | 'reading'): Promise<T> {
    if (!this.#opened?.client.usable) this.#opened = await this.#connector.open(signal)
    const opened = this.#opened
    const { client } = opened
    const { where } = this.#connector.circumstances
    const { clock, largestAnswer } = this.#connector
    const limits = {
      ...{ clock, signal },
      excess: kind === 'question' ? excessOf(client, largestAnswer, where) : undefined,
      milliseconds: this.#connector.deadlines.errand,
      overdue: () => timedOut(where, 'took too long'),
      close: () => client.close(),
    }
    try {
      return await within(limits, () => errand(client, opened))
    } catch (thrown) {
      const error = translated(thrown, this.#connector.circumstances)
      if (error.code !== 'disconnected') throw error
      this.#opened = undefined
      client.close()
      const broken = opened.broken()
      throw broken ? translated(broken, this.#connector.circumstances) : disconnected(where, client.byeReason, error)
    }
  }
}

/** A server that has said more than `most` octets from now on has no answer that anybody could use (quirk D11). */
function excessOf(client: ImapFlow, most: number, where: string): () => MailhaulError | undefined {
  const before = client.stats().received
  return () => (client.stats().received - before > most ? tooTalkative(where, most) : undefined)
}
