// A pair: one maildrop feeding one IMAP account, and what its owner wants done with the messages.

import type { Backlog } from './backlog.ts'
import type { Provider } from './providers.ts'
import type { Rates } from './rates.ts'
import type { Repair } from './repair.ts'
import type { Schedule } from './schedule.ts'

/** Which messages a route takes. Patterns match the whole value, `*` standing for anything, ignoring case. */
export type Condition =
  | { readonly kind: 'header'; readonly name: string; readonly pattern: string }
  | { readonly kind: 'address'; readonly field: 'from' | 'to'; readonly pattern: string }

/** One line of the routing table: the first whose condition holds decides the folder. */
export interface Route {
  readonly when: Condition
  readonly folder: string
  /** Flags instead of the pair's own; undefined keeps those. */
  readonly flags: readonly string[] | undefined
}

/** Which messages are moved at all; everything left out is an outcome with its reason. */
export interface Select {
  /** Octets; larger messages are left out. */
  readonly maxSize: number | undefined
  /** Milliseconds since the epoch; messages dated earlier are left out. */
  readonly since: number | undefined
  /** Milliseconds since the epoch; messages dated at or after it are left out. */
  readonly before: number | undefined
}

/**
 * What happens at the source once a message is settled: nothing, or removal after so many days (0: at once). Before it
 * goes, its copy is looked at: `size` compares sizes and reads back only where they differ, `hash` reads back always.
 */
export type Leave =
  | { readonly kind: 'keep' }
  | { readonly kind: 'delete'; readonly afterDays: number; readonly proof: 'size' | 'hash' }

/** What the owner of a pair wants: plain data, the input of plan and decide. */
export interface Policy {
  /** A path, a special-use attribute such as `\Sent`, or a template with {year} and {month}. */
  readonly folder: string
  readonly flags: readonly string[]
  readonly select: Select
  readonly routes: readonly Route[]
  /** What becomes of the second of two identical messages in the source. */
  readonly duplicates: 'copy' | 'skip'
  /** What becomes of the mail that is there before the first run; undefined: it is moved like any other. */
  readonly backlog?: Backlog | undefined
  readonly leave: Leave
  /** Messages that one run removes at most; undefined: 100, or a tenth of the mailbox where that is more. */
  readonly maxDeletions: number | undefined
}

/** One maildrop feeding one IMAP account. */
export interface Pair {
  /** Its identity in the ledger for ever: hosts and users may change. */
  readonly name: string
  /** Host names the run may open only so many sessions to at once. */
  readonly sourceHost: string
  readonly destinationHost: string
  /** Names the source's account without telling it: pairs that read one maildrop share its daily budget. */
  readonly sourceAccount?: string
  /** Who runs the ends, as far as that matters. */
  readonly sourceProvider: Provider
  readonly destinationProvider: Provider
  /** What may be done to a message that is refused as it is, and only then; nothing unless asked for. */
  readonly repair?: readonly Repair[]
  /** arrival: in each folder UIDs ascend in the order of the listing; any, unless told. */
  readonly order?: 'arrival' | 'any'
  /** How fast this pair may fetch, and append, and how much a day, besides what its hosts may. */
  readonly sourceRates?: Rates | undefined
  readonly destinationRates?: Rates | undefined
  /** When a watch looks at it; every five minutes, unless told. */
  readonly schedule?: Schedule
  readonly policy: Policy
}
