// One pair from beginning to end, in the order in which a message travels: the file to read first.
import { dailyBudgets } from '../core/daily-budget.ts'
import { asMailhaulError, interrupted, type MailhaulError } from '../core/errors.ts'
import type { PairSummary, Report } from '../core/events.ts'
import { shortHash } from '../core/fingerprint.ts'
import type { Pair } from '../core/pair.ts'
import type { Clock, Destination, Habits, Ledger, PairLedger, Source, Spool } from '../core/ports.ts'
import type { Quarantine } from '../core/quarantine.ts'
import { Allowance } from './allowance.ts'
import type { RemovalOptions } from './consent.ts'
import { Custody } from './custody.ts'
import { Delivery } from './delivery.ts'
import { part } from './farewell.ts'
import { FolderDesk } from './folder-desk.ts'
import { Intake } from './intake.ts'
import { rememberEnd } from './last-run.ts'
import { MirrorGuard } from './mirror-guard.ts'
import { type Pace, Paces } from './pace.ts'
import { countRefusal, holdAfterRefusals } from './pause.ts'
import { Removal } from './remove.ts'
import { waitAfter } from './retry.ts'
import { RunRecord } from './run-record.ts'
import { settleLeftovers } from './settle.ts'
import { judgeBooklessRun, judgeRun, type Standings } from './standing.ts'
import { survey } from './survey.ts'
import { WindowWatch } from './window.ts'

/** The two ends of a pair. */
export interface Ends {
  readonly source: Source
  readonly destination: Destination
}

/** Opens the ends of a pair, which connect when they are first used. */
export type OpenEnds = (pair: Pair, habits: Habits) => Promise<Ends>

/** What all pairs of a run share. */
export interface Surroundings {
  readonly ledger: Ledger
  readonly spool: Spool
  /** Where messages are kept that the destination would not take; undefined where nobody asked for that. */
  readonly quarantine?: Quarantine | undefined
  readonly clock: Clock
  /** How fast hosts and pairs may be used; undefined: as fast as they can. */
  readonly paces?: Paces
  /** How pairs stand whose ledger cannot be used. */
  readonly standings?: Standings | undefined
  readonly report: Report
  /** Aborted: take no new mail, finish what is in flight. */
  readonly stop: AbortSignal
  /** Aborted: drop everything now; the next run settles. */
  readonly kill: AbortSignal
}

/** What is wanted of this run beyond the pair's policy. */
export interface HaulOptions extends RemovalOptions {
  /** Try again what was rejected or given up before. */
  readonly retryFailed: boolean
  /** Log in although the last runs were refused. */
  readonly now?: boolean
  /** Milliseconds: what wants a longer wait is for a later run. As long as it takes, unless told. */
  readonly longestWait?: number
  /**
   * Finds what lies at the destination already and fills the ledger with it: appends nothing, creates no folder,
   * removes nothing. Messages that are not there stay pending.
   */
  readonly adoptOnly?: boolean
}

/** Everything the steps of one pair share. */
export interface Haul extends Surroundings, Ends {
  readonly pair: Pair
  readonly options: HaulOptions
  readonly book: PairLedger
  readonly record: RunRecord
  readonly desk: FolderDesk
  readonly delivery: Delivery
  /** How fast this pair may append. */
  readonly pace: Pace
  /** How much this pair may still move today. */
  readonly allowance: Allowance
  readonly custody: Custody
  readonly guard: MirrorGuard
  readonly window: WindowWatch
}

/** Moves what one pair's source holds to its destination. Never throws: the summary says what happened. */
export async function haul(
  pair: Pair,
  around: Surroundings,
  openEnds: OpenEnds,
  options: HaulOptions,
): Promise<PairSummary> {
  const { ledger, clock, report, kill: signal } = around
  const record = new RunRecord(pair.name, report, clock)
  let book: PairLedger | undefined
  const habits = {
    get: (name: string) => book?.habit(name),
    ofAll: (name: string) => book?.habitOfAll(name) ?? [],
    set: (name: string, value: string) => book?.setHabit(name, value),
  }
  try {
    const ends = await openEnds(pair, habits)
    const { destination } = ends
    book = ledger.open(pair.name, destination.account)
    record.opened(book.run)
    try {
      const desk = new FolderDesk({ destination, book, signal, adoptOnly: options.adoptOnly ?? false })
      const custody = new Custody({ pair: pair.name, quarantine: around.quarantine, record })
      const paces = around.paces ?? new Paces({}, clock)
      const { fetch, append: pace } = paces.of(pair)
      const budgets = dailyBudgets(pair, paces.perHost, destination.account)
      const allowance = new Allowance({
        budgets: budgets.filter(({ end }) => end === 'source' || !options.adoptOnly),
        ...{ pair, book, record, clock },
      })
      const delivery = new Delivery({
        ...{ destination, book, record, clock, custody, desk, signal, pace, allowance },
        repair: pair.repair ?? [],
        keepsOrder: pair.order === 'arrival',
      })
      const guard = new MirrorGuard(book, shortHash(`${pair.sourceHost} ${destination.account}`))
      if (!options.now) holdAfterRefusals(book, clock)
      // The first time there is hardly ever nothing to do: both logins at once.
      if (book.isNew && !options.adoptOnly) destination.prepare(signal)
      const window = new WindowWatch(pair.sourceProvider, book, record)
      const spool = fetch.spool(around.spool)
      const steps = {
        ...around,
        ...ends,
        pair,
        options,
        book,
        record,
        desk,
        delivery,
        custody,
        guard,
        window,
        spool,
        pace,
        allowance,
      }
      const error = await passUntilDone(steps).then(() => allowance.end, asMailhaulError)
      allowance.close()
      countRefusal(book, clock, error, record)
      if (!options.adoptOnly) record.judged(judgeRun(pair.name, book, around.standings, error, clock, record.hasMoved))
      if (!options.adoptOnly) record.warnings.remember(book, error === undefined)
      if (error) throw error
      if (!options.adoptOnly) rememberEnd(book, undefined, record.soFar())
    } catch (thrown) {
      const error = asMailhaulError(thrown)
      record.fail(error)
      if (!options.adoptOnly) rememberEnd(book, error, record.soFar())
    } finally {
      // The lock is given back even where saying goodbye fails.
      await destination.close().finally(() => book?.close())
    }
  } catch (thrown) {
    const error = asMailhaulError(thrown)
    record.fail(error)
    if (book === undefined) record.judged(judgeBooklessRun(pair.name, around.standings, error, clock))
  }
  return record.summary()
}

/**
 * A source may show its maildrop in parts, lose the session or be down for a moment: passes go on as long as they get
 * somewhere, and a few times more where trying again can help.
 */
async function passUntilDone(haul: Haul): Promise<void> {
  const { record, window, clock, stop } = haul
  const { longestWait = Number.POSITIVE_INFINITY } = haul.options
  const removal = new Removal(haul)
  for (let fruitless = 0; ; ) {
    const before = record.progress
    const end = await pass(haul, removal).catch(asMailhaulError)
    if (end === 'done') return
    if (stop.aborted) throw interrupted()
    fruitless = record.progress > before ? 1 : fruitless + 1
    if (end === 'again') continue
    const wanted = waitAfter(end, fruitless, record.wasListed, clock)
    const delay = wanted === undefined || wanted > longestWait ? undefined : wanted
    if (delay === undefined && end.code === 'login-delayed' && window.isLookingAgain) return record.warn(lookLater)
    if (delay === undefined) throw end
    record.retrying(end, fruitless, delay)
    await clock.sleep(delay, stop)
  }
}

const lookLater =
  'Everything listed has been dealt with, but the server wants more time before it is asked for more: run sync again later.'

/** One session at the source: settle, list, plan, move, remove. Returns why another one is needed. */
async function pass(haul: Haul, removal: Removal): Promise<'done' | 'again' | MailhaulError> {
  await settle(haul)
  haul.desk.clear()
  haul.record.stage('connecting')
  const session = await haul.source.open(haul.stop)
  try {
    const found = await survey(session, haul)
    const { messages } = found.listing
    removal.look(messages, found.known.values())
    haul.window.look(found)
    const intake = new Intake(haul, found)
    const end = await intake.move(session)
    if (end !== 'done') return end
    await intake.remember()
    // No QUIT either: there are servers that take what was fetched for removed (quirk A47).
    if (haul.options.adoptOnly) return 'done'
    return await part(session, found, intake, haul, (at) => removal.run(at, messages))
  } finally {
    // Nothing is removed by dropping a session; after a proper end this does nothing.
    session.abandon()
    haul.record.figures.session(session.reopenings ?? 0)
  }
}

/** First things first: an append without an answer is looked for before anything is fetched or appended. */
async function settle({ book, record, destination, custody, stop }: Haul): Promise<void> {
  if (book.unsettled().length === 0) return
  record.stage('settling')
  const { found, missing } = await settleLeftovers({ book, destination, signal: stop })
  record.settledEarlier(found.length, missing)
  await custody.release(found)
}
