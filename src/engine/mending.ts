// Repairs messages that the destination has refused as they are, where somebody allowed just that repair.
import type { Message } from '../core/message.ts'
import type { Repair } from '../core/repair.ts'
import { repaired, repairFor } from '../core/repair.ts'
import type { Troubled } from './answers.ts'
import type { Parcel } from './delivery.ts'

/** What a parcel carries that has been repaired: its `message` is what is sent. */
export interface Mended {
  /** The message as it was retrieved: the one that the ledger knows it by. */
  readonly original: Message
  readonly repairs: readonly Repair[]
}

/** The message as it was retrieved. */
export function originalOf({ message, mended }: Parcel): Message {
  return mended?.original ?? message
}

/** What the ledger has to be told of what is sent in its place. */
export function sentOf({ message: { size, fingerprints }, mended }: Parcel) {
  return mended === undefined ? undefined : { size, fingerprints, repairs: mended.repairs }
}

/** Why an outcome is not the ordinary one, by name. */
export function repairNote({ mended }: Parcel): string | undefined {
  return mended === undefined ? undefined : `sent with repairs that were allowed: ${mended.repairs.join(', ')}`
}

/** Each parcel with one repair more, if its refusal allows that; the others as they are. */
export async function mend(
  troubled: readonly Troubled[],
  allowed: readonly Repair[],
): Promise<{ readonly mended: readonly Parcel[]; readonly rest: readonly Troubled[] }> {
  const mended: Parcel[] = []
  const rest: Troubled[] = []
  for (const one of troubled) {
    const { parcel, error } = one
    const made = parcel.mended?.repairs ?? []
    const repair = repairFor(error?.code, allowed, made)
    if (repair === undefined) {
      rest.push(one)
      continue
    }
    const original = originalOf(parcel)
    const repairs = [...made, repair]
    mended.push({ ...parcel, message: await repaired(original, repairs), mended: { original, repairs } })
  }
  return { mended, rest }
}
