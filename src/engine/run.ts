// Runs many pairs: so many at once overall, so many sessions per host, and one bad pair never stops the others.
import PQueue from 'p-queue'
import { interrupted } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import type { Pair } from '../core/pair.ts'
import type { Rates } from '../core/rates.ts'
import { type HaulOptions, haul, type OpenEnds, type Surroundings } from './haul.ts'
import { Paces } from './pace.ts'
import { RunRecord } from './run-record.ts'
import { Turns } from './turns.ts'

/** How much happens at once; and how fast, per source host and per destination host. */
export interface Limits extends Rates {
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
  const paces = new Paces(limits, around.clock)
  const turns = new Turns(pairs, limits.perHost)
  const summaries = pairs.map(() => Promise.withResolvers<PairSummary>())
  // A place is taken by a pair that can start: one that waits for its host keeps nobody from another host waiting.
  const fill = (): void => {
    while (queue.pending + queue.size < limits.pairs) {
      const turn = turns.next()
      if (turn === undefined) return
      const work = queue.add(() =>
        around.stop.aborted ? notStarted(turn.pair, around) : haul(turn.pair, { ...around, paces }, openEnds, options),
      )
      summaries[turn.at]?.resolve(work.finally(() => turns.end(turn)))
      summaries[turn.at]?.promise.finally(fill).catch(() => undefined)
    }
  }
  fill()
  return Promise.all(summaries.map(({ promise }) => promise))
}

/** A pair whose turn comes once the run is being stopped: nothing is opened for it, and there is nothing to be told. */
function notStarted({ name }: Pair, { clock }: Surroundings): PairSummary {
  const record = new RunRecord(name, () => undefined, clock)
  record.fail(interrupted())
  return record.summary()
}
