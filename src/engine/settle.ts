// Finds out what became of appends whose answer was lost, by asking the destination: never by trying again.
import { leastOf } from '../core/extremes.ts'
import { matchContents } from '../core/folder-index.ts'
import type { Fingerprint, Fingerprints } from '../core/message.ts'
import type { Destination, Digest, Folder, Intent, PairLedger, Settlement } from '../core/ports.ts'
import { asSent } from '../core/repair.ts'

/** What was sent, and from which UID on it must lie if it arrived. */
export interface Lost {
  readonly size: number
  readonly fingerprints: Fingerprints
  readonly uidValidity: number
  readonly uidNext: number
}

interface SettlePorts {
  readonly destination: Destination
  readonly book: PairLedger
  readonly signal: AbortSignal
}

/**
 * Looks for lost messages in one folder, given by the name it was announced with: the UID of each, or undefined where it did not arrive. Only UIDs from the
 * saved UIDNEXT on that the ledger has bound to nobody are candidates; the bytes decide. Where UIDVALIDITY has
 * changed since, no saved UID means anything and the whole folder is searched (quirk B05).
 */
export async function lookFor(
  name: string,
  folder: Folder,
  lost: readonly Lost[],
  { destination, book, signal }: SettlePorts,
): Promise<readonly (number | undefined)[]> {
  const from = leastOf(lost.map((one) => (one.uidValidity === folder.uidValidity ? one.uidNext : 1))) ?? 1
  const bound = book.bound(destination.account, folder.path, folder.uidValidity)
  const candidates: number[] = []
  for await (const { uid, size } of destination.sizes(folder, from, signal)) {
    if (!bound.has(uid) && lost.some((one) => couldBecome(one.size, size))) candidates.push(uid)
  }
  const digests: Digest[] = []
  if (candidates.length > 0) {
    for await (const digest of destination.digests(folder, candidates, signal)) digests.push(digest)
  }
  const sought = lost.map(({ fingerprints }) => fingerprints)
  return matchContents(sought, digests, othersIn(name, sought, book))
}

/** The exact bytes of all else that was announced for this folder and has no end yet: it may have arrived as well. */
function othersIn(name: string, sought: readonly Fingerprints[], book: PairLedger): Fingerprint[] {
  const open = Map.groupBy(
    book.unsettled().filter(({ folder }) => folder === name),
    (intent) => asSent(intent).fingerprints.exact,
  )
  for (const { exact } of sought) open.get(exact)?.pop()
  return [...open].flatMap(([exact, intents]) => intents.map(() => exact))
}

/** A server may fold line ends: at most every octet is a bare LF that grows, or a CR that goes. */
function couldBecome(sent: number, stored: number): boolean {
  return stored >= sent / 2 && stored <= sent * 2 + 2
}

/** What became of appends that had no answer. */
export interface Leftovers {
  /** The messages that had arrived. */
  readonly found: readonly Fingerprint[]
  /** How many had not. */
  readonly missing: number
}

/**
 * Settles what earlier runs left open, before anything else is done. Found messages are adopted; the others are free
 * to be fetched and appended again.
 */
export async function settleLeftovers(ports: SettlePorts): Promise<Leftovers> {
  const byFolder = Map.groupBy(ports.book.unsettled(), (intent) => intent.folder)
  const found: Fingerprint[] = []
  let missing = 0
  for (const [name, intents] of byFolder) {
    const folder = await ports.destination.find(name, ports.signal)
    const uids = folder ? await lookFor(name, folder, intents.map(soughtOf), ports) : []
    const settlements = intents.map((intent, at) => settlementOf(intent, folder, uids[at]))
    ports.book.settle(settlements)
    for (const { state, fingerprints } of settlements) {
      if (state === 'settled' && fingerprints) found.push(fingerprints.exact)
      else missing += 1
    }
  }
  return { found, missing }
}

function soughtOf(intent: Intent): Lost {
  const { uidValidity, uidNext } = intent
  return { ...asSent(intent), uidValidity, uidNext }
}

function settlementOf(intent: Intent, folder: Folder | undefined, uid: number | undefined): Settlement {
  const { key, listedSize, size, fingerprints } = intent
  if (folder === undefined || uid === undefined) return { key, listedSize, state: 'failed', outcome: 'pending' }
  const placed = { folder: folder.path, uidValidity: folder.uidValidity, uid }
  return { key, listedSize, size, fingerprints, state: 'settled', outcome: 'adopted', placed }
}
