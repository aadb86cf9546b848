// mailhaul sync: one pass over the pairs.

import { compose } from '../compose.ts'
import { mostSerious } from '../core/errors.ts'
import { runPairs } from '../engine/run.ts'
import { renderSummary } from '../reporters/summary.ts'
import { type CommandContext, load, present } from './context.ts'

/** Options of this verb. */
export interface SyncOptions {
  readonly retryFailed: boolean
  /** Log in although the last runs were refused. */
  readonly now: boolean
}

/** Moves what the sources hold and the destinations lack. Returns the exit code. */
export async function sync(names: readonly string[], options: SyncOptions, context: CommandContext): Promise<number> {
  const { config } = await load(context)
  const { pairs, openEnds, openRun } = compose(config, names, { onSecret: context.onSecret })
  const reporter = context.openReporter(pairs.length)
  const run = await openRun(reporter.report, context.stop, context.kill)
  try {
    const summaries = await runPairs(pairs, run.around, openEnds, config.limits, options)
    reporter.stop()
    const exitCode = mostSerious(summaries.map((summary) => summary.exitCode))
    const view = { summaries, exitCode }
    return present('sync', view, (_view, options) => renderSummary(summaries, options), context)
  } finally {
    reporter.stop()
    await run.close()
  }
}
