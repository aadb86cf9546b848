// Takes a plan's messages in: fetched, decided on, and either known, left out, adopted, or handed to delivery.

import { newlyAbsent } from '../core/absence.ts'
import { type Contents, contentsOf, type Decision, type Destined, decide } from '../core/decide.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Key, Listed, Message } from '../core/message.ts'
import { type Outcome, outcomeOf } from '../core/outcome.ts'
import { type Plan, tooBigReason } from '../core/plan.ts'
import type { Fetched, Known, Listing, SourceSession } from '../core/ports.ts'
import { policyDigest } from '../core/route.ts'
import { Batcher } from './batch.ts'
import { Care, deadlyReason } from './care.ts'
import type { Parcel } from './delivery.ts'
import type { OpenFolder } from './folder-desk.ts'
import type { Haul } from './haul.ts'
import { Notes } from './notes.ts'
import type { Survey } from './survey.ts'

const notThere = 'it is not at the destination'

/** Moves the messages of one listing. */
export class Intake {
  readonly #haul: Haul
  readonly #listing: Listing
  readonly #plan: Plan
  readonly #known: ReadonlyMap<Key, Known>
  readonly #contents: Contents
  readonly #policy: string
  readonly #batcher: Batcher<Parcel>
  readonly #halt = new AbortController()
  readonly #notes: Notes
  #trouble: MailhaulError | undefined
  readonly #asked: Listed[] = []
  #progressBefore = 0

  constructor(haul: Haul, { listing, plan, known }: Survey) {
    this.#haul = haul
    this.#listing = listing
    this.#plan = plan
    this.#policy = policyDigest(haul.pair.policy)
    this.#known = known
    this.#contents = contentsOf(known, listing.messages, haul.pair.policy)
    this.#notes = new Notes(haul.book, haul.record)
    const send = (open: OpenFolder, batch: readonly Parcel[]) => this.#send(open, batch)
    this.#batcher = new Batcher(() => haul.destination.batchLimits, haul.clock, send)
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
    const { record, guard, desk } = this.#haul
    for (const entry of this.#plan.entries) if (entry.action === 'none') this.#leave(entry.listed, entry.outcome)
    const planned = this.#plan.entries.flatMap((entry) => (entry.action === 'fetch' ? [entry.listed] : []))
    const jobs = planned.length === 0 ? planned : await this.#withoutTooBig(planned)
    record.planned(
      jobs.length,
      jobs.reduce((bytes, { size }) => bytes + size, 0),
    )
    if (jobs.length === 0) {
      this.#notes.write()
      return 'done'
    }
    desk.expect(new Set(jobs.map(({ size }) => size)), this.#known)
    record.stage('moving')
    this.#progressBefore = record.progress
    if (guard.holdsBack) await this.#compareNewcomers(session)
    await this.#openFolders(jobs)
    return this.#fetch(session, jobs)
  }

  /** The destination is asked before the first message is fetched; what it says it will not take stays where it is. */
  async #withoutTooBig(jobs: readonly Listed[]): Promise<readonly Listed[]> {
    const { destination, stop, options } = this.#haul
    if (options.adoptOnly) return jobs
    const facts = await destination.facts(stop)
    return jobs.filter((listed) => {
      const reason = tooBigReason(listed.size, facts)
      if (reason === undefined || this.#isSettled(listed.key)) return true
      const outcome = outcomeOf('too-big', listed, { reason, code: 'too-big' })
      this.#notes.add(listed, listed.key, outcome, { state: 'left-out' })
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
    const { guard, spool, stop } = this.#haul
    const newcomers = guard.newcomers(this.#listing)
    this.#asked.push(...newcomers)
    for await (const fetched of session.fetch(newcomers, spool, stop)) {
      if (fetched.kind === 'failed') throw fetched.error
      if (fetched.kind !== 'message') continue
      fetched.message.release()
      guard.compare(fetched.message.fingerprints)
    }
    guard.clear()
  }

  /** What the plan leaves alone has its outcome; what it filters for the first time is remembered, headers and all. */
  #leave(listed: Listed, outcome: Outcome): void {
    const policy = this.#policy
    const { key } = listed
    const row = key === undefined ? undefined : this.#contents.names.holderOf(key)
    const isKnown = row?.policy === policy || row?.state === 'settled'
    if (outcome.kind !== 'filtered' || isKnown) this.#haul.record.outcome(listed, outcome)
    else this.#notes.add(listed, key, outcome, { state: 'left-out', policy })
  }

  /** Nothing is left to do: what lies in the folders now has been weighed against the source. */
  async remember(): Promise<void> {
    const { pair, desk, book, destination, record, guard, window, kill } = this.#haul
    window.noteAbsent(newlyAbsent(this.#known, this.#listing.messages, this.#contents.names), this.#known)
    for (const { folder } of await desk.opened()) {
      if (!guard.suspects(folder.path)) continue
      record.warn('Every message was found in INBOX: source and destination could be one and the same mailbox.')
    }
    // A source that shows its mail in parts, as old mail is removed, may still have more that lies there already.
    if (record.hasUnweighed() || pair.policy.leave.kind === 'delete' || window.isPartial) return
    for (const { name } of await desk.opened()) {
      const now = await destination.find(name, kill)
      if (now) book.setComparedTo(destination.account, now.path, now.uidValidity, now.uidNext)
    }
  }

  async #fetch(session: SourceSession, jobs: readonly Listed[]): Promise<'done' | 'again' | MailhaulError> {
    const { spool, stop, guard } = this.#haul
    const signal = AbortSignal.any([stop, this.#halt.signal])
    let lost: MailhaulError | undefined
    let cutShort = false
    this.#asked.push(...jobs)
    try {
      const rest = await this.#fetchWithCare(session, jobs, signal)
      for await (const fetched of session.fetch(rest, spool, signal)) {
        await this.#take(fetched)
        if (guard.holdsBack) {
          cutShort = true
          break
        }
        signal.throwIfAborted()
      }
    } catch (thrown) {
      lost = asMailhaulError(thrown)
    }
    await this.#batcher.drain()
    this.#notes.write()
    guard.delivered((probe) => this.#haul.record.kindOf(probe) === 'copied')
    if (this.#trouble) throw this.#trouble
    return lost ?? (cutShort ? 'again' : 'done')
  }

  /** Where the last runs died: one message at a time, as far as they can have come. Returns what is left. */
  async #fetchWithCare(
    session: SourceSession,
    jobs: readonly Listed[],
    signal: AbortSignal,
  ): Promise<readonly Listed[]> {
    const { book, guard, spool } = this.#haul
    const care = new Care(book)
    const suspects = care.suspects(jobs)
    for (const [at, suspect] of suspects.entries()) {
      if (guard.holdsBack) return jobs.slice(at)
      if (care.begin(suspect)) {
        for await (const fetched of session.fetch([suspect], spool, signal)) await this.#take(fetched)
        await this.#batcher.drain()
      } else {
        const outcome = outcomeOf('failed', suspect, { reason: deadlyReason })
        this.#notes.add(suspect, suspect.key, outcome, { state: 'left-out' })
      }
      this.#notes.write()
      signal.throwIfAborted()
    }
    if (suspects.length > 0) care.end()
    return jobs.slice(suspects.length)
  }

  async #take(fetched: Fetched): Promise<void> {
    const { listed } = fetched
    if (fetched.kind === 'message') return this.#weigh(listed, fetched.message)
    const failed = fetched.kind === 'failed'
    const reason = failed ? fetched.error.message : fetched.reason
    const isSuspect = fetched.kind === 'empty' && listed.size > 0
    const kind = isSuspect ? 'failed' : fetched.kind
    const outcome = outcomeOf(kind, listed, { reason, code: failed ? fetched.error.code : undefined })
    // Whatever went wrong this time, the proof that a message lies at the destination is never given up.
    if (fetched.kind === 'vanished' || this.#isSettled(listed.key)) this.#haul.record.outcome(listed, outcome)
    else this.#notes.add(listed, listed.key, outcome, { state: kind === 'failed' ? 'failed' : 'left-out' })
  }

  /** A message is here, whole: its bytes decide. It is released here unless delivery takes it over. */
  async #weigh(listed: Listed, message: Message): Promise<void> {
    const { record, pair, clock } = this.#haul
    record.fetched(message.size)
    let handedOver = false
    try {
      const { size, fingerprints, headers } = message
      const decision = decide({ listed, size, fingerprints, headers }, this.#contents, pair.policy, clock.now())
      handedOver = await this.#act(decision, listed, message)
    } finally {
      if (!handedOver) message.release()
    }
  }

  async #act(decision: Decision, listed: Listed, message: Message): Promise<boolean> {
    const { book, record } = this.#haul
    const { key } = decision
    const { size, fingerprints } = message
    switch (decision.kind) {
      case 'known': {
        const { placed, run, outcome, removal, absentSince } = decision.row
        this.#notes.rename(this.#contents.names.rename(decision.row, key, listed.size))
        if (removal !== 'none') this.#notes.present(key)
        if (absentSince !== undefined) this.#notes.returned(key)
        const isOwn = run === book.run
        const known = outcomeOf(isOwn ? outcome : 'already-there', { key, size }, { placed, folder: placed?.folder })
        if (isOwn) record.again(listed, known, decision.row.key)
        else record.outcome(listed, known)
        return false
      }
      case 'leave-out': {
        this.#clearName(key)
        const outcome = outcomeOf(decision.outcome, { key, size }, { reason: decision.reason })
        this.#notes.add(listed, key, outcome, { state: 'left-out', fingerprints, policy: this.#policy })
        return false
      }
      case 'bring':
        this.#clearName(key)
        return this.#bring(key, decision.destination, listed, message)
    }
  }

  /** Adopts what already lies at the destination; hands everything else to delivery. */
  async #bring(key: Key, destined: Destined, listed: Listed, message: Message): Promise<boolean> {
    const { desk, guard, options, record, custody } = this.#haul
    const open = await desk.open(destined.folder)
    const { path, uidValidity } = open.folder
    guard.look(open.folder, this.#listing)
    const { size, fingerprints } = message
    const before = this.#contents.names.holderOf(key)
    const uid = await desk.claim(open, message)
    if (uid !== undefined) {
      const placed = { folder: path, uidValidity, uid }
      const outcome = outcomeOf('adopted', { key, size }, { placed, folder: path })
      this.#notes.add(listed, key, outcome, { state: 'settled', fingerprints, placed })
      await custody.arrived(before, fingerprints)
      return false
    }
    if (options.adoptOnly) {
      record.outcome(listed, outcomeOf('pending', { key, size }, { reason: notThere, folder: path }))
      return false
    }
    guard.appending(open.folder, listed, fingerprints, this.#listing)
    const { flags, internalDate, dateRule } = destined
    this.#batcher.add(open, { key, listed, message, flags, internalDate, dateRule, before })
    return true
  }

  async #send(open: OpenFolder, batch: readonly Parcel[]): Promise<void> {
    try {
      if (this.#trouble) return releaseAll(batch)
      await this.#haul.delivery.deliver(open, batch)
    } catch (thrown) {
      this.#trouble ??= asMailhaulError(thrown)
      this.#halt.abort(this.#trouble)
    }
  }

  /** Another message has taken a settled one's name (quirk A21): the old row has to give it up before it is used. */
  #clearName(key: Key): void {
    this.#notes.rename(this.#contents.names.clear(key))
    this.#notes.writeNames()
  }

  #isSettled(key: Key | undefined): boolean {
    return key !== undefined && this.#contents.names.holderOf(key)?.state === 'settled'
  }
}

function releaseAll(batch: readonly Parcel[]): void {
  for (const { message } of batch) message.release()
}
