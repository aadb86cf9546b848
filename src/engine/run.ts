// Runs many pairs: so many at once overall, so many sessions per host, and one bad pair never stops the others.
import { interrupted } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import type { Pair } from '../core/pair.ts'
import type { Rates } from '../core/rates.ts'
import { type HaulOptions, haul, type OpenEnds, type Surroundings } from './haul.ts'
import { Paces } from './pace.ts'
import { RunRecord } from './run-record.ts'
import { type Room, sideBySide } from './side-by-side.ts'

/** How much happens at once; and how fast, per source host and per destination host. */
export interface Limits extends Rates, Room {}

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
  const paces = new Paces(limits, around.clock)
  return sideBySide(pairs, limits, async (pair) =>
    around.stop.aborted ? notStarted(pair, around) : haul(pair, { ...around, paces }, openEnds, options),
  )
}

/** A pair whose turn comes once the run is being stopped: nothing is opened for it, and there is nothing to be told. */
function notStarted({ name }: Pair, { clock }: Surroundings): PairSummary {
  const record = new RunRecord(name, () => undefined, clock)
  record.fail(interrupted())
  return record.summary()
}
