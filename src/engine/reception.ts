// Deals with what comes of each listed message: left alone, known, left out, adopted, or handed to delivery.

import type { BacklogRules } from '../core/backlog.ts'
import { type Contents, contentsOf, type Decision, type Destined, decide } from '../core/decide.ts'
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Key, Listed, Message } from '../core/message.ts'
import type { Names } from '../core/names.ts'
import { type Outcome, outcomeOf } from '../core/outcome.ts'
import type { Fetched, Listing } from '../core/ports.ts'
import { policyDigest } from '../core/route.ts'
import { Adoption } from './adoption.ts'
import { Batcher } from './batch.ts'
import type { Parcel } from './delivery.ts'
import type { OpenFolder } from './folder-desk.ts'
import type { Haul } from './haul.ts'
import { InTurn } from './in-turn.ts'
import { Notes } from './notes.ts'
import type { Survey } from './survey.ts'

/** Takes the messages of one listing, one after the other, in whatever shape they come. */
export class Reception {
  readonly #haul: Haul
  readonly #listing: Listing
  readonly #contents: Contents
  readonly #backlog: BacklogRules | undefined
  readonly #policy: string
  readonly #batcher: Batcher<Parcel>
  readonly #notes: Notes
  readonly #adoption: Adoption
  readonly #halt = new AbortController()
  #trouble: MailhaulError | undefined

  constructor(haul: Haul, { listing, known, backlog }: Survey) {
    this.#backlog = backlog
    this.#haul = haul
    this.#listing = listing
    this.#policy = policyDigest(haul.pair.policy)
    this.#contents = contentsOf(known, listing.messages, haul.pair.policy)
    this.#notes = new Notes(haul.book, haul.record)
    this.#adoption = new Adoption(haul, this.#notes)
    const turns = haul.pair.order === 'arrival' ? new InTurn() : undefined
    const send = (open: OpenFolder, batch: readonly Parcel[]) =>
      turns === undefined ? this.#send(open, batch) : turns.run(open.name, () => this.#send(open, batch))
    this.#batcher = new Batcher(() => haul.pace.batches(haul.destination.batchLimits), haul.clock, send)
  }

  /** Which message has which name by now. */
  get names(): Names {
    return this.#contents.names
  }

  /** What is listed by name. */
  get listed(): ReadonlyMap<Key, number> {
    return this.#contents.listed
  }

  /** Aborted when a delivery has ended the pair. */
  get halt(): AbortSignal {
    return this.#halt.signal
  }

  /** Whether the message of this name has a proven place at the destination. */
  isSettled(key: Key | undefined): boolean {
    return key !== undefined && this.#contents.names.holderOf(key)?.state === 'settled'
  }

  /** An outcome that needs no fetching, for good or until a later run. */
  end(listed: Listed, outcome: Outcome, state: 'left-out' | 'failed'): void {
    this.#notes.add(listed, listed.key, outcome, { state })
  }

  /** Every message of the listing has been seen: what is merely alike may be adopted now. */
  adoptRest(): Promise<void> {
    return this.#adoption.finish()
  }

  /** Waits until every batch has been dealt with, and everything is written down. Throws what ended the pair. */
  async finish(): Promise<void> {
    await this.#batcher.drain()
    this.#notes.write()
    if (this.#trouble) throw this.#trouble
  }

  /** What the plan leaves alone has its outcome; what it filters for the first time is remembered, headers and all. */
  leave(listed: Listed, outcome: Outcome): void {
    const policy = this.#policy
    const { key } = listed
    const row = key === undefined ? undefined : this.#contents.names.holderOf(key)
    const isKnown = row?.policy === policy || row?.state === 'settled'
    if (outcome.kind !== 'filtered' || isKnown) this.#haul.record.outcome(listed, outcome)
    else this.#notes.add(listed, key, outcome, { state: 'left-out', policy })
  }

  /** What a retrieval brought. */
  async take(fetched: Fetched): Promise<void> {
    const { listed } = fetched
    if (fetched.kind === 'message') return this.#weigh(listed, fetched.message)
    const failed = fetched.kind === 'failed'
    const reason = failed ? fetched.error.message : fetched.reason
    const isSuspect = fetched.kind === 'empty' && listed.size > 0
    const kind = isSuspect ? 'failed' : fetched.kind
    const outcome = outcomeOf(kind, listed, { reason, code: failed ? fetched.error.code : undefined })
    // Whatever went wrong this time, the proof that a message lies at the destination is never given up.
    if (fetched.kind === 'vanished' || this.isSettled(listed.key)) this.#haul.record.outcome(listed, outcome)
    else this.#notes.add(listed, listed.key, outcome, { state: kind === 'failed' ? 'failed' : 'left-out' })
  }

  /** A message is here, whole: its bytes decide. It is released here unless delivery takes it over. */
  async #weigh(listed: Listed, message: Message): Promise<void> {
    const { record, pair, clock, allowance } = this.#haul
    record.fetched(message.size)
    let handedOver = false
    try {
      const { size, fingerprints, headers } = message
      const ruling = this.#backlog?.rulingOn(listed)
      const decision = decide({ listed, size, fingerprints, headers, ruling }, this.#contents, pair.policy, clock.now())
      handedOver = await this.#act(decision, listed, message)
    } finally {
      if (!handedOver) {
        message.release()
        allowance.notSent(message.size)
      }
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
        const policy = decision.mark ?? this.#policy
        this.#notes.add(listed, key, outcome, { state: 'left-out', fingerprints, policy })
        return false
      }
      case 'bring':
        this.#clearName(key)
        return this.#bring(key, decision.destination, listed, message)
    }
  }

  /** Adopts what already lies at the destination; hands everything else to delivery. */
  async #bring(key: Key, destined: Destined, listed: Listed, message: Message): Promise<boolean> {
    const { desk, guard } = this.#haul
    const open = await desk.open(destined.folder)
    guard.look(open.folder, this.#listing)
    const before = this.#contents.names.holderOf(key)
    if (await this.#adoption.take(open, key, listed, message, before)) return false
    guard.appending(open.folder, listed, message.fingerprints, this.#listing)
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
}

function releaseAll(batch: readonly Parcel[]): void {
  for (const { message } of batch) message.release()
}
