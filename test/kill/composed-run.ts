// One run of all pairs of a configuration, composed as the command composes it, in this process.
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { runPairs } from '../../src/engine/run.ts'
import type { Steps } from '../scenarios/steps.ts'

/** Runs the pairs with every effect counted by `steps`, where there are any. `env` holds the passwords. */
export async function runComposed(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  steps?: Steps,
): Promise<readonly PairSummary[]> {
  const { config } = await loadConfig({ file })
  const { pairs, openEnds, openRun } = compose(config, [], { secrets: { env } })
  const never = new AbortController().signal
  const run = await openRun(() => undefined, never, never)
  try {
    const { around } = run
    const watched = steps
      ? { ...around, ledger: steps.ledger(around.ledger), spool: steps.spool(around.spool) }
      : around
    const open: typeof openEnds = async (pair, habits) => {
      const ends = await openEnds(pair, habits)
      return steps ? steps.ends(ends) : ends
    }
    return await runPairs(pairs, watched, open, config.limits, { retryFailed: false, removalConfirmed: true })
  } finally {
    await run.close()
  }
}
