// The end of a message that was on its way: as the ledger writes it down, and as reports tell it.
import type { MailhaulError } from '../core/errors.ts'
import { type OutcomeKind, outcomeOf } from '../core/outcome.ts'
import type { Settlement } from '../core/ports.ts'
import type { Parcel } from './delivery.ts'
import type { OpenFolder } from './folder-desk.ts'
import { originalOf, repairNote } from './mending.ts'
import type { RunRecord } from './run-record.ts'

/** How a parcel ended: with a place, with an error, or simply not reached. */
export interface EndDetails {
  readonly open: OpenFolder
  readonly uid?: number
  readonly uidValidity?: number
  readonly error?: MailhaulError | undefined
  readonly kept?: string | undefined
}

/** What is written down of it, and told once it is. */
export interface End {
  readonly parcel: Parcel
  readonly settlement: Settlement
  readonly tell: () => void
}

/** The end of a parcel: settled where its place is proven, left out where it is refused for good, else to be tried again. */
export function endOf(
  parcel: Parcel,
  kind: OutcomeKind,
  { open, uid, uidValidity, error, kept }: EndDetails,
  record: RunRecord,
): End {
  const { key, listed, dateRule, internalDate } = parcel
  const message = originalOf(parcel)
  const placed =
    uid !== undefined && uidValidity !== undefined ? { folder: open.folder.path, uidValidity, uid } : undefined
  const reason = error?.message ?? repairNote(parcel)
  const isFinal = error?.retry === 'never' && error.scope === 'message'
  const state = placed ? 'settled' : isFinal ? 'left-out' : 'failed'
  return {
    parcel,
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
        kept,
      }
      if (placed && parcel.mended) record.figures.repaired(parcel.mended.repairs)
      record.outcome(listed, outcomeOf(kind, { key, size: message.size }, more), internalDate)
    },
  }
}
