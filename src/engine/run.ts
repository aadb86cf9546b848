// Runs many pairs: so many at once overall, so many sessions per host, and one bad pair never stops the others.
import PQueue from 'p-queue'
import type { PairSummary } from '../core/events.ts'
import type { Pair } from '../core/pair.ts'
import { type HaulOptions, haul, type OpenEnds, type Surroundings } from './haul.ts'

/** How much happens at once. */
export interface Limits {
  readonly pairs: number
  /** Pairs at once that have the same source host, or the same destination host. */
  readonly perHost: number
}

/**
 * Moves all pairs; one summary each, in the order given. `openEnds` is called when a pair's turn has come, so that a
 * thousand pairs cost no more than those at work.
 */
export async function runPairs(
  pairs: readonly Pair[],
  around: Surroundings,
  openEnds: OpenEnds,
  limits: Limits,
  options: HaulOptions,
): Promise<readonly PairSummary[]> {
  const queue = new PQueue({ concurrency: limits.pairs })
  const hosts = new Map<string, PQueue>()
  const hostQueue = (name: string): PQueue => {
    const known = hosts.get(name)
    if (known) return known
    const made = new PQueue({ concurrency: limits.perHost })
    hosts.set(name, made)
    return made
  }
  const work = pairs.map((pair) =>
    queue.add(() =>
      hostQueue(`source ${pair.sourceHost}`).add(() =>
        hostQueue(`destination ${pair.destinationHost}`).add(() => haul(pair, around, openEnds, options)),
      ),
    ),
  )
  return Promise.all(work)
}
