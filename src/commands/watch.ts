// mailhaul watch: keeps the pairs in step in the foreground, until it is told to stop.
import { compose, Told } from '../compose.ts'
import { nextCron } from '../config/schedule.ts'
import { refusePrompts } from '../config/secret-prompt.ts'
import { readServiceEnvironment } from '../config/service.ts'
import { maskUsers, type UserMask } from '../config/user-names.ts'
import { asMailhaulError, exitCodeOf, type MailhaulError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { PairRunDocument } from '../documents/run-document.ts'
import { systemClock } from '../engine/clock.ts'
import { type Assignment, type Watch, type WatchListeners, watchPairs } from '../engine/watch.ts'
import { assignmentOf } from '../engine/watch-pass.ts'
import { renderError } from '../reporters/error-text.ts'
import type { Line } from '../reporters/event-words.ts'
import { renderPassLine } from '../reporters/json.ts'
import { runOfPairs } from '../reporters/json-run.ts'
import { WatchLines, watchStatus } from '../reporters/watch-lines.ts'
import { counted } from '../reporters/words.ts'
import { createNotifier, type Notifier } from '../service/systemd.ts'
import { version } from '../version.ts'
import { choosePairs } from './choose-pairs.ts'
import { type CommandContext, composeOptions, load } from './context.ts'
import { openEventOutput } from './event-output.ts'
import { RunKeeper } from './keep-runs.ts'
import { Notifications } from './notifications.ts'
import { ReportFiles } from './report-files.ts'
import { openStatusPage } from './status-page.ts'

/** Options of this verb. */
export interface WatchVerbOptions {
  /** Where events are written while it runs; `-` is standard output. */
  readonly events?: string | undefined
  /** One pass of every pair at once, whatever its schedule says, and whatever was refused before. */
  readonly now: boolean
  /** Where to serve the status page; undefined: where the configuration says, if it does. */
  readonly http?: string | undefined
  /** Only these pairs: patterns, or files of them, read again with the configuration. */
  readonly only?: readonly string[]
}

/**
 * A login that was refused to one pair is not tried by others of the same account meanwhile: together they would try far
 * more often than one. Shorter than the shortest wait after a refusal. Milliseconds.
 */
const refusalsHold = 7 * 60_000

/** Milliseconds after which the watch looks around although nothing is due. */
const heartbeat = 30_000

/**
 * Runs passes as they are due. SIGHUP loads the configuration again; stopping lets what is in flight be finished.
 * Returns the exit code: 0 when it was stopped and everything was finished, 130 when something had to be dropped.
 */
export async function watch(
  names: readonly string[],
  { now, http: address, only = [], events: eventTarget }: WatchVerbOptions,
  context: CommandContext,
): Promise<number> {
  const clock = systemClock
  const lines: Report = context.options.verbose
    ? context.openReporter(0, 'lines').report
    : context.logged(() => undefined)
  const events = openEventOutput(eventTarget, context)
  const say = (text: string) => context.log({ text, tone: 'bad' })
  const files = new ReportFiles(context, say)
  const onNews = (pass: PairRunDocument, number: number | undefined) => {
    if (files.isWanted) files.write(runOfPairs([pass], number, pass.exitCode, version))
  }
  const keeper = new RunKeeper(say, { forgetsRepeated: true, onNews })
  const report: Report = (event) => {
    lines(event)
    keeper.hear(event)
    events.hear(event)
  }
  const notifications = new Notifications('watch', say, context)
  const told = new Told()
  let nameless: UserMask = maskUsers({ pairs: [] })
  const openAssignment = async (): Promise<Assignment> => (await openConfig()).assignment
  const openConfig = async () => {
    const { config } = await load(context)
    const composition = compose(config, names, { ...composeOptions(context), told, refusalsHold })
    const { openEnds, openRun, glanceAtLedger, forgetRefusals } = composition
    const { pairs } = await choosePairs(composition, config, { only })
    refusePrompts(
      config,
      pairs.map(({ name }) => name),
    )
    await notifications.use(config, composition)
    files.use(config.report)
    nameless = maskUsers(config)
    const openGround = async () => {
      const run = await openRun(report, context.stop, context.kill)
      const endUse = keeper.use(run.archive)
      return { around: run.around, close: () => run.close().finally(endUse) }
    }
    const parts = { pairs, limits: config.limits, openEnds, openGround, glanceAtLedger, forgetRefusals, clock, report }
    return { config, assignment: assignmentOf(parts) }
  }
  // A signal that nobody listens to would end the process. What comes before the watch is there is made up for.
  let isAsked = false
  let onReload: () => unknown = () => {
    isAsked = true
  }
  const unlisten = context.onHangup(() => void onReload())
  const notifier = openNotifier(context)
  const { config, assignment } = await openConfig()
  const page = await openStatusPage(
    {
      ...{ config, address, view: () => running.view(), notifications: () => notifications.counts },
      nameless: () => nameless,
    },
    context,
  )
  const listeners = openListeners(context, notifications, () => notifier.alive(() => watchStatus(running.view())))
  const options = { clock, nextCron, listeners, now, heartbeat: Math.min(heartbeat, notifier.patience ?? heartbeat) }
  const running: Watch = watchPairs(assignment, options, context.stop, context.kill)
  context.remark(`Watching ${counted(assignment.pairs.length, 'pair')}.`)
  notifier.ready(watchStatus(running.view()))
  const onStop = () => notifier.stopping(watchStatus(running.view()))
  context.stop.addEventListener('abort', onStop)
  onReload = reloader(running, openAssignment, notifier, context)
  if (isAsked) void onReload()
  try {
    await running.ended
  } finally {
    context.stop.removeEventListener('abort', onStop)
    await notifier.sent
    await events.close()
    await files.written
    await notifications.settled()
    await page?.close()
    unlisten()
  }
  return context.kill.aborted ? exitCodeOf.interrupted : 0
}

/** Loads the configuration again; one that is wrong is told and changes nothing. Requests meanwhile become one more. */
function reloader(
  running: Watch,
  openAssignment: () => Promise<Assignment>,
  notifier: Notifier,
  context: CommandContext,
): () => Promise<void> {
  let isReloading = false
  let isWanted = false
  const reload = async () => {
    if (context.stop.aborted) return
    notifier.reloading()
    try {
      const assignment = await openAssignment()
      running.reload(assignment)
      context.remark(`Configuration loaded again: ${counted(assignment.pairs.length, 'pair')}.`)
    } catch (thrown) {
      const error: MailhaulError = asMailhaulError(thrown)
      context.warn(renderError(error, context.view).trimEnd())
      context.warn('The configuration in use stays as it was.')
    }
    notifier.ready(watchStatus(running.view()))
  }
  return async () => {
    isWanted = true
    if (isReloading) return
    isReloading = true
    while (isWanted) {
      isWanted = false
      await reload()
    }
    isReloading = false
  }
}

function openNotifier(context: CommandContext): Notifier {
  const { notifySocket, watchdog, path } = readServiceEnvironment(context.pid)
  const onFailure = (error: MailhaulError) => context.warn(renderError(error, context.view).trimEnd())
  return createNotifier({ socket: notifySocket, watchdog, path, clock: systemClock, onFailure })
}

/** Says what passes did: lines on standard error, or with --json one document per line on standard output. */
function openListeners(context: CommandContext, notifications: Notifications, onTurn: () => void): WatchListeners {
  const { json = false, quiet = false, verbose = false } = context.options
  const words = new WatchLines({ verbose, quiet })
  const say = (lines: readonly Line[]) => {
    for (const line of lines) context.log(line)
  }
  return {
    onTurn,
    onPass: (summary, pair) => {
      notifications.tell(summary.notice)
      const lines = words.pass(summary, pair, systemClock.now())
      if (!json) say(lines)
      else if (lines.length > 0) context.print(renderPassLine(summary, pair, version))
    },
  }
}
