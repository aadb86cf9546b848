// Tells whether names that look like message numbers are names at all, by reading one message that is known (quirk A21).
import { verdictOf } from '../core/fingerprint.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Known, Listing, SourceSession } from '../core/ports.ts'
import { HashingSpool } from './hashing-spool.ts'

const worthless =
  'The unique-ids of this server are mere message numbers, which change owners: messages are recognised by content.'

/**
 * The listing, with its names taken away where they are worth nothing. There are servers whose unique-ids are the
 * message numbers of the moment: once a message is removed, the others inherit names, and where sizes are equal a new
 * message would pass for one that is settled. Others merely count from 1 and mean it. What tells them apart is the last
 * settled message: every removal before it has moved another one into its place.
 */
export async function withoutVoidNames(
  session: SourceSession,
  listing: Listing,
  known: ReadonlyMap<Key, Known>,
  signal: AbortSignal,
): Promise<Listing> {
  const last = lastSettled(listing, known)
  if (last === undefined || !areNumbers(listing.messages)) return listing
  for await (const fetched of session.fetch([last.listed], new HashingSpool(), signal)) {
    if (fetched.kind === 'failed' && fetched.error.scope !== 'message') throw fetched.error
    if (fetched.kind !== 'message') return listing
    fetched.message.release()
    const { fingerprints } = last.row
    if (fingerprints && verdictOf(fingerprints, fetched.message.fingerprints) !== 'different') return listing
  }
  const messages = listing.messages.map((listed) => ({ ...listed, key: undefined }))
  return { messages, notes: [...listing.notes, worthless] }
}

/** Whether all names are the message numbers of this session. */
export function areNumbers(messages: readonly Listed[]): boolean {
  return messages.every(({ key, number }) => key === String(number))
}

/** Whether each of these is, byte for byte, the message that the ledger knows by its name. Reads them all. */
export async function areThemselves(
  session: SourceSession,
  messages: readonly Listed[],
  known: ReadonlyMap<Key, Known>,
  signal: AbortSignal,
): Promise<boolean> {
  let same = 0
  for await (const fetched of session.fetch(messages, new HashingSpool(), signal)) {
    if (fetched.kind !== 'message') return false
    fetched.message.release()
    const { key } = fetched.listed
    const exact = key === undefined ? undefined : known.get(key)?.fingerprints?.exact
    if (exact !== fetched.message.fingerprints.exact) return false
    same += 1
  }
  return same === messages.length
}

function lastSettled(
  { messages }: Listing,
  known: ReadonlyMap<Key, Known>,
): { listed: Listed; row: Known } | undefined {
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const listed = messages[at]
    const row = listed?.key === undefined ? undefined : known.get(listed.key)
    // One with another size, or that was gone meanwhile, is fetched and compared anyway.
    if (listed && row?.state === 'settled' && row.listedSize === listed.size) return { listed, row }
  }
  return undefined
}
