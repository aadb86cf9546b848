// One RETR: takes the message into the spool as it arrives, and judges whether what came can be what was listed.
import type { MailhaulError } from '../../core/errors.ts'
import type { Listed, Message } from '../../core/message.ts'
import type { Fetched, SpoolWriter } from '../../core/ports.ts'
import type { DotReading, Framing } from './content.ts'
import { messageFailed, saidBy } from './errors.ts'
import type { ContentTaker } from './reply.ts'
import { agrees, type SizeModel } from './size-model.ts'
import type { Status } from './status.ts'

/** Told when a retrieval is over, one way or the other. */
export interface RetrievalOwner {
  complete(retrieval: Retrieval): void
  lost(retrieval: Retrieval, reason: MailhaulError): void
}

/** Why a message should be looked at once more: it came short, or its first dot should be read the other way. */
export type Doubt = 'short' | 'dot'

/** A message on its way in. Whoever has it calls `fetched` or `discard`. */
export class Retrieval implements ContentTaker {
  readonly follows = 'content'
  readonly listed: Listed
  readonly dotReading: DotReading
  readonly #writer: SpoolWriter
  readonly #owner: RetrievalOwner
  readonly #limit: number
  #received = 0
  #refusal: Status | undefined
  #framing: Framing | undefined
  #message: Promise<Message> | undefined

  /** `limit` is the largest number of octets that is taken in. */
  constructor(listed: Listed, writer: SpoolWriter, dotReading: DotReading, limit: number, owner: RetrievalOwner) {
    this.listed = listed
    this.dotReading = dotReading
    this.#limit = limit
    this.#writer = writer
    this.#owner = owner
  }

  status(status: Status): void {
    if (status.kind === 'ok') return
    this.#refusal = status
    this.#writer.discard()
    this.#owner.complete(this)
  }

  content(piece: Buffer): Promise<void> | undefined {
    this.#received += piece.length
    if (this.#received > this.#limit) return Promise.reject(tooBig(this.listed, this.#limit))
    return this.#writer.write(piece)
  }

  end(framing: Framing): void {
    this.#framing = framing
    if (framing.octets === 0) this.#writer.discard()
    else {
      this.#message = this.#writer.finish()
      this.#message.catch(() => {})
    }
    this.#owner.complete(this)
  }

  lost(reason: MailhaulError): void {
    this.#owner.lost(this, reason)
  }

  /** Octets received; undefined when the server refused. */
  get octets(): number | undefined {
    return this.#framing?.octets
  }

  /** Why what came cannot be what was listed, as far as this server's sizes can be believed (quirks A29, A36, A43). */
  doubt(sizes: SizeModel): Doubt | undefined {
    const framing = this.#framing
    if (framing === undefined) return undefined
    if (this.#keepsDot(framing) !== shouldKeepDot(framing, this.#withDot(framing), this.listed, sizes)) return 'dot'
    const { size } = this.listed
    // A lone dot that was not stuffed leaves nothing at all, whatever sizes are worth (quirk A30).
    if (framing.octets === 0) return size > 0 ? 'short' : undefined
    return framing.octets < size && !agrees(size, framing.octets) && sizes.isTrusted ? 'short' : undefined
  }

  /** The other way to read the first dot. */
  get otherReading(): DotReading {
    return this.#framing !== undefined && this.#keepsDot(this.#framing) ? 'strip' : 'keep'
  }

  /** The result. Rejects when the spool could not take the message. */
  async fetched(): Promise<Fetched> {
    const { listed } = this
    if (this.#refusal !== undefined) return refused(listed, this.#refusal)
    if (this.#message === undefined) return { kind: 'empty', listed, reason: 'The server has no content for it.' }
    return { kind: 'message', listed, message: await this.#message }
  }

  /** The message is not wanted. */
  discard(): void {
    this.#writer.discard()
    this.#message?.then(
      (message) => message.release(),
      () => {},
    )
  }

  #keepsDot({ leadingDot }: Framing): boolean {
    if (leadingDot === 'none') return false
    return this.dotReading === 'keep' || (this.dotReading === 'keep bare' && leadingDot === 'bare')
  }

  #withDot(framing: Framing): number {
    return this.#keepsDot(framing) ? framing.octets : framing.octets + 1
  }
}

/** How to read a first dot before anything is known of the message: see `shouldKeepDot`. */
export function usualReading(sizes: SizeModel): DotReading {
  return sizes.isDistrusted ? 'strip' : 'keep bare'
}

/**
 * A server that stuffs cannot send a single dot before anything else, so it has forgotten to, and the dot belongs to
 * the message: if the size says so too. Two dots are right as they are, unless sizes are known to be exact and say no.
 */
function shouldKeepDot({ leadingDot }: Framing, octetsWithDot: number, { size }: Listed, sizes: SizeModel): boolean {
  if (leadingDot === 'none' || octetsWithDot !== size) return false
  return leadingDot === 'bare' ? !sizes.isDistrusted : sizes.isTrusted
}

// Words of Dovecot, Courier, Stalwart, Cyrus and their kin for a message that another session has removed (quirk A41).
const goneWords = /expunged|gone|deleted|removed|no such message|no message|does ?n[o']t exist|not found/i

function tooBig({ size }: Listed, limit: number): MailhaulError {
  const hint = 'The server may never stop sending: look at this message in its webmail.'
  return messageFailed('too-big', `It does not end: listed with ${size} octets, cut off after ${limit}.`, hint)
}

function refused(listed: Listed, status: Status): Fetched {
  const said = saidBy(status)
  if (status.code === undefined && goneWords.test(said)) return { kind: 'vanished', listed, reason: said }
  const code = status.code === 'SYS/TEMP' ? 'temporary' : 'unrenderable'
  const hint = 'The server may be unable to read it: look at it in its webmail, or ask its operator.'
  return { kind: 'failed', listed, error: messageFailed(code, `The server will not give it out: ${said}`, hint) }
}
