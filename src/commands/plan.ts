// mailhaul plan: the dry run.
import { compose } from '../compose.ts'
import { exitCodeOf, mostSerious } from '../core/errors.ts'
import { preview } from '../engine/preview.ts'
import { renderPlan } from '../reporters/plan-view.ts'
import { type CommandContext, commandLine, load, present } from './context.ts'
import { readerHabits } from './habits.ts'

/** Shows what sync would do, per pair and folder; writes nothing at either end. Returns the exit code. */
export async function plan(names: readonly string[], context: CommandContext): Promise<number> {
  const { config } = await load(context)
  const { pairs, clock, openEnds, openLedgerReadOnly } = compose(config, names, { onSecret: context.onSecret })
  const ledger = openLedgerReadOnly()
  const reporter = context.openReporter(pairs.length)
  const { stop } = context
  const { limits } = config
  try {
    const previews = []
    for (const pair of pairs) {
      const ends = await openEnds(pair, readerHabits(ledger, pair))
      previews.push(await preview(pair, { ...ends, ledger, clock, report: reporter.report, stop, limits }))
    }
    reporter.stop()
    const exitCode = mostSerious(previews.map(({ error }) => (error ? exitCodeOf[error.code] : 0)))
    const view = { pairs: previews, next: commandLine('sync', names, context), exitCode }
    return present('plan', view, renderPlan, context)
  } finally {
    reporter.stop()
    ledger.close()
  }
}
