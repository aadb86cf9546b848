// Decides which messages go into the quarantine, where the configuration names one, and which have left it.
import type { MailhaulError } from '../core/errors.ts'
import type { Fingerprint, Fingerprints } from '../core/message.ts'
import type { OutcomeKind } from '../core/outcome.ts'
import { attemptLimit } from '../core/plan.ts'
import type { Known } from '../core/ports.ts'
import type { Quarantine } from '../core/quarantine.ts'
import type { Parcel } from './delivery.ts'
import { originalOf } from './mending.ts'
import type { RunRecord } from './run-record.ts'

interface CustodyParts {
  readonly pair: string
  readonly quarantine: Quarantine | undefined
  readonly record: RunRecord
}

/** The quarantine as one pair sees it. */
export class Custody {
  readonly #parts: CustodyParts

  constructor(parts: CustodyParts) {
    this.#parts = parts
  }

  /** Keeps a message that will not be tried again unasked; returns where, or undefined where it is not to be kept. */
  async keep(
    folder: string,
    parcel: Parcel,
    kind: OutcomeKind,
    error: MailhaulError | undefined,
  ): Promise<string | undefined> {
    const { pair, quarantine } = this.#parts
    const attempts = (parcel.before?.attempts ?? 0) + 1
    const isForGood = error?.retry === 'never' || (kind === 'failed' && attempts >= attemptLimit)
    if (quarantine === undefined || !isForGood) return undefined
    const { key } = parcel
    const { code, message: reason, hint } = error ?? {}
    return quarantine.keep(originalOf(parcel), { pair, key, folder, outcome: kind, code, reason, hint, attempts })
  }

  /** The message has its proven place: what was kept of it is of no use any more. */
  async arrived(before: Known | undefined, { exact }: Fingerprints): Promise<void> {
    if (before === undefined || before.state === 'settled') return
    await this.release([exact])
  }

  /** Removes what may be kept of these. That a file cannot be removed is worth a warning, but no reason to stop. */
  async release(prints: readonly Fingerprint[]): Promise<void> {
    const { pair, quarantine, record } = this.#parts
    if (quarantine === undefined) return
    for (const exact of prints) {
      await quarantine.release(pair, exact).catch((thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown)
        record.warn(`A message has arrived, but its copy in the quarantine could not be removed. ${why}`)
      })
    }
  }
}
