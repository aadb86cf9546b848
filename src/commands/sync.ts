// mailhaul sync: one pass over the pairs.
import { mostSerious } from '../core/errors.ts'
import { runPairs } from '../engine/run.ts'
import { renderJson } from '../reporters/json.ts'
import { renderSummary } from '../reporters/summary.ts'
import { type CommandContext, load } from './context.ts'
import { compose } from '../compose.ts'

/** Options of this verb. */
export interface SyncOptions {
  readonly retryFailed: boolean
}

/** Moves what the sources hold and the destinations lack. Returns the exit code. */
export async function sync(names: readonly string[], options: SyncOptions, context: CommandContext): Promise<number> {
  const { config } = await load(context)
  const { pairs, openEnds, openRun } = compose(config, names, { onSecret: context.onSecret })
  const reporter = context.openReporter()
  const run = await openRun(reporter.report, context.stop, context.kill)
  try {
    const summaries = await runPairs(pairs, run.around, openEnds, config.limits, options)
    reporter.stop()
    const exitCode = mostSerious(summaries.map((summary) => summary.exitCode))
    if (context.options.json) context.print(renderJson('sync', { summaries, exitCode }))
    else if (!context.options.quiet || exitCode !== 0) context.print(renderSummary(summaries, context.view))
    return exitCode
  } finally {
    reporter.stop()
    await run.close()
  }
}
