// Retrieves messages in order: pipelined as long as all is well, one by one where it was not, over as many logins as it takes.
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import type { Listed } from '../../core/message.ts'
import type { Fetched, Spool } from '../../core/ports.ts'
import { type AloneResult, fetchAlone, unretrievable } from './alone.ts'
import { sessionLost } from './errors.ts'
import { isLoss, type Maildrop } from './maildrop.ts'
import { Pipeline, type Trouble } from './pipeline.ts'
import { withoutWrapper } from './wrapper.ts'

/** Logins that one fetch may use up, and how many of them in a row without a message to show for it. */
const mostReopenings = 25
const mostFruitless = 6

/** Yields every message once, in order, as a message or with what became of it. Throws when the session is lost. */
export async function* fetchMessages(
  maildrop: Maildrop,
  messages: readonly Listed[],
  spool: Spool,
  signal: AbortSignal,
): AsyncGenerator<Fetched, void, undefined> {
  const fetching = new Fetching(maildrop, spool, signal)
  let position = 0
  try {
    for (let listed = messages[0]; listed !== undefined; listed = messages[position]) {
      await fetching.ensureOpen()
      const run = maildrop.memory.suspects.has(listed)
        ? fetching.alone(listed)
        : fetching.pipelined(await fetching.pipeline(messages, position))
      for await (const fetched of run) {
        position += 1
        yield maildrop.hasUtf8 ? fetched : withoutWrapper(fetched)
      }
    }
  } finally {
    if (position < messages.length) maildrop.connection.close()
  }
}

/** What one fetch keeps in mind: how often it had to log in again, and whom to suspect of it. */
class Fetching {
  readonly #maildrop: Maildrop
  readonly #spool: Spool
  readonly #signal: AbortSignal
  /** What a first look brought, in octets. */
  readonly #looks = new Map<Listed, number>()
  /** Messages whose end is known already. */
  readonly #verdicts = new Map<Listed, MailhaulError>()
  /** Messages of a stretch that came apart for no reason but, perhaps, pipelining. */
  readonly #incident = new Set<Listed>()
  #isPipeliningBroken: (() => void) | undefined
  #reason: MailhaulError | undefined
  /** Nothing has been retrieved in this login yet. */
  #isFresh = false
  #stalls = 0
  #reopenings = 0
  #fruitless = 0

  constructor(maildrop: Maildrop, spool: Spool, signal: AbortSignal) {
    this.#maildrop = maildrop
    this.#spool = spool
    this.#signal = signal
  }

  /** Opens the session again if it is gone. Errors: those of a login, and disconnected when that is not getting anywhere. */
  async ensureOpen(): Promise<void> {
    while (this.#maildrop.connection.failure !== undefined) {
      const reason = this.#reason ?? this.#maildrop.connection.failure
      if (this.#reopenings >= mostReopenings || this.#fruitless >= mostFruitless) throw tooOften(reason)
      this.#reopenings += 1
      this.#fruitless += 1
      await this.#maildrop.reopen(this.#signal)
      this.#isFresh = true
    }
  }

  /** A pipeline over the messages from `position` to the next suspect. */
  async pipeline(messages: readonly Listed[], position: number): Promise<Pipeline> {
    const { suspects } = this.#maildrop.memory
    const length = messages.slice(position).findIndex((listed) => suspects.has(listed))
    const innocent = length < 0 ? messages.slice(position) : messages.slice(position, position + length)
    const seal = await this.#maildrop.seal(this.#signal)
    return new Pipeline(this.#maildrop, seal, innocent, this.#spool, this.#signal)
  }

  /** Yields what a pipeline vouches for, and learns from what ended it. */
  async *pipelined(pipeline: Pipeline): AsyncGenerator<Fetched, void, undefined> {
    try {
      for (let fetched = await pipeline.next(); fetched !== undefined; fetched = await pipeline.next()) {
        this.#progressed()
        yield fetched
      }
    } finally {
      pipeline.end()
    }
    if (pipeline.trouble !== undefined) this.#learnFrom(pipeline.trouble)
  }

  /** Yields a suspect, or nothing when the connection was lost over it and it deserves another try. */
  async *alone(listed: Listed): AsyncGenerator<Fetched, void, undefined> {
    const { suspects } = this.#maildrop.memory
    const result = await this.#tryAlone(listed)
    if (result === undefined) return
    if (result.isCulprit) this.#endIncident()
    else {
      suspects.clear(listed)
      this.#exonerate(listed)
    }
    yield result.fetched
  }

  #progressed(): void {
    this.#fruitless = 0
    this.#isFresh = false
  }

  async #tryAlone(listed: Listed): Promise<AloneResult | undefined> {
    const verdict = this.#verdicts.get(listed)
    if (verdict !== undefined) return { fetched: { kind: 'failed', listed, error: verdict }, isCulprit: true }
    try {
      const seal = await this.#maildrop.seal(this.#signal)
      const alone = { maildrop: this.#maildrop, seal, spool: this.#spool, signal: this.#signal }
      const result = await fetchAlone(listed, alone, this.#looks.get(listed))
      if (seal.drifts) this.#endIncident()
      if (result !== undefined) this.#progressed()
      return result
    } catch (thrown) {
      const error = asMailhaulError(thrown)
      if (error.scope === 'message') return { fetched: { kind: 'failed', listed, error }, isCulprit: true }
      if (this.#signal.aborted || !isLoss(error)) throw error
      this.#reason = error
      // Some servers hang up after so many messages, whichever they are: only the first of a session is to blame for sure.
      if (this.#maildrop.memory.suspects.countLoss(listed) < 2 || !this.#isFresh) return undefined
      return { fetched: unretrievable(listed, error), isCulprit: true }
    }
  }

  /** Decides whom to fetch alone after a pipeline came apart. Throws what no other session could mend. */
  #learnFrom(trouble: Trouble): void {
    const { suspects, window, habits } = this.#maildrop.memory
    switch (trouble.kind) {
      case 'over':
        throw trouble.error
      case 'doubtful':
        suspects.add(trouble.listed)
        if (trouble.octets !== undefined) this.#looks.set(trouble.listed, trouble.octets)
        return
      case 'unsealed': {
        const close = () => {
          window.close()
          habits.set('pipelining', 'off')
        }
        this.#suspect(trouble.unvouched, trouble.isGarbled && !window.isClosed ? close : undefined)
        return
      }
      case 'lost': {
        const { at, error } = trouble
        this.#reason = error
        if (at !== undefined && error.scope === 'message') {
          this.#verdicts.set(at, error)
          suspects.add(at)
          return
        }
        if (at !== undefined) {
          suspects.countLoss(at)
          if (error.code === 'timeout') this.#stalls += 1
          this.#suspect([at], this.#stalls > 1 && !window.isClosed ? () => window.close() : undefined)
        }
        window.lost()
      }
    }
  }

  #suspect(listed: readonly Listed[], isPipeliningBroken: (() => void) | undefined): void {
    this.#incident.clear()
    for (const one of listed) {
      this.#maildrop.memory.suspects.add(one)
      this.#incident.add(one)
    }
    this.#isPipeliningBroken = isPipeliningBroken
  }

  // Every message of the stretch came well when fetched alone: then it was the pipelining (quirk A03).
  #exonerate(listed: Listed): void {
    if (!this.#incident.delete(listed) || this.#incident.size > 0) return
    this.#isPipeliningBroken?.()
    this.#isPipeliningBroken = undefined
  }

  #endIncident(): void {
    this.#incident.clear()
    this.#isPipeliningBroken = undefined
  }
}

function tooOften(cause: MailhaulError): MailhaulError {
  return sessionLost(`The session was lost again and again. The last time: ${cause.message}`, cause)
}
