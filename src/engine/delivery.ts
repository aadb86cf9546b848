// Brings batches to their folder and does not let go of a message before its end is known and written down.
import type { MailhaulError } from '../core/errors.ts'
import type { Key, Listed } from '../core/message.ts'
import type { DateRule, OutcomeKind } from '../core/outcome.ts'
import type { Appended, Clock, Destination, Known, Outgoing, PairLedger } from '../core/ports.ts'
import type { Repair } from '../core/repair.ts'
import type { Allowance } from './allowance.ts'
import {
  breaksAlways,
  breaksConnections,
  causeOf,
  isBeyondMessage,
  lostError,
  parcelsOf,
  refusalOf,
  rewritten,
  sort,
  type Troubled,
} from './answers.ts'
import type { Custody } from './custody.ts'
import { type End, type EndDetails, endOf } from './ending.ts'
import type { FolderDesk, OpenFolder } from './folder-desk.ts'
import { Gate } from './gate.ts'
import { HeaderCheck, type JustPlaced } from './header-check.ts'
import { type Mended, mend, originalOf, sentOf } from './mending.ts'
import type { Pace } from './pace.ts'
import { backOff, connectionPatience, waitAfter } from './retry.ts'
import type { RunRecord } from './run-record.ts'
import { lookFor } from './settle.ts'
import { inOrder, isSuspect, suspectsLast } from './suspects.ts'
import { firstTry, type Tries } from './tries.ts'

/** A message on its way, with everything its end has to be written down with. */
export interface Parcel extends Outgoing {
  readonly listed: Listed
  readonly key: Key
  readonly dateRule: DateRule
  /** What the ledger knew of it before; undefined where it is new. */
  readonly before: Known | undefined
  /** Set where another form of it is sent than was retrieved. */
  readonly mended?: Mended
}

interface DeliveryPorts {
  readonly destination: Destination
  readonly book: PairLedger
  readonly record: RunRecord
  readonly clock: Clock
  readonly custody: Custody
  readonly desk: Pick<FolderDesk, 'claim'>
  readonly pace: Pace
  readonly allowance: Pick<Allowance, 'sentAgain'>
  /** Repairs that somebody allowed. */
  readonly repair: readonly Repair[]
  /** No message may overtake one of its folder whose end is not known. */
  readonly keepsOrder: boolean
  /** Ends deliveries under way: the hard stop. */
  readonly signal: AbortSignal
}

/** After so many lost connections on one batch it is split; a single message that still breaks them is set aside. */
const lossLimit = 2

/** So many messages in a row that break connections are no coincidence. */
const mostBreakers = 5

/** Delivers the batches of one pair. Throws only errors that end the pair; every parcel is released by then. */
export class Delivery {
  readonly #ports: DeliveryPorts
  readonly #gate = new Gate()
  readonly #headers: HeaderCheck
  /** Below these UIDs of a folder nothing that was sent is unaccounted for: searches start there. */
  readonly #accountedFor = new Map<string, number>()
  /** Batches with answers to look for; only the last of them may raise where searches start. */
  #searching = 0
  /** Messages that were set aside for breaking connections, since one was stored. */
  #breakers = 0
  /** Some answer was lost with its connection: what was sent there may be stored late, so no search may skip it. */
  #mayAppearLate = false

  constructor(ports: DeliveryPorts) {
    this.#ports = ports
    this.#headers = new HeaderCheck(ports)
  }

  /**
   * Intent, append, proof: for all parcels of a batch. One that was on its way when runs died may be what they died of
   * (quirk D18): it travels with nothing else announced, so that the others are not counted as interrupted with it.
   */
  async deliver(open: OpenFolder, parcels: readonly Parcel[]): Promise<void> {
    try {
      for (const some of this.#ports.keepsOrder ? inOrder(parcels) : suspectsLast(parcels)) {
        await this.#bring(open, some, firstTry)
      }
    } finally {
      for (const parcel of parcels) parcel.message.release()
    }
  }

  async #begin({ name, folder }: OpenFolder, parcels: readonly Parcel[]): Promise<void> {
    const { uidValidity, uidNext } = folder
    const { book } = this.#ports
    book.begin(
      parcels.map((parcel) => {
        const { key, listed } = parcel
        const { size, fingerprints } = originalOf(parcel)
        const intent = { key, listedSize: listed.size, size, fingerprints, folder: name, uidValidity, uidNext }
        return { ...intent, sent: sentOf(parcel) }
      }),
    )
    await book.durable()
  }

  /** Appends until every parcel has its end. */
  async #bring(open: OpenFolder, parcels: readonly Parcel[], { attempt, losses, isBegun }: Tries): Promise<void> {
    const { destination, signal, pace, allowance } = this.#ports
    if (isBegun || parcels.some(({ mended }) => mended)) allowance.sentAgain(bytesOf(parcels))
    await pace.pass(bytesOf(parcels), parcels.length, signal)
    const how = parcels.some(isSuspect) ? 'alone' : 'share'
    const sorted = await this.#gate[how](async () => {
      if (!isBegun) await this.#begin(open, parcels)
      const appended = await destination.append(open.folder, parcels, signal)
      const placed = await this.#settlePlaced(open, parcels, appended)
      const answers = sort(parcels, appended)
      // Counted before anybody else can be alone: see #settleLost.
      if (answers.lost.length > 0) this.#searching += 1
      return { ...answers, placed }
    })
    await this.#headers.look(open.folder, sorted.placed)
    // In this order: a refusal may end the pair, and what was stored shall be known by then.
    const missing = await this.#settleLost(open, sorted.lost)
    const putOff = await this.#settleRefused(open, sorted.refused)
    const waiting = new Set([...missing, ...parcelsOf(putOff), ...parcelsOf(sorted.unsent)])
    const left = new Set([...waiting, ...sorted.held])
    // In the order they came.
    const again = parcels.filter((parcel) => left.has(parcel))
    if (again.length === 0) return
    // Whatever they were held back for has its end.
    if (waiting.size === 0) return this.#bring(open, again, { ...firstTry, isBegun: true })
    const error = (putOff[0] ?? sorted.unsent[0] ?? sorted.lost.find(({ error }) => error))?.error ?? lostError()
    if (missing.length > 0 && losses + 1 >= lossLimit) return this.#divide(open, again, this.#breaking(again, error))
    const isSlower = again.length === parcels.length
    await this.#waitBefore(isSlower ? attempt : 1, error)
    const tries = { attempt: isSlower ? attempt + 1 : 1, losses: losses + (missing.length > 0 ? 1 : 0), isBegun: true }
    await this.#bring(open, again, tries)
  }

  #breaking(parcels: readonly Parcel[], error: MailhaulError): MailhaulError {
    if (parcels.length === 1) this.#breakers += 1
    if (this.#breakers > mostBreakers) throw breaksAlways(error)
    return breaksConnections(error)
  }

  async #settlePlaced(
    open: OpenFolder,
    parcels: readonly Parcel[],
    answers: readonly Appended[],
  ): Promise<readonly JustPlaced[]> {
    const placed = parcels.flatMap((parcel, at) => {
      const answer = answers[at]
      return answer?.kind === 'placed' && answer.uid !== undefined ? [{ parcel, uid: answer.uid, answer }] : []
    })
    await this.#settle(
      placed.map(({ parcel, uid, answer }) => {
        return this.#end(parcel, 'copied', { open, uid, uidValidity: answer.uidValidity ?? open.folder.uidValidity })
      }),
    )
    return placed.map(({ parcel: { message }, uid }) => ({ uid, message }))
  }

  /** Asks the destination about each message whose answer was lost or did not say where; returns those not there. */
  async #settleLost(open: OpenFolder, lost: readonly Troubled[]): Promise<readonly Parcel[]> {
    if (lost.length === 0) return []
    const { destination, clock, signal, record } = this.#ports
    // A server that lost the link may still be storing what it had received: give it a moment.
    if (lost.some(({ error }) => error)) {
      this.#mayAppearLate = true
      await clock.sleep(backOff(1, connectionPatience, clock), signal)
    }
    return this.#gate.alone(async () => {
      this.#searching -= 1
      const isLast = this.#searching === 0
      const folder = await destination.ensure(open.name, signal)
      const { uidValidity } = open.folder
      const uidNext = Math.max(open.folder.uidNext, this.#accountedFor.get(open.name) ?? 0)
      const sought = lost.map(({ parcel: { message } }) => {
        return { size: message.size, fingerprints: message.fingerprints, uidValidity, uidNext }
      })
      const uids = await lookFor(open.name, folder, sought, this.#ports)
      const found = lost.flatMap(({ parcel }, at) => {
        const uid = uids[at]
        return uid === undefined ? [] : [this.#end(parcel, 'copied', { open, uid, uidValidity: folder.uidValidity })]
      })
      await this.#settle(found)
      if (lost.some(({ error }) => error)) record.settledEarlier(found.length, lost.length - found.length)
      if (isLast && !this.#mayAppearLate && found.length === lost.length)
        this.#accountedFor.set(open.name, folder.uidNext)
      const absent = lost.filter((_, at) => uids[at] === undefined)
      const saidStored = absent.filter((one) => one.error === undefined)
      await this.#setAside(
        open,
        saidStored.map((one) => ({ ...one, error: rewritten() })),
      )
      return parcelsOf(absent.filter((one) => one.error))
    })
  }

  /**
   * A refusal reaches one message, or the whole pair; a batch refused as one is halved until the culprit stands alone.
   * Returns those that the server only put off for a moment.
   */
  async #settleRefused(open: OpenFolder, refused: readonly Troubled[]): Promise<readonly Troubled[]> {
    const { false: own = [], true: beyond = [] } = Object.groupBy(refused, (one) => `${isBeyondMessage(one)}`)
    const lasting = beyond.find(({ error }) => error?.retry !== 'now')
    if (lasting?.error) {
      await this.#settle(refused.map(({ parcel, error }) => this.#end(parcel, 'pending', { open, error })))
      throw lasting.error
    }
    const together = own.filter((one) => one.together)
    const alone = together.length > 1 ? own.filter((one) => !one.together) : own
    await this.#setAside(open, alone)
    const error = together[0]?.error
    if (together.length > 1 && error) await this.#divide(open, parcelsOf(together), error)
    return beyond
  }

  async #divide(open: OpenFolder, parcels: readonly Parcel[], error: MailhaulError): Promise<void> {
    if (parcels.length === 1) {
      const troubled = parcels.map((parcel) => ({ parcel, error, together: false }))
      return this.#setAside(open, troubled)
    }
    const middle = Math.ceil(parcels.length / 2)
    await this.#bring(open, parcels.slice(0, middle), { ...firstTry, isBegun: true })
    await this.#bring(open, parcels.slice(middle), { ...firstTry, isBegun: true })
  }

  async #waitBefore(attempt: number, error: MailhaulError): Promise<void> {
    const { clock, signal, record } = this.#ports
    signal.throwIfAborted()
    const delay = waitAfter(error, attempt, true, clock)
    if (delay === undefined) throw causeOf(error)
    record.retrying(error, attempt, delay)
    await clock.sleep(delay, signal)
  }

  /** These did not make it. What goes into the quarantine is there before the ledger says that it is left out. */
  async #setAside(open: OpenFolder, troubled: readonly Troubled[]): Promise<void> {
    const { mended, rest } = await mend(troubled, this.#ports.repair)
    const ends: End[] = []
    for (const { parcel, error } of rest) {
      const kind = refusalOf(error)
      const kept = await this.#ports.custody.keep(open.folder.path, parcel, kind, error)
      ends.push(this.#end(parcel, kind, { open, error, kept }))
    }
    await this.#settle(ends)
    await this.#bringMended(open, mended)
  }

  /** A repaired message may lie there already, where the ledger has been lost: it is looked for before it is sent. */
  async #bringMended(open: OpenFolder, parcels: readonly Parcel[]): Promise<void> {
    const unclaimed: Parcel[] = []
    for (const parcel of parcels) {
      const uid = await this.#ports.desk.claim(open, parcel.message)
      if (uid === undefined) unclaimed.push(parcel)
      else {
        await this.#begin(open, [parcel])
        await this.#settle([this.#end(parcel, 'adopted', { open, uid, uidValidity: open.folder.uidValidity })])
      }
    }
    if (unclaimed.length > 0) await this.#bring(open, unclaimed, firstTry)
  }

  async #settle(ends: readonly End[]): Promise<void> {
    if (ends.length === 0) return
    const { book } = this.#ports
    book.settle(ends.map(({ settlement }) => settlement))
    await book.durable()
    for (const { tell } of ends) tell()
    for (const { parcel, settlement } of ends) {
      if (settlement.state !== 'settled') continue
      this.#breakers = 0
      await this.#ports.custody.arrived(parcel.before, originalOf(parcel).fingerprints)
    }
  }

  #end(parcel: Parcel, kind: OutcomeKind, details: EndDetails): End {
    return endOf(parcel, kind, details, this.#ports.record)
  }
}

function bytesOf(parcels: readonly Parcel[]): number {
  return parcels.reduce((sum, { message: { size } }) => sum + size, 0)
}
