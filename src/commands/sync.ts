// mailhaul sync: one pass over the pairs.

import { compose } from '../compose.ts'
import { mostSerious } from '../core/errors.ts'
import type { HaulOptions } from '../engine/haul.ts'
import { runPairs } from '../engine/run.ts'
import type { Reporter } from '../reporters/index.ts'
import { isNews } from '../reporters/news.ts'
import { renderRemovalQuestion } from '../reporters/removal-question.ts'
import { renderSummary } from '../reporters/summary.ts'
import { type CommandContext, composeOptions, load, present } from './context.ts'
import { Notifications } from './notifications.ts'

/** Options of this verb. */
export interface SyncOptions {
  readonly retryFailed: boolean
  /** Log in although the last runs were refused. */
  readonly now: boolean
  /** Whatever would be asked is answered with yes. */
  readonly yes: boolean
}

/** Moves what the sources hold and the destinations lack. Returns the exit code. */
export async function sync(names: readonly string[], options: SyncOptions, context: CommandContext): Promise<number> {
  const { config } = await load(context)
  const composition = compose(config, names, composeOptions(context))
  const { pairs, openEnds, openRun } = composition
  const notifications = new Notifications('sync', context.warn, context)
  await notifications.use(config, composition)
  const reporter = context.openReporter(pairs.length)
  const run = await openRun(reporter.report, context.stop, context.kill)
  const { retryFailed, now, yes } = options
  const haulOptions = { retryFailed, now, removalConfirmed: yes, confirmRemoval: confirmWith(context, reporter) }
  try {
    const summaries = await runPairs(pairs, run.around, openEnds, config.limits, haulOptions)
    reporter.stop()
    for (const { notice } of summaries) notifications.tell(notice)
    const exitCode = mostSerious(summaries.map((summary) => summary.exitCode))
    const view = { summaries, exitCode }
    // Run by cron or a timer, which pass on whatever is printed: nothing to tell, nothing printed.
    const { json, verbose } = context.options
    if (context.isUnattended && !json && !verbose && !summaries.some(isNews)) return exitCode
    return present('sync', view, (_view, options) => renderSummary(summaries, options), context)
  } finally {
    reporter.stop()
    await notifications.settled()
    await run.close()
  }
}

/** Asks at the terminal, one question at a time, whatever other pairs have to ask meanwhile. */
function confirmWith({ askYes, view }: CommandContext, reporter: Reporter): HaulOptions['confirmRemoval'] {
  if (askYes === undefined) return undefined
  let turn: Promise<unknown> = Promise.resolve()
  return (question) => {
    const answer = turn.then(async () => {
      const resume = reporter.pause()
      try {
        return await askYes(renderRemovalQuestion(question, view), '  Remove them? [yes/no] ')
      } finally {
        resume()
      }
    })
    turn = answer.catch(() => undefined)
    return answer
  }
}
