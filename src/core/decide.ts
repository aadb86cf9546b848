// What to do with a message once its bytes are here: known already, to be left out, or to be brought to a folder.
import { hasReturned } from './absence.ts'
import { fallsUnder, type Ruling } from './backlog.ts'
import { keyFromFingerprint, verdictOf } from './fingerprint.ts'
import { parseHeaders } from './headers.ts'
import { internalDateOf } from './internal-date.ts'
import type { Fingerprint, Fingerprints, Key, Listed } from './message.ts'
import { Names } from './names.ts'
import type { DateRule, OutcomeKind } from './outcome.ts'
import type { Policy } from './pair.ts'
import type { Known } from './ports.ts'
import { folderOf, routeOf, selectReason } from './route.ts'

/** A fetched message, as far as deciding needs it. */
export interface Arrived {
  readonly listed: Listed
  readonly size: number
  readonly fingerprints: Fingerprints
  readonly headers: Uint8Array
  /** What the backlog says of it. */
  readonly ruling?: Ruling | undefined
}

/** What to do with it. `key` is the name under which the ledger keeps it from now on. */
export type Decision =
  | { readonly kind: 'bring'; readonly key: Key; readonly destination: Destined }
  | { readonly kind: 'known'; readonly key: Key; readonly row: Known }
  | {
      readonly kind: 'leave-out'
      readonly key: Key
      readonly outcome: OutcomeKind
      readonly reason: string
      /** The backlog is why; the ledger keeps it under this. */
      readonly mark?: string
    }

/** Where a message goes and how it arrives there. */
export interface Destined {
  /** Configured name, templates filled in. */
  readonly folder: string
  readonly flags: readonly string[]
  /** Milliseconds since the epoch. */
  readonly internalDate: number
  readonly dateRule: DateRule
}

/**
 * The content of a pair as the ledger knows it, for messages whose name says nothing: which settled rows have lost
 * their key at the source, and which contents have been seen. Built once per listing; `decide` takes rows from it.
 */
export interface Contents {
  readonly names: Names
  /** Octets as listed, by name. */
  readonly listed: ReadonlyMap<Key, number>
  /** Settled rows whose key is not listed any more, or is but with another size or after it was gone: by fingerprint. */
  readonly orphans: Map<Fingerprint, Known[]>
  /** How many nameless messages with these bytes this listing has shown so far. */
  readonly nameless: Map<Fingerprint, number>
  /** Exact fingerprint to the key that holds it: only kept where duplicates are skipped. */
  readonly holders: Map<Fingerprint, Key>
}

/** Sorts the ledger's rows by what can be asked of them, given the listing of this session. */
export function contentsOf(known: ReadonlyMap<Key, Known>, messages: readonly Listed[], policy: Policy): Contents {
  const listed = new Map<Key, number>()
  for (const { key, size } of messages) if (key !== undefined) listed.set(key, size)
  const orphans = new Map<Fingerprint, Known[]>()
  const holders = new Map<Fingerprint, Key>()
  for (const row of known.values()) {
    if (row.state !== 'settled' || row.fingerprints === undefined) continue
    if (policy.duplicates === 'skip') holders.set(row.fingerprints.exact, row.key)
    if (listed.get(row.key) === row.listedSize && !hasReturned(row)) continue
    for (const print of new Set([row.fingerprints.exact, row.fingerprints.canonical])) {
      const rows = orphans.get(print)
      if (rows) rows.push(row)
      else orphans.set(print, [row])
    }
  }
  return { listed, names: new Names(known), orphans, nameless: new Map(), holders }
}

/** Decides about one message; takes it out of `contents` where it is recognised. */
export function decide(arrived: Arrived, contents: Contents, policy: Policy, now: number): Decision {
  const key = arrived.listed.key ?? namelessKey(arrived, contents)
  const row = recognise(key, arrived, contents)
  if (row) {
    removeOrphan(row, contents)
    return { kind: 'known', key, row }
  }

  const fields = parseHeaders(arrived.headers)
  const { instant, rule } = internalDateOf(fields, { listedAt: now, now })
  const reason = selectReason(policy.select, { size: arrived.size, instant })
  if (reason !== undefined) return { kind: 'leave-out', key, outcome: 'filtered', reason }
  const { ruling } = arrived
  if (ruling && fallsUnder(ruling, { instant, rule })) {
    return { kind: 'leave-out', key, outcome: 'filtered', reason: ruling.reason, mark: ruling.mark }
  }
  if (policy.duplicates === 'skip') {
    const holder = contents.holders.get(arrived.fingerprints.exact)
    if (holder !== undefined && holder !== key) {
      return { kind: 'leave-out', key, outcome: 'duplicate', reason: 'identical to another message of this mailbox' }
    }
    contents.holders.set(arrived.fingerprints.exact, key)
  }
  const { folder, flags } = routeOf(policy, fields)
  const destination = { folder: folderOf(folder, instant), flags, internalDate: instant, dateRule: rule }
  return { kind: 'bring', key, destination }
}

/** A name made of the bytes and a count, so that identical nameless messages stay two (quirk C06). */
function namelessKey(arrived: Arrived, contents: Contents): Key {
  const { exact } = arrived.fingerprints
  const occurrence = (contents.nameless.get(exact) ?? 0) + 1
  contents.nameless.set(exact, occurrence)
  return keyFromFingerprint(exact, occurrence)
}

/** The settled row that is this message: the one of its name, if the bytes agree, else one that has lost its own. */
function recognise(key: Key, { fingerprints }: Arrived, { names, orphans }: Contents): Known | undefined {
  const { exact, canonical } = fingerprints
  const row = names.holderOf(key)
  const before = row?.state === 'settled' ? row.fingerprints : undefined
  if (before && verdictOf(before, fingerprints) !== 'different') return row
  return orphans.get(exact)?.[0] ?? orphans.get(canonical)?.[0]
}

function removeOrphan(row: Known, contents: Contents): void {
  for (const print of [row.fingerprints?.exact, row.fingerprints?.canonical]) {
    const rows = print === undefined ? undefined : contents.orphans.get(print)
    const at = rows?.indexOf(row) ?? -1
    if (at >= 0) rows?.splice(at, 1)
  }
}
