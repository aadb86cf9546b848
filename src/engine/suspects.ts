// Sets apart messages that were on their way when runs died: such a one may be what they died of (quirk D18).
import { aloneAfter } from '../core/plan.ts'
import type { Known } from '../core/ports.ts'

interface Remembered {
  readonly before: Known | undefined
}

/** Whether it travels with nothing else announced. */
export function isSuspect({ before }: Remembered): boolean {
  return (before?.interrupted ?? 0) >= aloneAfter
}

/** All others together, then each suspect alone. */
export function suspectsLast<T extends Remembered>(parcels: readonly T[]): readonly (readonly T[])[] {
  const { false: others = [], true: suspects = [] } = Object.groupBy(parcels, (parcel) => `${isSuspect(parcel)}`)
  return [...(others.length > 0 ? [others] : []), ...suspects.map((suspect) => [suspect])]
}

/** Suspects where they stand, each alone. */
export function inOrder<T extends Remembered>(parcels: readonly T[]): readonly (readonly T[])[] {
  const groups: T[][] = []
  for (const [at, parcel] of parcels.entries()) {
    const before = parcels[at - 1]
    const isApart = before === undefined || isSuspect(parcel) || isSuspect(before)
    if (isApart) groups.push([parcel])
    else groups.at(-1)?.push(parcel)
  }
  return groups
}
