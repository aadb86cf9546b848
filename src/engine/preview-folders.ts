// Sorts what is to be fetched into the folders of the destination: to be copied, to be compared, too big.

import { hasReturned } from '../core/absence.ts'
import { leastOf } from '../core/extremes.ts'
import type { Amount } from '../core/outcome.ts'
import type { Policy } from '../core/pair.ts'
import { largestTaken } from '../core/plan.ts'
import type { Destination, DestinationFacts, Folder, LedgerReader } from '../core/ports.ts'
import { wantsBacklog } from './backlog.ts'
import { indexOf } from './folder-desk.ts'
import { amountOf, type Job } from './preview-parts.ts'
import type { Survey } from './survey.ts'

/** What would go to one folder. */
export interface FolderPreview {
  /** Configured name, templates filled in as far as headers were read. */
  readonly folder: string
  readonly exists: boolean
  /** To be appended. */
  readonly copy: Amount
  /** As large as another message that it may be: the bytes decide, and it is appended only when it is none of them. */
  readonly compare: Amount
}

/** The jobs of a dry run, sorted. */
export interface Sorted {
  readonly folders: readonly FolderPreview[]
  readonly tooBig: (Amount & { readonly limit: number }) | undefined
  /** Octets of the largest message that every folder takes; undefined where none of them says. */
  readonly limit: number | undefined
  /** All that is not too big. */
  readonly wanted: readonly Job[]
  /** INBOX holds as many messages as are to be moved, each of the size of one of them. */
  readonly isAllThere: boolean
}

interface Ports {
  readonly destination: Destination
  readonly book: LedgerReader
  readonly stop: AbortSignal
}

/** Looks into each folder, which is neither created nor selected for writing. Errors: as `Destination.foresee`. */
export async function sortIntoFolders(
  jobs: readonly Job[],
  found: Survey,
  facts: DestinationFacts,
  policy: Policy,
  { destination, book, stop }: Ports,
): Promise<Sorted> {
  const doubts = new Doubts(found, policy)
  const folders: FolderPreview[] = []
  const [wanted, tooBig, limits]: [Job[], Job[], (number | undefined)[]] = [[], [], []]
  let isAllThere = false
  for (const [name, inFolder] of Map.groupBy(jobs, ({ folder }) => folder)) {
    // Where a template is left, only the messages themselves will tell.
    const folder = name.includes('{') ? undefined : await destination.foresee(name, stop)
    const limit = largestIn(folder, facts)
    limits.push(limit)
    const { fits = [], not = [] } = Object.groupBy(inFolder, (job) => (isWithin(job, limit, doubts) ? 'fits' : 'not'))
    for (const job of fits) wanted.push(job)
    for (const job of not) tooBig.push(job)
    const index = folder && (await indexOf(folder, { destination, book, signal: stop }, doubts.wantsBacklog))
    const sizes = new Sizes((size) => index?.countOf(size) ?? 0)
    const { compare = [], copy = [] } = Object.groupBy(fits, (job) => (doubts.on(job, sizes) ? 'compare' : 'copy'))
    isAllThere ||= name.toUpperCase() === 'INBOX' && copy.length === 0 && compare.length === folder?.messages
    if (fits.length > 0) {
      folders.push({ folder: name, exists: folder !== undefined, copy: amountOf(copy), compare: amountOf(compare) })
    }
  }
  const limit = smallest(limits)
  return {
    folders: folders.sort((one, other) => (one.folder < other.folder ? -1 : 1)),
    tooBig: tooBig.length === 0 || limit === undefined ? undefined : { ...amountOf(tooBig), limit },
    limit,
    wanted,
    isAllThere: isAllThere && found.known.size === 0 && wanted.length >= fewest,
  }
}

/** With fewer messages, equal sizes say nothing. */
const fewest = 5

function largestIn(folder: Folder | undefined, facts: DestinationFacts): number | undefined {
  return smallest([largestTaken(facts), folder?.appendLimit])
}

function smallest(limits: readonly (number | undefined)[]): number | undefined {
  return leastOf(limits.filter((limit) => limit !== undefined))
}

/** What is settled is only recognised again, however large it is. */
function isWithin({ listed }: Job, limit: number | undefined, doubts: Doubts): boolean {
  return limit === undefined || listed.size <= limit || doubts.isSettled(listed.key)
}

/** Counts down what has a size: each message there can be only one of those that come. */
class Sizes {
  readonly #countOf: (size: number) => number
  readonly #taken = new Map<number, number>()

  constructor(countOf: (size: number) => number) {
    this.#countOf = countOf
  }

  take(size: number): boolean {
    const before = this.#taken.get(size) ?? 0
    if (this.#countOf(size) <= before) return false
    this.#taken.set(size, before + 1)
    return true
  }
}

/** Whether a message may be one that is there already, going by sizes: its name does not say. */
class Doubts {
  readonly #known: Survey['known']
  readonly #orphans: Sizes
  readonly #skipsTwins: boolean
  /** Sizes of what is stored, and of what came before in this listing. */
  readonly #seen: Set<number>
  readonly wantsBacklog: boolean

  constructor(found: Survey, { duplicates }: Policy) {
    const { known, listing } = found
    const listed = new Map(listing.messages.map(({ key, size }) => [key, size]))
    const settled = [...known.values()].filter(({ state }) => state === 'settled')
    // Settled under a name that is not listed any more, or is but with another size, or after it was gone (quirk A20).
    const orphans = settled.filter((row) => listed.get(row.key) !== row.listedSize || hasReturned(row))
    const counts = Map.groupBy(orphans, ({ listedSize }) => listedSize)
    this.#known = known
    this.#orphans = new Sizes((size) => counts.get(size)?.length ?? 0)
    this.#skipsTwins = duplicates === 'skip'
    this.#seen = new Set(this.#skipsTwins ? settled.map(({ listedSize }) => listedSize) : [])
    this.wantsBacklog = wantsBacklog(found)
  }

  isSettled(key: Job['listed']['key']): boolean {
    return key !== undefined && this.#known.get(key)?.state === 'settled'
  }

  /** `there`: what lies in its folder unclaimed. To be asked in listing order. */
  on({ listed: { key, size } }: Job, there: Sizes): boolean {
    const isTwin = this.#skipsTwins && this.#seen.has(size)
    this.#seen.add(size)
    return this.isSettled(key) || this.#orphans.take(size) || there.take(size) || isTwin
  }
}
