// Carries a plan out: asks the destination first, fetches what is to be fetched, and sees it through.

import { newlyAbsent } from '../core/absence.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Key, Listed } from '../core/message.ts'
import { outcomeOf } from '../core/outcome.ts'
import { type Plan, tooBigReason } from '../core/plan.ts'
import type { Fetched, Known, Listing, SourceSession } from '../core/ports.ts'
import { fixBacklog, rememberBacklog, wantsBacklog } from './backlog.ts'
import { Care, deadlyReason } from './care.ts'
import { rememberPace } from './foretell.ts'
import type { Haul } from './haul.ts'
import { Reception } from './reception.ts'
import type { Survey } from './survey.ts'

/** Moves the messages of one listing. */
export class Intake {
  readonly #haul: Haul
  readonly #found: Survey
  readonly #listing: Listing
  readonly #plan: Plan
  readonly #known: ReadonlyMap<Key, Known>
  readonly #reception: Reception
  readonly #asked: Listed[] = []
  #progressBefore = 0

  constructor(haul: Haul, found: Survey) {
    this.#haul = haul
    this.#found = found
    this.#listing = found.listing
    this.#plan = found.plan
    this.#known = found.known
    this.#reception = new Reception(haul, found)
  }

  /** Whether any message was asked for in this session. */
  get hasFetched(): boolean {
    return this.#asked.length > 0
  }

  /** Whether a message that was asked for is not proven to lie at the destination. */
  get leavesUnsettled(): boolean {
    return this.#asked.some((listed) => !this.#haul.record.isProven(listed))
  }

  /** Whether fetching has brought some message to its end. */
  get hasAdvanced(): boolean {
    return this.hasFetched && this.#haul.record.progress > this.#progressBefore
  }

  /** Executes the plan. Returns 'done', 'again' when another session has to follow, or the error that lost this one. */
  async move(session: SourceSession): Promise<'done' | 'again' | MailhaulError> {
    const { record, guard, desk, destination, options, kill } = this.#haul
    fixBacklog(this.#haul, this.#found)
    for (const entry of this.#plan.entries) {
      if (entry.action !== 'none') continue
      if (entry.mark === undefined) this.#reception.leave(entry.listed, entry.outcome)
      else record.leftThere(entry.listed, entry.outcome)
    }
    const planned = this.#plan.entries.flatMap((entry) => (entry.action === 'fetch' ? [entry.listed] : []))
    // Where today's budget is used up, nobody logs in at the destination.
    const isOver = this.#haul.allowance.look(planned) !== undefined
    const jobs = planned.length === 0 || isOver ? [] : await this.#withoutTooBig(planned)
    record.planned(
      jobs.length,
      jobs.reduce((bytes, { size }) => bytes + size, 0),
    )
    if (jobs.length === 0) {
      await this.#reception.finish()
      return 'done'
    }
    if (!options.adoptOnly) destination.prepare(kill, jobs.length)
    desk.expect(new Set(jobs.map(({ size }) => size)), this.#known, wantsBacklog(this.#found))
    record.stage('moving')
    this.#progressBefore = record.progress
    if (guard.holdsBack) await this.#compareNewcomers(session)
    await this.#openFolders(jobs)
    return this.#timed(() => this.#fetch(session, jobs))
  }

  /** Remembers how fast messages were moved, for the next estimate. */
  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const { record, book, clock, options } = this.#haul
    const [before, began] = [record.figures.moved, clock.monotonic()]
    const end = await work()
    const [{ count, bytes }, milliseconds] = [record.figures.moved, clock.monotonic() - began]
    const moved = { count: count - before.count, bytes: bytes - before.bytes, milliseconds }
    if (!options.adoptOnly) rememberPace(book, moved)
    return end
  }

  /** The destination is asked before the first message is fetched; what it says it will not take stays where it is. */
  async #withoutTooBig(jobs: readonly Listed[]): Promise<readonly Listed[]> {
    const { destination, stop, options } = this.#haul
    if (options.adoptOnly) return jobs
    const facts = await destination.facts(stop)
    return jobs.filter((listed) => {
      const reason = tooBigReason(listed.size, facts)
      if (reason === undefined || this.#reception.isSettled(listed.key)) return true
      const outcome = outcomeOf('too-big', listed, { reason, code: 'too-big' })
      this.#reception.end(listed, outcome, 'left-out')
      return false
    })
  }

  /** A folder that takes no mail is found out before a message is fetched, for fetching marks it as read (B35, A46). */
  async #openFolders(jobs: readonly Listed[]): Promise<void> {
    const wanted = new Set(jobs)
    const planned = this.#plan.entries.flatMap((entry) => {
      // Where a template is left, only the message itself will tell.
      const isNamed = entry.action === 'fetch' && wanted.has(entry.listed) && !entry.folder.includes('{')
      return isNamed ? [entry.folder] : []
    })
    for (const name of new Set(planned)) await this.#haul.desk.open(name)
  }

  /** The session after a probe: what has turned up since is fetched, compared and put back. */
  async #compareNewcomers(session: SourceSession): Promise<void> {
    const { guard, stop } = this.#haul
    for await (const fetched of this.#retrieve(session, guard.newcomers(this.#listing), stop)) {
      if (fetched.kind === 'failed') throw fetched.error
      if (fetched.kind !== 'message') continue
      fetched.message.release()
      this.#haul.allowance.notSent(fetched.message.size)
      guard.compare(fetched.message.fingerprints)
    }
    // Where the day's budget has ended before they were all seen, nothing is proven: another day tells.
    if (this.#haul.allowance.end === undefined) guard.clear()
  }

  /** Nothing is left to do: what lies in the folders now has been weighed against the source. */
  async remember(): Promise<void> {
    const { pair, desk, book, destination, record, guard, window, options, kill } = this.#haul
    if (options.adoptOnly) rememberBacklog(this.#haul, this.#listing)
    window.noteAbsent(newlyAbsent(this.#known, this.#reception.listed, this.#reception.names), this.#known)
    for (const { folder } of await desk.opened()) {
      if (!guard.suspects(folder.path)) continue
      record.warn(
        'Every message was found in INBOX: source and destination could be one and the same mailbox.',
        'stands',
      )
    }
    // A source that shows its mail in parts, as old mail is removed, may still have more that lies there already.
    if (record.hasUnweighed() || pair.policy.leave.kind === 'delete' || window.isPartial) return
    for (const { name } of await desk.opened()) {
      const now = await destination.find(name, kill)
      if (now) book.setComparedTo(destination.account, now.path, now.uidValidity, now.uidNext)
    }
  }

  async #fetch(session: SourceSession, jobs: readonly Listed[]): Promise<'done' | 'again' | MailhaulError> {
    const { stop, guard, allowance } = this.#haul
    const signal = AbortSignal.any([stop, this.#reception.halt])
    let lost: MailhaulError | undefined
    let cutShort = false
    try {
      const rest = await this.#fetchWithCare(session, jobs, signal)
      for await (const fetched of this.#retrieve(session, rest, signal)) {
        await this.#reception.take(fetched)
        if (guard.holdsBack) {
          cutShort = true
          break
        }
        signal.throwIfAborted()
      }
    } catch (thrown) {
      lost = asMailhaulError(thrown)
    }
    try {
      if (lost === undefined && !cutShort && allowance.end === undefined) await this.#reception.adoptRest()
      await this.#reception.finish()
    } finally {
      guard.delivered((probe) => this.#haul.record.kindOf(probe) === 'copied')
    }
    return lost ?? (cutShort ? 'again' : 'done')
  }

  /** Every message that is asked for is asked for here: no more of them than today's budgets let through. */
  #retrieve(session: SourceSession, jobs: readonly Listed[], signal: AbortSignal): AsyncIterable<Fetched> {
    const { allowance, spool } = this.#haul
    return allowance.within(jobs, (messages) => {
      // One by one: a call takes some 120,000 arguments, a mailbox may have more messages.
      for (const message of messages) this.#asked.push(message)
      return session.fetch(messages, spool, signal)
    })
  }

  /** Where the last runs died: one message at a time, as far as they can have come. Returns what is left. */
  async #fetchWithCare(
    session: SourceSession,
    jobs: readonly Listed[],
    signal: AbortSignal,
  ): Promise<readonly Listed[]> {
    const { book, guard, allowance } = this.#haul
    const care = new Care(book)
    const suspects = care.suspects(jobs)
    try {
      for (const [at, suspect] of suspects.entries()) {
        if (guard.holdsBack || allowance.end) return jobs.slice(at)
        if (care.begin(suspect)) {
          for await (const fetched of this.#retrieve(session, [suspect], signal)) await this.#reception.take(fetched)
        } else {
          const outcome = outcomeOf('failed', suspect, { reason: deadlyReason })
          this.#reception.end(suspect, outcome, 'left-out')
        }
        await this.#reception.finish()
        signal.throwIfAborted()
      }
    } finally {
      // Whatever went wrong, nobody died of it.
      if (suspects.length > 0) care.end()
    }
    return jobs.slice(suspects.length)
  }
}
