// Brings batches to their folder and does not let go of a message before its end is known and written down.
import { MailhaulError } from '../core/errors.ts'
import type { Key, Listed } from '../core/message.ts'
import { type DateRule, type OutcomeKind, outcomeOf } from '../core/outcome.ts'
import type { Appended, Clock, Destination, Outgoing, PairLedger, Settlement } from '../core/ports.ts'
import type { OpenFolder } from './folder-desk.ts'
import { Gate } from './gate.ts'
import { backOff, connectionPatience } from './retry.ts'
import type { RunRecord } from './run-record.ts'
import { lookFor } from './settle.ts'

/** A message on its way, with everything its end has to be written down with. */
export interface Parcel extends Outgoing {
  readonly listed: Listed
  readonly key: Key
  readonly dateRule: DateRule
}

interface DeliveryPorts {
  readonly destination: Destination
  readonly book: PairLedger
  readonly record: RunRecord
  readonly clock: Clock
  /** Ends deliveries under way: the hard stop. */
  readonly signal: AbortSignal
}

/** After so many lost connections on one batch it is split; a single message that still breaks them is set aside. */
const lossLimit = 2

/** Delivers the batches of one pair. Throws only errors that end the pair; every parcel is released by then. */
export class Delivery {
  readonly #ports: DeliveryPorts
  readonly #gate = new Gate()
  /** Below these UIDs of a folder nothing that was sent is unaccounted for: searches start there. */
  readonly #accountedFor = new Map<string, number>()
  /** Batches with answers to look for; only the last of them may raise where searches start. */
  #searching = 0
  /** Some answer was lost with its connection: what was sent there may be stored late, so no search may skip it. */
  #mayAppearLate = false

  constructor(ports: DeliveryPorts) {
    this.#ports = ports
  }

  /** Intent, append, proof: for all parcels of a batch. */
  async deliver(open: OpenFolder, parcels: readonly Parcel[]): Promise<void> {
    try {
      this.#begin(open, parcels)
      await this.#bring(open, parcels, 1, 0)
    } finally {
      for (const parcel of parcels) parcel.message.release()
    }
  }

  #begin({ name, folder }: OpenFolder, parcels: readonly Parcel[]): void {
    const { uidValidity, uidNext } = folder
    this.#ports.book.begin(
      parcels.map(({ key, listed, message: { size, fingerprints } }) => {
        return { key, listedSize: listed.size, size, fingerprints, folder: name, uidValidity, uidNext }
      }),
    )
  }

  /** Appends until every parcel has its end. `attempt` counts tries in a row, `losses` answers lost on this batch. */
  async #bring(open: OpenFolder, parcels: readonly Parcel[], attempt: number, losses: number): Promise<void> {
    const { destination, signal } = this.#ports
    const sorted = await this.#gate.share(async () => {
      const appended = await destination.append(open.folder, parcels, signal)
      this.#settlePlaced(open, parcels, appended)
      const answers = sort(parcels, appended)
      // Counted before anybody else can be alone: see #settleLost.
      if (answers.lost.length > 0) this.#searching += 1
      return answers
    })
    await this.#settleRefused(open, sorted.refused)
    const missing = await this.#settleLost(open, sorted.lost)
    const again = [...missing, ...sorted.unsent.map(({ parcel }) => parcel)]
    if (again.length === 0) return
    const error = (sorted.unsent[0] ?? sorted.lost.find(({ error }) => error))?.error ?? lostError()
    if (missing.length > 0 && losses + 1 >= lossLimit) return this.#divide(open, again, error)
    await this.#waitBefore(attempt, error)
    await this.#bring(open, again, attempt + 1, losses + (missing.length > 0 ? 1 : 0))
  }

  #settlePlaced(open: OpenFolder, parcels: readonly Parcel[], answers: readonly Appended[]): void {
    const placed = parcels.flatMap((parcel, at) => {
      const answer = answers[at]
      return answer?.kind === 'placed' && answer.uid !== undefined ? [{ parcel, uid: answer.uid, answer }] : []
    })
    this.#settle(
      placed.map(({ parcel, uid, answer }) => {
        return this.#end(parcel, 'copied', { open, uid, uidValidity: answer.uidValidity ?? open.folder.uidValidity })
      }),
    )
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
      const uids = await lookFor(folder, sought, this.#ports)
      const found = lost.flatMap(({ parcel }, at) => {
        const uid = uids[at]
        return uid === undefined ? [] : [this.#end(parcel, 'copied', { open, uid, uidValidity: folder.uidValidity })]
      })
      this.#settle(found)
      if (lost.some(({ error }) => error)) record.settledEarlier(found.length, lost.length - found.length)
      if (isLast && !this.#mayAppearLate && found.length === lost.length)
        this.#accountedFor.set(open.name, folder.uidNext)
      const absent = lost.filter((_, at) => uids[at] === undefined)
      const error = rewritten()
      const saidStored = parcelsOf(absent.filter((one) => one.error === undefined))
      this.#settle(saidStored.map((parcel) => this.#end(parcel, 'failed', { open, error })))
      return parcelsOf(absent.filter((one) => one.error))
    })
  }

  /** A refusal reaches one message, or the whole pair; a batch refused as one is halved until the culprit stands alone. */
  async #settleRefused(open: OpenFolder, refused: readonly Troubled[]): Promise<void> {
    const first = refused[0]
    if (first?.error === undefined) return
    const beyond = refused.find(({ error }) => error && error.scope !== 'message')
    if (beyond?.error) {
      this.#settle(refused.map(({ parcel, error }) => this.#end(parcel, 'pending', { open, error })))
      throw beyond.error
    }
    const together = refused.filter((one) => one.together)
    const alone = together.length > 1 ? refused.filter((one) => !one.together) : refused
    this.#settle(alone.map(({ parcel, error }) => this.#end(parcel, refusalOf(error), { open, error })))
    const error = together[0]?.error
    if (together.length > 1 && error) await this.#divide(open, parcelsOf(together), error)
  }

  async #divide(open: OpenFolder, parcels: readonly Parcel[], error: MailhaulError): Promise<void> {
    if (parcels.length === 1) {
      this.#settle(parcels.map((parcel) => this.#end(parcel, 'failed', { open, error })))
      return
    }
    const middle = Math.ceil(parcels.length / 2)
    await this.#bring(open, parcels.slice(0, middle), 1, 0)
    await this.#bring(open, parcels.slice(middle), 1, 0)
  }

  async #waitBefore(attempt: number, error: MailhaulError): Promise<void> {
    const { clock, signal, record } = this.#ports
    signal.throwIfAborted()
    if (error.retry !== 'now' || attempt >= connectionPatience.tries) throw error
    const delay = backOff(attempt, connectionPatience, clock)
    record.retrying(error, attempt, delay)
    await clock.sleep(delay, signal)
  }

  #settle(ends: readonly End[]): void {
    if (ends.length === 0) return
    this.#ports.book.settle(ends.map(({ settlement }) => settlement))
    for (const { tell } of ends) tell()
  }

  #end(parcel: Parcel, kind: OutcomeKind, { open, uid, uidValidity, error }: EndDetails): End {
    const { key, listed, message, dateRule } = parcel
    const placed =
      uid !== undefined && uidValidity !== undefined ? { folder: open.folder.path, uidValidity, uid } : undefined
    const reason = error?.message
    const isFinal = error?.retry === 'never' && error.scope === 'message'
    const state = placed ? 'settled' : isFinal ? 'left-out' : 'failed'
    return {
      settlement: {
        key,
        listedSize: listed.size,
        size: message.size,
        fingerprints: message.fingerprints,
        state,
        outcome: kind,
        ...(placed ? { placed } : {}),
        ...(reason ? { reason } : {}),
      },
      tell: () => {
        const more = {
          placed,
          reason,
          code: error?.code,
          folder: open.folder.path,
          dateRule: placed ? dateRule : undefined,
        }
        this.#ports.record.outcome(listed, outcomeOf(kind, { key, size: message.size }, more))
      },
    }
  }
}

interface EndDetails {
  readonly open: OpenFolder
  readonly uid?: number
  readonly uidValidity?: number
  readonly error?: MailhaulError | undefined
}

interface End {
  readonly settlement: Settlement
  readonly tell: () => void
}

interface Troubled {
  readonly parcel: Parcel
  readonly error: MailhaulError | undefined
  readonly together: boolean
}

function sort(parcels: readonly Parcel[], answers: readonly Appended[]) {
  const refused: Troubled[] = []
  const lost: Troubled[] = []
  const unsent: Troubled[] = []
  parcels.forEach((parcel, at) => {
    const answer = answers[at]
    if (answer === undefined) lost.push({ parcel, error: lostError(), together: false })
    else if (answer.kind === 'refused') refused.push({ parcel, error: answer.error, together: answer.together })
    else if (answer.kind === 'unsent') unsent.push({ parcel, error: answer.error, together: false })
    else if (answer.kind === 'unknown') lost.push({ parcel, error: answer.error, together: false })
    else if (answer.kind === 'placed' && answer.uid === undefined)
      lost.push({ parcel, error: undefined, together: false })
  })
  return { refused, lost, unsent }
}

function parcelsOf(troubled: readonly Troubled[]): readonly Parcel[] {
  return troubled.map(({ parcel }) => parcel)
}

function refusalOf(error: MailhaulError | undefined): OutcomeKind {
  if (error?.code === 'too-big') return 'too-big'
  return error?.retry === 'never' ? 'rejected' : 'failed'
}

/** Said to be stored, and not to be found: sending it again could go on for ever (quirk B17). */
function rewritten(): MailhaulError {
  return new MailhaulError({
    code: 'append-unknown',
    scope: 'message',
    retry: 'never',
    message: 'The destination says that it stored the message, but nothing there has its bytes: it may rewrite mail.',
    hint: 'Look for it at the destination; mailhaul sync --retry-failed sends it once more.',
  })
}

function lostError(): MailhaulError {
  return new MailhaulError({
    code: 'append-unknown',
    scope: 'pair',
    retry: 'now',
    message: 'The destination did not say whether it stored a message.',
  })
}
