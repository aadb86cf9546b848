// Makes the document of a run from what its pairs have come to.

import type { PairSummary } from '../core/events.ts'
import { greatestOf, leastOf } from '../core/extremes.ts'
import type { RunFigures } from '../core/figures.ts'
import { type Outcome, outcomeKinds } from '../core/outcome.ts'
import { remedyOf } from '../core/remedy.ts'
import type { PairRunDocument, RunDocument, UnlistedExceptions } from '../documents/run-document.ts'
import type { TallyValue } from '../documents/values.ts'
import { amountSum } from './amount-sum.ts'
import { cutText, jsonAmount, jsonError, jsonOutcome, jsonTally, jsonText } from './json-values.ts'
import { addsUp } from './sums.ts'
import { isoTime } from './words.ts'

/** What a run of `sync` leaves behind. */
export interface SyncView {
  readonly summaries: readonly PairSummary[]
  /** Its number for people; undefined where the ledger keeps nothing of it. */
  readonly run?: number | undefined
  readonly exitCode: number
}

/** The document of a run. */
export function runDocumentOf(view: SyncView, version: string): RunDocument {
  return { mailhaul: version, format: 1, kind: 'sync', ...runFields(view) }
}

/** All of it but what every document begins with. */
export function runFields({ summaries, run, exitCode }: SyncView): Omit<RunDocument, 'mailhaul' | 'format' | 'kind'> {
  return fieldsOf(
    summaries.map((summary) => pairRunDocument(summary, 'all')),
    run,
    exitCode,
  )
}

/** A run made of its pairs. */
export function runOfPairs(
  pairs: readonly PairRunDocument[],
  run: number | undefined,
  exitCode: number,
  version: string,
): RunDocument {
  return { mailhaul: version, format: 1, kind: 'sync', ...fieldsOf(pairs, run, exitCode) }
}

function fieldsOf(pairs: readonly PairRunDocument[], run: number | undefined, exitCode: number) {
  const starts = pairs.map((pair) => Date.parse(pair.startedAt))
  const startedAt = leastOf(starts) ?? 0
  const ends = pairs.map((pair, at) => (starts[at] ?? 0) + pair.milliseconds)
  const sums = outcomeKinds.map((kind) => [kind, amountSum(pairs.map(({ outcomes }) => outcomes[kind]))])
  return {
    run: run ?? null,
    exitCode,
    startedAt: isoTime(startedAt),
    milliseconds: Math.max(0, (greatestOf(ends) ?? 0) - startedAt),
    // Every kind is among them.
    total: { listed: amountSum(pairs.map(({ listed }) => listed)), outcomes: Object.fromEntries(sums) as TallyValue },
    pairs: [...pairs],
  }
}

/**
 * One pair. `new`: of the messages that did not make it, only those are listed that this run has itself decided about;
 * what earlier runs have decided, and what was not reached, is counted.
 */
export function pairRunDocument(summary: PairSummary, which: 'all' | 'new'): PairRunDocument {
  const { figures, removal, dateRules } = summary
  const { true: listed = [], false: counted = [] } = Object.groupBy(summary.exceptions, (outcome) =>
    which === 'all' || isListed(outcome) ? 'true' : 'false',
  )
  return {
    pair: summary.pair,
    run: summary.run ?? null,
    exitCode: summary.exitCode,
    startedAt: isoTime(summary.startedAt),
    milliseconds: Math.round(summary.milliseconds),
    listed: jsonAmount(summary.listed),
    outcomes: jsonTally(summary.tally),
    addsUp: addsUp(summary),
    bytesFetched: summary.bytesFetched,
    bytesAppended: summary.bytesAppended,
    ...figureFields(figures),
    removed: removal.removed,
    removalsToConfirm: removal.toConfirm,
    keptThoughDue: removal.kept.map(({ reason, count }) => ({ reason: cutText(reason), count })),
    dateRules: { received: dateRules.received, date: dateRules.date, listing: dateRules.listing },
    sizes: figures.sizes.map(({ upTo, count, bytes }) => ({ upTo: upTo ?? null, count, bytes })),
    years: figures.years.map(({ year, count, bytes }) => ({ year: year ?? null, count, bytes })),
    error: jsonError(summary.error),
    warnings: summary.warnings.map(cutText),
    window: jsonText(summary.window),
    exceptions: listed.map(jsonOutcome),
    unlisted: unlistedOf(counted),
  }
}

function figureFields({ timeline, retries, reconnects, settled, verdicts, rewrites }: RunFigures) {
  const { stepMilliseconds, messages, bytesFetched, bytesAppended } = timeline
  return {
    timeline: {
      stepMilliseconds,
      messages: [...messages],
      bytesFetched: [...bytesFetched],
      bytesAppended: [...bytesAppended],
    },
    retries: retries.map(({ code, message, count, waitedMilliseconds }) => {
      return { code, message: cutText(message), count, waitedMilliseconds: Math.round(waitedMilliseconds) }
    }),
    reconnects,
    settled: { found: settled.found, missing: settled.missing },
    verdicts: verdicts
      ? { identical: verdicts.identical, canonicalEqual: verdicts.canonicalEqual, different: verdicts.different }
      : null,
    rewrites: rewrites.map(({ rule, count }) => ({ rule, count })),
  }
}

function isListed({ kind, isCarried }: Outcome): boolean {
  return !isCarried && kind !== 'pending'
}

/** By what became of them and why, in order of first appearance. */
function unlistedOf(outcomes: readonly Outcome[]): UnlistedExceptions[] {
  const groups = new Map<string, UnlistedExceptions>()
  for (const outcome of outcomes) {
    const { kind, reason, code, size, isCarried = false } = outcome
    const name = `${kind}\n${code}\n${isCarried}\n${reason}`
    const group = groups.get(name)
    if (group) {
      group.count += 1
      group.bytes += size
      continue
    }
    const remedy = remedyOf(outcome) ?? null
    const why = { reason: jsonText(reason), code: code ?? null, remedy, carried: isCarried }
    groups.set(name, { outcome: kind, ...why, count: 1, bytes: size })
  }
  return [...groups.values()]
}
