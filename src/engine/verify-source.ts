// Reads settled messages back at the source and compares them with what was moved, as long as they are still there.
import { hasReturned } from '../core/absence.ts'
import { isDerivedKey, verdictOf } from '../core/fingerprint.ts'
import type { Fingerprint, Key, Listed } from '../core/message.ts'
import { incompleteKinds } from '../core/outcome.ts'
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
  readonly key: Key | undefined
  readonly size: number
  readonly text: string
}

/** What came of it; `forms` holds those of every message served, so that a copy can be told what was changed in it. */
export interface SourceReading {
  readonly counts: SourceCounts
  readonly problems: readonly SourceProblem[]
  /** Messages without a name that are none of the settled ones; undefined where they must not be read. */
  readonly unknown: readonly Listed[] | undefined
  readonly forms: ReadonlyMap<Key, Forms>
}

/** Compares every settled message that the session lists, those without a name by their bytes. The caller drops the session: nothing may be consumed by it. */
export async function verifySource(
  session: SourceSession,
  { messages }: Listing,
  known: ReadonlyMap<Key, Known>,
  signal: AbortSignal,
): Promise<SourceReading> {
  const rows = [...known.values()].filter(({ state }) => state === 'settled')
  // Where reading consumes, only what lies at the destination may be read: nobody knows that of a nameless message.
  const reads = ({ key }: Listed) => (key === undefined ? !session.consumes : known.get(key)?.state === 'settled')
  const there = messages.filter(reads)
  const counts = { identical: 0, canonicalEqual: 0, different: 0, unread: 0, gone: rows.length }
  const problems: SourceProblem[] = []
  const unknown: Listed[] = []
  const forms = new Map<Key, Forms>()
  const spool = new HashingSpool()
  const nameless = new Nameless(rows, messages)
  for await (const fetched of session.fetch(there, spool, signal)) {
    const { key, size } = fetched.listed
    const row = key === undefined ? nameless.take(fetched) : known.get(key)
    if (row === undefined) {
      unknown.push(fetched.listed)
      continue
    }
    const kind = kindOf(fetched, row)
    const form = fetched.kind === 'message' ? spool.formsOf(fetched.message) : undefined
    // Bytes that are not those of the first time say nothing about what the destination did with them.
    if (form && kind === 'identical') forms.set(row.key, form)
    counts[kind] += 1
    counts.gone -= 1
    if (kind === 'unread') problems.push({ key: row.key, size, text: 'listed by the source, which does not serve it' })
    if (kind === 'different')
      problems.push({ key: row.key, size, text: 'the source serves other bytes now than it did when it was moved' })
  }
  return { counts, problems, unknown: session.consumes ? undefined : unknown, forms }
}

/** What the source lists that is not settled, and how many messages nobody can tell about without reading them. */
export function unsettledAt(
  { messages }: Listing,
  known: ReadonlyMap<Key, Known>,
  read: Pick<SourceReading, 'unknown'> | undefined,
): { problems: readonly SourceProblem[]; nameless: number } {
  const named = messages.flatMap(({ key, size }): SourceProblem[] => {
    const row = key === undefined ? undefined : known.get(key)
    if (key === undefined) return []
    // Its name was free meanwhile: this may be another message (quirk A21).
    if (row && hasReturned(row)) return [{ key, size, text: 'listed again after it was gone: sync compares it' }]
    if (row?.state === 'settled' || (row?.state === 'left-out' && !incompleteKinds.has(row.outcome))) return []
    return [{ key, size, text: row?.reason ?? 'listed by the source, not moved yet' }]
  })
  const unnamed = messages.filter(({ key }) => key === undefined)
  const derived = [...known.values()].filter(({ key, state }) => state === 'settled' && isDerivedKey(key)).length
  // More messages without a name than such are settled: some are certainly not moved, though nobody knows which.
  const unknown = read?.unknown ?? unnamed.slice(derived)
  const text = 'has no name at the source, and is not moved yet'
  const problems = [...named, ...unknown.map(({ key, size }) => ({ key, size, text }))]
  return { problems, nameless: read?.unknown ? 0 : Math.min(unnamed.length, derived) }
}

/** Settled rows that the listing names nowhere, to be found by the bytes of messages without a name. */
class Nameless {
  readonly #rows = new Map<Fingerprint, Known[]>()

  constructor(rows: readonly Known[], messages: readonly Listed[]) {
    const listed = new Set(messages.map(({ key }) => key))
    for (const row of rows) {
      if (listed.has(row.key) || !row.fingerprints) continue
      const { exact } = row.fingerprints
      const same = this.#rows.get(exact)
      if (same) same.push(row)
      else this.#rows.set(exact, [row])
    }
  }

  /** The row of a message, which no other message gets. */
  take(fetched: Fetched): Known | undefined {
    return fetched.kind === 'message' ? this.#rows.get(fetched.message.fingerprints.exact)?.pop() : undefined
  }
}

function kindOf(fetched: Fetched, { fingerprints }: Known): 'identical' | 'canonicalEqual' | 'different' | 'unread' {
  if (fetched.kind !== 'message') return 'unread'
  const verdict = fingerprints ? verdictOf(fingerprints, fetched.message.fingerprints) : 'different'
  fetched.message.release()
  return verdict === 'canonical-equal' ? 'canonicalEqual' : verdict
}
