// mailhaul sync: one pass over the pairs.

import { compose } from '../compose.ts'
import { mostSerious } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { HaulOptions } from '../engine/haul.ts'
import { runPairs } from '../engine/run.ts'
import { renderError } from '../reporters/error-text.ts'
import type { Reporter } from '../reporters/index.ts'
import { runDocumentOf, type SyncView } from '../reporters/json-run.ts'
import { isNews, onlyNews } from '../reporters/news.ts'
import { renderRemovalQuestion } from '../reporters/removal-question.ts'
import { renderSummary } from '../reporters/summary.ts'
import { version } from '../version.ts'
import { type Choice, choosePairs, nothingChosen } from './choose-pairs.ts'
import { type CommandContext, composeOptions, load, present } from './context.ts'
import { openEventOutput } from './event-output.ts'
import { RunKeeper } from './keep-runs.ts'
import { Notifications } from './notifications.ts'
import { checkPageFile, maskedDocument, standardOutput, writePage } from './page-file.ts'
import { ReportFiles } from './report-files.ts'
import { ResultsFile } from './results-file.ts'

/** Options of this verb. */
export interface SyncOptions {
  /** Where events are written while it runs; `-` is standard output, in place of the text. */
  readonly events?: string | undefined
  /** The file that gets the report as a page; `-` prints it. */
  readonly html?: string | undefined
  readonly retryFailed: boolean
  /** Log in although the last runs were refused. */
  readonly now: boolean
  /** Whatever would be asked is answered with yes. */
  readonly yes: boolean
  readonly choice?: Choice
  /** A file that gets a row for each pair. */
  readonly results?: string | undefined
}

/** Moves what the sources hold and the destinations lack. Returns the exit code. */
export async function sync(names: readonly string[], options: SyncOptions, context: CommandContext): Promise<number> {
  const { html, events: eventTarget, retryFailed, now, yes } = options
  await checkPageFile(html, context)
  const events = openEventOutput(eventTarget, context, html === standardOutput ? '--html -' : undefined)
  const { config } = await load(context)
  const composition = compose(config, names, composeOptions(context))
  const { openEnds, openRun, clock } = composition
  const chosen = await choosePairs(composition, config, options.choice ?? {})
  const { pairs } = chosen
  const results =
    options.results === undefined
      ? undefined
      : new ResultsFile({ path: options.results, config, chosen, clock, mask: context.mask })
  if (pairs.length === 0) {
    results?.close()
    await events.close()
    context.remark(nothingChosen(options.choice ?? {}, chosen))
    return context.options.json ? present('sync', { summaries: [], exitCode: 0 }, () => '', context) : 0
  }
  const notifications = new Notifications('sync', context.warn, context)
  await notifications.use(config, composition)
  const files = new ReportFiles(context, context.warn)
  files.use(config.report)
  const reporter = context.openReporter(pairs.length)
  const keeper = new RunKeeper(context.warn)
  const report: Report = (event) => {
    results?.report(event)
    reporter.report(event)
    keeper.hear(event)
    events.hear(event)
  }
  const run = await openRun(report, context.stop, context.kill, { isOneRun: true })
  keeper.use(run.archive)
  const haulOptions = { retryFailed, now, removalConfirmed: yes, confirmRemoval: confirmWith(context, reporter) }
  try {
    const summaries = await runPairs(pairs, run.around, openEnds, config.limits, haulOptions)
    reporter.stop()
    for (const { notice } of summaries) notifications.tell(notice)
    const unwritten = results?.finish(summaries)
    if (unwritten) context.warn(renderError(unwritten, context.view).trimEnd())
    const exitCode = mostSerious([...summaries.map((summary) => summary.exitCode), unwritten ? 1 : 0])
    const view = { summaries, run: keeper.number, exitCode }
    if (files.isWanted && summaries.some(isNews)) files.write(runDocumentOf(view, version))
    // Run by cron or a timer, which pass on whatever is printed: nothing to tell, nothing printed.
    const { json, verbose } = context.options
    const isCalm = context.isUnattended && !json && !verbose
    const shown = isCalm ? summaries.map(onlyNews) : summaries
    const isNothing = isCalm && !summaries.some(isNews)
    if (!isNothing && html !== standardOutput && eventTarget !== standardOutput) {
      const besides = unwritten ? undefined : options.results
      present('sync', view, (_view, page) => renderSummary(shown, { ...page, results: besides }), context)
    }
    if (html !== undefined) await writePage(html, await pageOf(view, context), context)
    return exitCode
  } finally {
    reporter.stop()
    results?.close()
    await events.close()
    await files.written
    await notifications.settled()
    await run.close()
  }
}

/** Drawing is loaded by those who want a page. */
async function pageOf(view: SyncView, { mask }: CommandContext): Promise<string> {
  const { renderRunPage } = await import('../reporters/html/run-page.ts')
  return renderRunPage(maskedDocument(runDocumentOf(view, version), mask))
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
