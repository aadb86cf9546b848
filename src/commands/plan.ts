// mailhaul plan: the dry run.

import { compose } from '../compose.ts'
import { exitCodeOf, mostSerious } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import { greatestOf } from '../core/extremes.ts'
import type { Pair } from '../core/pair.ts'
import { isBlocked } from '../core/risks.ts'
import { type Preview, previewPairs } from '../engine/preview.ts'
import { planCsvHeader, renderPlanCsv } from '../reporters/plan-csv.ts'
import { planDocumentOf } from '../reporters/plan-document.ts'
import { renderPlan } from '../reporters/plan-view.ts'
import { counted } from '../reporters/words.ts'
import { version } from '../version.ts'
import { type Choice, choiceWords, choosePairs } from './choose-pairs.ts'
import { type CommandContext, commandLine, load, present } from './context.ts'
import { openEventOutput } from './event-output.ts'
import { readerHabits } from './habits.ts'
import { checkPageFile, maskedDocument, standardOutput, writePage } from './page-file.ts'

/** Options of this verb. */
export interface PlanOptions extends Choice {
  /** Where events are written while it runs; `-` is standard output, in place of the text. */
  readonly events?: string | undefined
  /** The file that gets the plan as a page; `-` prints it. */
  readonly html?: string | undefined
  /** The file that gets it as a table. */
  readonly csv?: string | undefined
  /** As with sync --retry-failed. */
  readonly retryFailed?: boolean
}

/** A table of a plan, as it is known again. */
const table = { name: 'table of a plan', beginning: planCsvHeader }

/** Shows what sync would do, per pair and folder; writes nothing at either end. Returns the exit code. */
export async function plan(
  names: readonly string[],
  { html, csv, events: eventTarget, retryFailed = false, ...choice }: PlanOptions,
  context: CommandContext,
): Promise<number> {
  await checkPageFile(html, context)
  await checkPageFile(csv, context, table)
  const events = openEventOutput(eventTarget, context, html === standardOutput ? '--html -' : undefined)
  const { config } = await load(context)
  const composition = compose(config, names, { onSecret: context.onSecret, trace: context.trace })
  const { clock, openEnds, openLedgerReadOnly } = composition
  const { pairs } = await choosePairs(composition, config, choice)
  const ledger = openLedgerReadOnly()
  const reporter = context.openReporter(pairs.length)
  const report: Report = (event) => {
    reporter.report(event)
    events.hear(event)
  }
  const { stop } = context
  const { limits } = config
  try {
    const ports = { ledger, clock, report, stop, retryFailed }
    const open = (pair: Pair) => openEnds(pair, readerHabits(ledger, pair))
    const previews = await previewPairs(pairs, ports, open, limits)
    reporter.stop()
    const exitCode = mostSerious(previews.map(({ error }) => (error ? exitCodeOf[error.code] : 0)))
    const isHeld = previews.some(({ risks }) => risks.some(({ code }) => code === 'login-held'))
    const verb = `sync${retryFailed ? ' --retry-failed' : ''}${isHeld ? ' --now' : ''}`
    const words = [...names, ...choiceWords(choice)]
    const commands = commandsOf(previews, words, verb, context)
    const some = previews.some(isBlocked) ? commands.find(({ purpose }) => purpose.startsWith('do it, ')) : undefined
    const next = some?.command ?? commandLine(verb, words, context)
    const view = { pairs: previews, madeAt: clock.now(), next, commands, exitCode }
    if (html !== standardOutput && eventTarget !== standardOutput) present('plan', view, renderPlan, context)
    if (html === undefined && csv === undefined) return exitCode
    const document = maskedDocument(planDocumentOf(view, version), context.mask)
    if (html !== undefined) await writePage(html, await pageOf(document), context)
    if (csv !== undefined) await writePage(csv, renderPlanCsv(document), context, table)
    return exitCode
  } finally {
    reporter.stop()
    await events.close()
    ledger.close()
  }
}

/** Drawing is loaded by those who want a page. */
async function pageOf(document: ReturnType<typeof planDocumentOf>): Promise<string> {
  const { renderPlanPage } = await import('../reporters/html/plan-page.ts')
  return renderPlanPage(document)
}

/** With more pairs than that, nobody wants to see them all named. */
const mostNamed = 20

/** What people run next, in order: what is in the way first, then the move of all others, then the proof of it. */
function commandsOf(previews: readonly Preview[], names: readonly string[], verb: string, context: CommandContext) {
  const failed = previews.filter(({ error }) => error !== undefined)
  const planned = previews.filter(({ error }) => error === undefined)
  const blocked = planned.filter(isBlocked)
  const ready = planned.filter((preview) => !isBlocked(preview))
  const busy = ready.some(({ folders, removal }) => folders.length > 0 || removal !== undefined)
  const asks = ready.some(({ removal }) => removal?.asks)
  const days = greatestOf(ready.map(({ estimate }) => estimate?.days ?? 1)) ?? 1
  const again = days > 1 ? `; again on each of the ${days - 1} days after, or mailhaul watch does that` : ''
  const namesOf = (pairs: readonly Preview[]) => pairs.map(({ pair }) => pair)
  // Of very many the command takes all, and says which of them it cannot move.
  const isCut = ready.length > mostNamed
  const shownOf = (pairs: readonly Preview[]) => (isCut || pairs.length === previews.length ? names : namesOf(pairs))
  const exactly =
    isCut && blocked.length > 0
      ? `as planned but for what is in the way of ${counted(blocked.length, 'pair')}`
      : 'exactly as planned'
  const line = (words: string, of: readonly string[], purpose: string) => {
    return { command: commandLine(words, of, context), purpose }
  }
  const look = `${counted(blocked.length, 'pair')} cannot move as planned: clear what is in the way, then plan again`
  return [
    ...(failed.length > 0 ? [line('check', namesOf(failed), 'find out why there is no plan')] : []),
    ...(blocked.length > 0 ? [line('plan', namesOf(blocked), look)] : []),
    ...(busy ? [line(verb, shownOf(ready), `do it, ${exactly}${again}`)] : []),
    ...(busy && asks
      ? [line(`${verb} --yes`, shownOf(ready), 'the same where nobody is there to confirm the removal')]
      : []),
    ...(busy ? [line('verify --deep', shownOf(ready), 're-read every message and compare')] : []),
    ...(planned.length > 0 ? [line('status', shownOf(planned), 'what has been settled, and what has not')] : []),
  ]
}
