// mailhaul ledger rebuild: the ledger filled from what lies at the destination.
import { compose } from '../compose.ts'
import { mostSerious } from '../core/errors.ts'
import { runPairs } from '../engine/run.ts'
import { renderRebuild } from '../reporters/rebuild-view.ts'
import { type CommandContext, commandLine, composeOptions, load, present } from './context.ts'

/** Options of this verb. */
export interface RebuildOptions {
  /** Writes the rows; without it everything happens in memory. */
  readonly write?: boolean
}

/**
 * Fetches every message that the ledger does not know as settled and looks for it at the destination by content:
 * appends nothing, removes nothing, creates no folder. Returns the exit code: 3 where some are not there.
 */
export async function ledgerRebuild(
  names: readonly string[],
  { write = false }: RebuildOptions,
  context: CommandContext,
): Promise<number> {
  const { config } = await load(context)
  const { pairs, openEnds, openRun, ledger } = compose(config, names, composeOptions(context))
  const { ledger: opened, isDamaged, movedTo } = ledger.openToRebuild(write)
  const reporter = context.openReporter(pairs.length)
  const run = await openRun(reporter.report, context.stop, context.kill, { ledger: opened })
  try {
    const options = { retryFailed: true, adoptOnly: true }
    const summaries = await runPairs(pairs, run.around, openEnds, config.limits, options)
    reporter.stop()
    const exitCode = mostSerious(summaries.map((summary) => summary.exitCode))
    const next = write
      ? commandLine('sync', names, context)
      : commandLine('ledger rebuild', [...names, '--write'], context)
    return present(
      'ledger-rebuild',
      { summaries, isWritten: write, isDamaged, movedTo, next, exitCode },
      renderRebuild,
      context,
    )
  } finally {
    reporter.stop()
    await run.close()
  }
}
