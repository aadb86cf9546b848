// Compares three views of a pair: what the source lists, what the ledger says, what the destination holds.

import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import { leastOf } from '../core/extremes.ts'
import { verdictOf } from '../core/fingerprint.ts'
import { matchContents } from '../core/folder-index.ts'
import type { Key } from '../core/message.ts'
import type { Pair } from '../core/pair.ts'
import type { Digest, Folder, Known, Ledger } from '../core/ports.ts'
import { asSent, type Repair } from '../core/repair.ts'
import { type Forms, type RewritingRule, ruleBetween } from '../core/rewriting.ts'
import type { Ends } from './haul.ts'
import { type SourceCounts, unsettledAt, verifySource } from './verify-source.ts'

/** The verification of one pair: found, moved, missing and sizeDiffers add up to settled. */
export interface Verification {
  readonly pair: string
  /** Rows of the ledger whose place was proven. */
  readonly settled: number
  /** At their place, with the size that was sent, or with another that the server's line ends explain. */
  readonly found: number
  /** Their UID is gone from a folder that is otherwise as it was: moved or deleted by the owner. */
  readonly moved: number
  /** Gone together with their folder, or with its UIDVALIDITY. */
  readonly missing: number
  /** At their place with another size and other content. */
  readonly sizeDiffers: number
  /** How many of the settled messages were sent with which repair: compared with what was sent. */
  readonly repaired: Readonly<Partial<Record<Repair, number>>>
  /** Re-read and compared by content; undefined without `deep`. */
  readonly deep: Readonly<DeepCounts> | undefined
  /** Re-read at the source as far as it still lists them, and compared with what was moved; undefined without `deep`. */
  readonly atSource: SourceCounts | undefined
  /** Listed by the source but not settled; what was left out on purpose is not counted. */
  readonly notSettled: number
  /** Listed without a name of their own, so that only reading them (`deep`) tells whether they are settled. */
  readonly nameless: number
  readonly problems: readonly Problem[]
  readonly error: MailhaulError | undefined
}

interface DeepCounts {
  identical: number
  canonicalEqual: number
  /** How many of these each rule explains, for those that the source still has to be compared with. */
  rules: Partial<Record<RewritingRule, number>>
  different: number
  missing: number
}

interface Problem {
  readonly key: Key | undefined
  readonly size: number
  readonly text: string
}

/** What verifying works with; the ledger is only read. */
export interface VerifyPorts extends Ends {
  readonly ledger: Pick<Ledger, 'read'>
  readonly stop: AbortSignal
}

/** Verifies one pair; `deep` re-reads every settled message at both ends. Never throws. */
export async function verify(pair: Pair, ports: VerifyPorts, deep: boolean): Promise<Verification> {
  const count = { found: 0, moved: 0, missing: 0, sizeDiffers: 0 }
  const deepCounts = deep ? { identical: 0, canonicalEqual: 0, rules: {}, different: 0, missing: 0 } : undefined
  const tally: Tally = { count, deep: deepCounts, problems: [], forms: new Map() }
  const result = { pair: pair.name, deep: deepCounts, problems: tally.problems }
  try {
    const known = ports.ledger.read(pair.name).known()
    const rows = [...known.values()].filter(({ state }) => state === 'settled')
    const { listing, read } = await lookAtSource(ports, known, deep)
    const unsettled = unsettledAt(listing, known, read)
    for (const problem of unsettled.problems.concat(read?.problems ?? [])) tally.problems.push(problem)
    if (read) tally.forms = read.forms
    for (const [path, inFolder] of Map.groupBy(rows, ({ placed }) => placed?.folder ?? '')) {
      const folder = await ports.destination.find(path, ports.stop)
      await verifyFolder(path, folder, inFolder, ports, tally)
    }
    const atSource = read?.counts
    const { nameless, problems } = unsettled
    const repaired = repairsIn(rows)
    return {
      ...result,
      ...count,
      repaired,
      atSource,
      settled: rows.length,
      nameless,
      notSettled: problems.length,
      error: undefined,
    }
  } catch (thrown) {
    const error = asMailhaulError(thrown)
    return { ...result, ...count, repaired: {}, atSource: undefined, settled: 0, nameless: 0, notSettled: 0, error }
  } finally {
    await ports.destination.close()
  }
}

function repairsIn(rows: readonly Known[]): Partial<Record<Repair, number>> {
  const counts: Partial<Record<Repair, number>> = {}
  for (const { sent } of rows) for (const repair of sent?.repairs ?? []) counts[repair] = (counts[repair] ?? 0) + 1
  return counts
}

interface Tally {
  readonly count: { found: number; moved: number; missing: number; sizeDiffers: number }
  readonly deep: DeepCounts | undefined
  readonly problems: Problem[]
  /** Of the messages as the source serves them. */
  forms: ReadonlyMap<Key, Forms>
}

/** Lists the source and, where asked, reads it. After reading, the session is dropped: QUIT could consume (quirk A47). */
async function lookAtSource({ source, stop }: VerifyPorts, known: ReadonlyMap<Key, Known>, deep: boolean) {
  const session = await source.open(stop)
  try {
    const listing = await session.list(stop)
    const read = deep ? await verifySource(session, listing, known, stop) : undefined
    if (!deep) await session.close(stop)
    return { listing, read }
  } finally {
    session.abandon()
  }
}

async function verifyFolder(
  path: string,
  folder: Folder | undefined,
  rows: readonly Known[],
  ports: VerifyPorts,
  tally: Tally,
): Promise<void> {
  if (folder === undefined) {
    for (const row of rows) report(row, `${path} does not exist`, tally, 'missing')
    return
  }
  const valid = new Map<number, Known>()
  const renumbered: Known[] = []
  for (const row of rows) {
    if (row.placed?.uidValidity === folder.uidValidity) valid.set(row.placed.uid, row)
    else renumbered.push(row)
  }
  if (valid.size > 0) await verifyPlaces(folder, valid, ports, tally)
  if (renumbered.length > 0) await verifyContents(folder, renumbered, ports, tally)
}

/** Looks for messages at the UIDs where they were put. */
async function verifyPlaces(
  folder: Folder,
  rows: ReadonlyMap<number, Known>,
  { destination, stop }: VerifyPorts,
  tally: Tally,
): Promise<void> {
  const { count } = tally
  const suspects = new Set<number>()
  const there: number[] = []
  for await (const { uid, size } of destination.sizes(folder, leastOf(rows.keys()) ?? 1, stop)) {
    const row = rows.get(uid)
    if (row === undefined) continue
    there.push(uid)
    const sent = asSent(row).size
    if (sent !== undefined && sent !== size) suspects.add(uid)
  }
  const present = new Set(there)
  for (const [uid, row] of rows)
    if (!present.has(uid)) report(row, `gone from ${folder.path}, UID ${uid}`, tally, 'moved')
  count.found += there.length - suspects.size
  const toRead = tally.deep ? there : [...suspects]
  if (toRead.length === 0) return
  const unread = new Set(toRead)
  for await (const digest of destination.digests(folder, toRead, stop, tally.deep !== undefined)) {
    unread.delete(digest.uid)
    const row = rows.get(digest.uid)
    if (row) judge(row, digest, suspects.has(digest.uid), folder.path, tally)
  }
  // Gone between looking and reading.
  for (const uid of unread) {
    if (tally.deep) tally.deep.missing += 1
    if (suspects.has(uid)) count.moved += 1
  }
}

/** Where UIDVALIDITY has changed the UIDs mean nothing: the messages are looked for by their bytes (quirk B05). */
async function verifyContents(
  folder: Folder,
  rows: readonly Known[],
  { destination, stop }: VerifyPorts,
  tally: Tally,
): Promise<void> {
  const uids: number[] = []
  for await (const { uid } of destination.sizes(folder, 1, stop)) uids.push(uid)
  const digests = new Map<number, Digest>()
  for await (const digest of destination.digests(folder, uids, stop, tally.deep !== undefined))
    digests.set(digest.uid, digest)
  const prints = rows.flatMap((row) => {
    const { fingerprints } = asSent(row)
    return fingerprints ? [{ row, fingerprints }] : []
  })
  const matched = matchContents(
    prints.map(({ fingerprints }) => fingerprints),
    [...digests.values()],
  )
  const uidOf = new Map(prints.map(({ row }, at) => [row, matched[at]]))
  rows.forEach((row) => {
    const uid = uidOf.get(row)
    const digest = uid === undefined ? undefined : digests.get(uid)
    if (digest) judge(row, digest, true, folder.path, tally)
    else report(row, `not found in ${folder.path}, which was made anew (its UIDVALIDITY changed)`, tally, 'missing')
  })
}

/** Compares what was re-read with what was sent; a folded line end explains another size, other content does not. */
function judge(row: Known, digest: Digest, isSuspect: boolean, path: string, tally: Tally): void {
  const sent = asSent(row).fingerprints
  const verdict = sent ? verdictOf(sent, digest.fingerprints) : 'different'
  if (tally.deep) {
    const kinds = { identical: 'identical', 'canonical-equal': 'canonicalEqual', different: 'different' } as const
    tally.deep[kinds[verdict]] += 1
    // The forms are those of the message at the source: of a repaired one they say nothing.
    const isComparable = verdict === 'canonical-equal' && row.sent === undefined
    const rule = isComparable ? ruleBetween(tally.forms.get(row.key), digest.forms) : undefined
    if (rule) tally.deep.rules[rule] = (tally.deep.rules[rule] ?? 0) + 1
  }
  if (isSuspect && verdict !== 'different') tally.count.found += 1
  const text = `${path}, UID ${digest.uid}: other bytes than were sent`
  if (verdict !== 'different') return
  if (isSuspect) report(row, text, tally, 'sizeDiffers')
  else tally.problems.push({ key: row.key, size: digest.size, text })
}

function report(row: Known, text: string, tally: Tally, kind: keyof Tally['count']): void {
  tally.count[kind] += 1
  tally.problems.push({ key: row.key, size: row.size ?? row.listedSize, text })
}
