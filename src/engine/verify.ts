// Compares three views of a pair: what the source lists, what the ledger says, what the destination holds.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import { verdictOf } from '../core/fingerprint.ts'
import type { Key } from '../core/message.ts'
import type { Amount } from '../core/outcome.ts'
import type { Pair } from '../core/pair.ts'
import type { Destination, Folder, Known, Ledger, Listing } from '../core/ports.ts'
import type { Ends } from './haul.ts'

/** What a problem of one message is called. */
export type VerifyProblem = 'not-settled' | 'missing' | 'different'

/** The result of verifying one pair. */
export interface Verification {
  readonly pair: string
  readonly listed: Amount
  /** Settled rows of the ledger, and how many of them are at the destination where they were put. */
  readonly settled: number
  readonly found: number
  /** Re-read and compared by content; undefined without `deep`. */
  readonly verdicts:
    | { readonly identical: number; readonly 'canonical-equal': number; readonly different: number }
    | undefined
  readonly problems: readonly {
    readonly problem: VerifyProblem
    readonly key: Key | undefined
    readonly size: number
    readonly where: string
  }[]
  readonly notes: readonly string[]
  readonly error: MailhaulError | undefined
}

/** What verifying works with; the ledger is only read. */
export interface VerifyPorts extends Ends {
  readonly ledger: Pick<Ledger, 'read'>
  readonly stop: AbortSignal
}

type Problem = Verification['problems'][number]
type Verdicts = { identical: number; 'canonical-equal': number; different: number }

/** Verifies one pair; `deep` re-reads every settled message at the destination. Never throws. */
export async function verify(pair: Pair, ports: VerifyPorts, deep: boolean): Promise<Verification> {
  const verdicts = { identical: 0, 'canonical-equal': 0, different: 0 }
  const problems: Problem[] = []
  const notes: string[] = []
  let listed = { count: 0, bytes: 0 }
  let settled = 0
  let found = 0
  let error: MailhaulError | undefined
  try {
    const known = ports.ledger.read(pair.name).known()
    const listing = await listSource(ports)
    listed = { count: listing.messages.length, bytes: listing.messages.reduce((bytes, { size }) => bytes + size, 0) }
    problems.push(...unsettledOf(listing, known, notes))
    const rows = [...known.values()].filter(({ state }) => state === 'settled')
    settled = rows.length
    for (const [path, inFolder] of Map.groupBy(rows, ({ placed }) => placed?.folder ?? '')) {
      const folder = await ports.destination.find(path, ports.stop)
      const result = await verifyFolder(path, folder, inFolder, ports, deep ? verdicts : undefined)
      found += result.found
      problems.push(...result.problems)
    }
  } catch (thrown) {
    error = asMailhaulError(thrown)
  } finally {
    await ports.destination.close()
  }
  return { pair: pair.name, listed, settled, found, verdicts: deep ? verdicts : undefined, problems, notes, error }
}

async function listSource({ source, stop }: VerifyPorts): Promise<Listing> {
  const session = await source.open(stop)
  try {
    return await session.list(stop)
  } finally {
    await session.close(stop)
  }
}

/** Listed messages that neither lie at the destination nor were left out on purpose. */
function unsettledOf({ messages }: Listing, known: ReadonlyMap<Key, Known>, notes: string[]): Problem[] {
  const nameless = messages.filter(({ key }) => key === undefined).length
  if (nameless > 0)
    notes.push(`${nameless} messages have no name of their own at the source: only sync can recognise them.`)
  return messages.flatMap(({ key, size }) => {
    const row = key === undefined ? undefined : known.get(key)
    const chosen = row?.state === 'left-out' && row.outcome !== 'rejected' && row.outcome !== 'too-big'
    if (key === undefined || row?.state === 'settled' || chosen) return []
    return [{ problem: 'not-settled' as const, key, size, where: row?.reason ?? 'not moved yet' }]
  })
}

async function verifyFolder(
  path: string,
  folder: Folder | undefined,
  rows: readonly Known[],
  { destination, stop }: { destination: Destination; stop: AbortSignal },
  verdicts: Verdicts | undefined,
): Promise<{ found: number; problems: Problem[] }> {
  const problem = (kind: VerifyProblem, row: Known, where: string): Problem => {
    return { problem: kind, key: row.key, size: row.size ?? row.listedSize, where }
  }
  if (folder === undefined)
    return { found: 0, problems: rows.map((row) => problem('missing', row, `${path}: no such folder`)) }
  const valid = rows.filter(({ placed }) => placed?.uidValidity === folder.uidValidity)
  const stale = rows.filter(({ placed }) => placed?.uidValidity !== folder.uidValidity)
  const problems = stale.map((row) =>
    problem('missing', row, `${path}: its UIDVALIDITY has changed, UID ${row.placed?.uid} means nothing now`),
  )
  const rowOf = new Map(valid.map((row) => [row.placed?.uid ?? 0, row]))
  const there = new Set<number>()
  if (rowOf.size > 0) {
    for await (const { uid } of destination.sizes(folder, Math.min(...rowOf.keys()), stop))
      if (rowOf.has(uid)) there.add(uid)
  }
  for (const [uid, row] of rowOf) if (!there.has(uid)) problems.push(problem('missing', row, `${path}, UID ${uid}`))
  if (verdicts === undefined || there.size === 0) return { found: there.size, problems }
  for await (const digest of destination.digests(folder, [...there], stop)) {
    const row = rowOf.get(digest.uid)
    if (row?.fingerprints === undefined) continue
    const verdict = verdictOf(row.fingerprints, digest.fingerprints)
    verdicts[verdict] += 1
    if (verdict === 'different') problems.push(problem('different', row, `${path}, UID ${digest.uid}`))
  }
  return { found: there.size, problems }
}
