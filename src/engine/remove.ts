// Removes settled messages at the source where the owner wants that: only what has just been seen at the destination.
import { asMailhaulError, interrupted } from '../core/errors.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Known, SourceSession } from '../core/ports.ts'
import { type Due, deletionLimit, dueOf, type RemovalQuestion, type Removing, removalBatch } from '../core/removal.ts'
import { consentTo, isRemembered, remember, unconfirmed } from './consent.ts'
import { judgeCopies } from './copy-proof.ts'
import type { Haul } from './haul.ts'
import { areNumbers, areThemselves } from './name-check.ts'
import { type KeptBecause, RemovalRecord } from './removal-record.ts'

/** A session, and what it lists. */
interface Opened {
  readonly session: SourceSession
  readonly messages: readonly Listed[]
}

/**
 * The removals of one pair in one run. Messages go in small batches, each with a session and a QUIT of its own: DELE
 * counts only at QUIT, whose answer may be lost or a lie (quirk A49). So nothing is believed but the listing after it.
 */
export class Removal {
  readonly #haul: Haul
  readonly #record: RemovalRecord
  /** Whether somebody has confirmed in this run: then no cap holds. */
  #isLifted = false
  #isRefused = false

  constructor(haul: Haul) {
    this.#haul = haul
    this.#record = new RemovalRecord(haul.record)
  }

  /** What a listing tells of removals that were sent before it, by this run or an earlier one. */
  look(messages: readonly Listed[], known: Iterable<Pick<Known, 'key' | 'removal'>>): void {
    const listed = new Set(messages.map(({ key }) => key))
    const sent = [...known].filter(({ removal }) => removal === 'dele-sent' || removal === 'quit-sent')
    const gone = sent.filter(({ key }) => !listed.has(key)).map(({ key }) => key)
    if (gone.length > 0) this.#haul.book.markRemoval(gone, 'absent-confirmed')
    this.#record.gone(gone)
    const back = sent.filter(({ key }) => listed.has(key))
    this.#record.back(back)
  }

  /** Removes what is due, the first batch in the session at hand, where there is one. Errors: those of both ends. */
  async run(session: SourceSession | undefined, messages: readonly Listed[]): Promise<void> {
    const { pair, book, clock, options, record, guard, stop, kill } = this.#haul
    const { leave } = pair.policy
    this.#record.restart()
    if (leave.kind === 'keep') return
    if (options.removalConfirmed) remember(book, { leave })
    this.#record.keep('nameless', messages.filter(({ key }) => key === undefined).length)
    const due = dueOf(leave, messages, book.known(), clock.now()).filter(({ row }) => !this.#record.wasSent(row.key))
    if (due.length === 0) return this.#record.tell()
    if (stop.aborted) throw interrupted()
    record.stage('removing')
    if (due.some(({ row }) => guard.suspects(row.placed?.folder ?? ''))) this.#record.keep('suspect', due.length)
    else {
      const asks = this.#hasToAsk(leave)
      // Nobody knows how long a person thinks: the maildrop is not held meanwhile.
      if (asks) await session?.close(kill)
      const at = asks || session === undefined ? undefined : { session, messages }
      if (await this.#isConfirmed(due, leave)) await this.#removeAll([...due], leave, at, messages.length)
    }
    this.#record.tell()
  }

  #hasToAsk(leave: Removing): boolean {
    const { book, options } = this.#haul
    if (this.#isLifted || this.#isRefused || options.removalConfirmed) return false
    return options.confirmRemoval !== undefined && !isRemembered(book, { leave })
  }

  async #isConfirmed(due: readonly Due[], leave: Removing): Promise<boolean> {
    if (this.#isLifted) return true
    const { pair, book, options, record } = this.#haul
    const bytes = due.reduce((sum, { listed }) => sum + listed.size, 0)
    const { name, sourceHost } = pair
    const question: RemovalQuestion = { pair: name, sourceHost, count: due.length, bytes, leave }
    const consent = this.#isRefused ? 'refused' : await consentTo(question, book, options)
    this.#isLifted = consent === 'given'
    this.#isRefused = consent === 'refused'
    if (consent === 'given' || consent === 'remembered') return true
    if (consent === 'unasked') record.fail(unconfirmed(question))
    this.#record.keep(consent, due.length)
    return false
  }

  async #removeAll(queue: Due[], leave: Removing, at: Opened | undefined, listed: number): Promise<void> {
    const limit = this.#isLifted ? Number.POSITIVE_INFINITY : deletionLimit(this.#haul.pair.policy, listed)
    this.#record.limit = limit
    const because = await this.#removeBatches(queue, leave, at, removalBatch(listed), limit)
    this.#record.keep(because, queue.length)
    // An answer to QUIT that was lost, or a refusal, says nothing: the next listing does.
    if (this.#record.isInDoubt) await (await this.#open())?.session.close(this.#haul.kill)
  }

  /** Batch after batch from the front of the queue, the first in a session at hand; returns why the rest of it stays. */
  async #removeBatches(
    queue: Due[],
    leave: Removing,
    first: Opened | undefined,
    size: number,
    limit: number,
  ): Promise<KeptBecause> {
    let at = first
    while (queue.length > 0) {
      if (this.#record.isIgnored) return 'ignored'
      const room = limit - this.#record.sent
      if (room <= 0) return 'limit'
      const batch = await this.#nextBatch(queue, Math.min(room, size), leave)
      if (batch.length === 0) break
      at ??= await this.#open()
      if (at === undefined || this.#record.isIgnored) {
        queue.unshift(...batch)
        await at?.session.close(this.#haul.kill)
        return at ? 'ignored' : 'paused'
      }
      if (!(await this.#removeIn(at, batch))) {
        queue.unshift(...batch)
        return 'nameless'
      }
      at = undefined
    }
    return 'limit'
  }

  /** Takes the next messages whose copies are proven, at most so many, from the front of the queue. */
  async #nextBatch(queue: Due[], size: number, leave: Removing): Promise<readonly Due[]> {
    const { destination, stop, record } = this.#haul
    const batch: Due[] = []
    while (batch.length < size && queue.length > 0) {
      const some = queue.splice(0, size - batch.length)
      const rows = some.map(({ row }) => row)
      const verdicts = await judgeCopies(rows, leave.proof, { destination, signal: stop, figures: record.figures })
      for (const due of some) {
        const verdict = verdicts.get(due.row.key) ?? 'missing'
        if (verdict === 'proven') batch.push(due)
        else this.#record.keep(verdict, 1)
      }
    }
    return batch
  }

  /** Another session, and what its listing says of the batches before; undefined where the server wants a pause first. */
  async #open(): Promise<Opened | undefined> {
    const { source, stop } = this.#haul
    if (stop.aborted) throw interrupted()
    let session: SourceSession | undefined
    try {
      session = await source.open(stop)
      const { messages } = await session.list(stop)
      this.look(messages, this.#record.unresolved())
      return { session, messages }
    } catch (thrown) {
      session?.abandon()
      if (asMailhaulError(thrown).code === 'login-delayed') return undefined
      throw thrown
    }
  }

  /**
   * One batch: found anew by name in this listing, written down before it is sent, made real by QUIT. False, and nothing
   * is sent, where names are mere numbers and a message has come into the place of another since (quirk A21).
   */
  async #removeIn({ session, messages }: Opened, batch: readonly Due[]): Promise<boolean> {
    const { book, stop, kill } = this.#haul
    const rows = new Map(batch.map(({ row }) => [row.key, row]))
    const going = messages.filter(({ key, size }) => key !== undefined && rows.get(key)?.listedSize === size)
    try {
      if (areNumbers(messages) && !(await areThemselves(session, going, rows, stop))) return false
      book.markRemoval(keysOf(going), 'dele-sent')
      const accepted = new Set(keysOf(await session.remove(going, stop)))
      const declined = keysOf(going).filter((key) => !accepted.has(key))
      if (declined.length > 0) book.markRemoval(declined, 'none')
      this.#record.keep('declined', declined.length)
      this.#record.asked(accepted, 'in-doubt')
      if (!(await session.close(kill))) return true
      book.markRemoval([...accepted], 'quit-sent')
      this.#record.asked(accepted, 'confirmed')
      return true
    } finally {
      session.abandon()
    }
  }
}

function keysOf(messages: readonly Listed[]): Key[] {
  return messages.flatMap(({ key }) => (key === undefined ? [] : [key]))
}
