// Reads settled messages back at the source and compares them with what was moved, as long as they are still there.
import { verdictOf } from '../core/fingerprint.ts'
import type { Key } from '../core/message.ts'
import type { Fetched, Known, Listing, SourceSession } from '../core/ports.ts'
import type { Forms } from '../core/rewriting.ts'
import { HashingSpool } from './hashing-spool.ts'

/** What reading at the source brought; the five add up to the settled messages. */
export interface SourceCounts {
  readonly identical: number
  /** Served with other line ends or volatile headers than the first time. */
  readonly canonicalEqual: number
  readonly different: number
  /** Still listed, but not served. */
  readonly unread: number
  /** Not listed any more. */
  readonly gone: number
}

/** Something that a person should look at. */
export interface SourceProblem {
  readonly key: Key
  readonly size: number
  readonly text: string
}

/** What came of it; `forms` holds those of every message served, so that a copy can be told what was changed in it. */
export interface SourceReading {
  readonly counts: SourceCounts
  readonly problems: readonly SourceProblem[]
  readonly forms: ReadonlyMap<Key, Forms>
}

/** Compares every settled message that the session lists. The caller drops the session: nothing may be consumed by it. */
export async function verifySource(
  session: SourceSession,
  { messages }: Listing,
  known: ReadonlyMap<Key, Known>,
  signal: AbortSignal,
): Promise<SourceReading> {
  const settled = [...known.values()].filter(({ state }) => state === 'settled').length
  const there = messages.filter(({ key }) => key !== undefined && known.get(key)?.state === 'settled')
  const counts = { identical: 0, canonicalEqual: 0, different: 0, unread: 0, gone: settled - there.length }
  const problems: SourceProblem[] = []
  const forms = new Map<Key, Forms>()
  const spool = new HashingSpool()
  for await (const fetched of session.fetch(there, spool, signal)) {
    const { key, size } = fetched.listed
    const row = key === undefined ? undefined : known.get(key)
    if (row === undefined) continue
    const kind = kindOf(fetched, row)
    const form = fetched.kind === 'message' ? spool.formsOf(fetched.message) : undefined
    // Bytes that are not those of the first time say nothing about what the destination did with them.
    if (form && kind === 'identical') forms.set(row.key, form)
    counts[kind] += 1
    if (kind === 'unread') problems.push({ key: row.key, size, text: 'listed by the source, which does not serve it' })
    if (kind === 'different')
      problems.push({ key: row.key, size, text: 'the source serves other bytes now than it did when it was moved' })
  }
  return { counts, problems, forms }
}

function kindOf(fetched: Fetched, { fingerprints }: Known): 'identical' | 'canonicalEqual' | 'different' | 'unread' {
  if (fetched.kind !== 'message') return 'unread'
  const verdict = fingerprints ? verdictOf(fingerprints, fetched.message.fingerprints) : 'different'
  fetched.message.release()
  return verdict === 'canonical-equal' ? 'canonicalEqual' : verdict
}
