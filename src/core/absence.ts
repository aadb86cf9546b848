// Which messages the source has stopped listing: their names are free for others from then on (RFC 1939 §7, quirk A21).
import { isDerivedKey } from './fingerprint.ts'
import type { Key } from './message.ts'
import type { Names } from './names.ts'
import type { Known } from './ports.ts'

/**
 * Keys of rows that are not listed any more, though mailhaul did not remove the message, and not marked so yet. A row
 * that was recognised under another name in this pass is not one of them, nor is one that has no name of the source's.
 */
export function newlyAbsent(
  known: ReadonlyMap<Key, Known>,
  listed: Pick<ReadonlyMap<Key, unknown>, 'has'>,
  names: Names,
): readonly Key[] {
  const absent: Key[] = []
  for (const row of known.values()) {
    const { key, state, removal, absentSince } = row
    if (listed.has(key) || state === 'begun' || removal !== 'none' || absentSince !== undefined) continue
    if (!isDerivedKey(key) && names.holderOf(key) === row) absent.push(key)
  }
  return absent
}

/** Whether a row's name was free for another message meanwhile, so that only the bytes can tell whose it is now. */
export function hasReturned({ removal, absentSince }: Pick<Known, 'removal' | 'absentSince'>): boolean {
  return removal !== 'none' || absentSince !== undefined
}
