// What a watch says: one line for a pass that did something or failed, none for one that found nothing new.

import type { PairSummary } from '../core/events.ts'
import { formatBytes, formatDuration } from '../core/format.ts'
import { verdictOf } from '../core/notice.ts'
import { incompleteKinds, type Outcome } from '../core/outcome.ts'
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { causesOf, errorSentences } from './error-text.ts'
import type { Line } from './event-words.ts'
import { reasonOf } from './unmade.ts'
import { counted, grouped, shellWord } from './words.ts'

/** How much is said. */
export interface WatchLinesOptions {
  /** Adds passes that found nothing new, and the causes of errors. */
  readonly verbose: boolean
  /** Only what failed. */
  readonly quiet: boolean
}

/** Messages that are told of one by one when they did not make it. */
const mostMessages = 5

/** Turns passes into lines. */
export class WatchLines {
  readonly #options: WatchLinesOptions
  /** Pairs whose failure was told, and not yet that it is over. */
  readonly #failing = new Set<string>()

  constructor(options: WatchLinesOptions) {
    this.#options = options
  }

  /** The lines of a pass that has ended; `now` in milliseconds since the epoch. */
  pass(summary: PairSummary, pair: WatchedPair, now: number): Line[] {
    const { verbose, quiet } = this.#options
    const done = quiet ? [] : doneWords(summary)
    const time = formatDuration(summary.milliseconds)
    const lines: Line[] = []
    if (done.length > 0) lines.push({ text: `${summary.pair}: ${done.join(', ')} (${time})`, tone: 'plain' })
    lines.push(...unmadeLines(summary), ...(quiet ? [] : this.#warnings(summary)))
    const { error } = summary
    const hasMoved = summary.fresh.copied.count + summary.fresh.adopted.count > 0
    if (verdictOf(error, hasMoved) === 'through' && this.#failing.delete(summary.pair) && !quiet) {
      lines.push({ text: `${summary.pair}: passes go through again`, tone: 'plain' })
    }
    if (error?.isPlanned || error?.code === 'locked') {
      if (!quiet) lines.push({ text: `${summary.pair}: ${error.message}${againWords(pair, now)}`, tone: 'plain' })
    } else if (error?.code === 'unconfirmed') {
      if (isTimely(pair)) lines.push({ text: `${summary.pair}: ${toDoWords(error)}`, tone: 'warn' })
    } else if (error !== undefined && isTold(error)) {
      this.#failing.add(summary.pair)
      lines.push({ text: `${summary.pair}: ${failureWords(error, pair, now)}`, tone: 'bad' })
      if (verbose)
        for (const cause of causesOf(error)) lines.push({ text: `${summary.pair}: because: ${cause}`, tone: 'bad' })
    }
    if (lines.length === 0 && verbose) {
      lines.push({ text: `${summary.pair}: ${error?.message ?? 'nothing new'} (${time})`, tone: 'plain' })
    }
    return lines
  }

  #warnings({ pair, warnings, freshWarnings = warnings }: PairSummary): Line[] {
    const told = this.#options.verbose ? warnings : freshWarnings
    return told.map((text) => ({ text: `${pair}: warning: ${text}`, tone: 'warn' }))
  }
}

/** How a watch is, in one line: `3 pairs, 1 at work, 1 failing: alice`. */
export function watchStatus({ pairs, isDraining }: WatchView): string {
  const working = pairs.filter(({ phase }) => phase === 'working').length
  const failing = pairs.filter(({ failure }) => failure !== undefined).map(({ name }) => name)
  const named = failing.slice(0, 3).join(', ')
  const more = failing.length > 3 ? ` and ${grouped(failing.length - 3)} more` : ''
  const parts = [
    ...(isDraining ? ['stopping'] : []),
    counted(pairs.length, 'pair'),
    ...(working > 0 ? [`${grouped(working)} at work`] : []),
    ...(failing.length > 0 ? [`${grouped(failing.length)} failing: ${named}${more}`] : []),
  ]
  return parts.join(', ')
}

/**
 * Whether an error is worth a line: not that a pass was stopped, nor that it did not log in because the server wants more
 * time.
 */
function isTold({ code, retryAfter }: NonNullable<PairSummary['error']>): boolean {
  return code !== 'interrupted' && (code !== 'login-delayed' || retryAfter === undefined)
}

/** A removal that waits for its yes holds no pass up, so that every one of them meets with it: told ever more rarely. */
function isTimely({ toDo }: WatchedPair): boolean {
  return Number.isInteger(Math.log2(toDo?.times ?? 1))
}

function toDoWords(error: NonNullable<PairSummary['error']>): string {
  return `to do: ${errorSentences(error)}`
}

function doneWords({ fresh, removal, bytesAppended }: PairSummary): string[] {
  const { copied, adopted } = fresh
  return [
    ...(copied.count > 0 ? [`${counted(copied.count, 'message')} copied, ${formatBytes(bytesAppended)}`] : []),
    ...(adopted.count > 0 ? [`${counted(adopted.count, 'message')} found at the destination`] : []),
    ...(removal.removed > 0 ? [`${counted(removal.removed, 'message')} removed at the source`] : []),
  ]
}

/** Messages that did not make it, told by the pass that decided so. What a pass did not reach is for the next one. */
function unmadeLines({ pair, exceptions }: PairSummary): Line[] {
  const unmade = exceptions.filter((outcome) => isFreshlyUnmade(outcome))
  const lines = unmade.slice(0, mostMessages).map((outcome): Line => {
    const what = `a message of ${formatBytes(outcome.size)} did not make it`
    return { text: `${pair}: ${what}: ${reasonOf(outcome)}`, tone: 'bad' }
  })
  if (unmade.length > lines.length) {
    lines.push({ text: `${pair}: ${grouped(unmade.length - lines.length)} more did not make it`, tone: 'bad' })
  }
  if (lines.length > 0) lines.push({ text: `${pair}: mailhaul status ${shellWord(pair)} lists them`, tone: 'plain' })
  return lines
}

function isFreshlyUnmade({ kind, isCarried }: Outcome): boolean {
  return incompleteKinds.has(kind) && kind !== 'pending' && !isCarried
}

function failureWords(error: NonNullable<PairSummary['error']>, pair: WatchedPair, now: number): string {
  const { failure } = pair
  const times = failure === undefined || failure.times < 2 ? '' : ` (${grouped(failure.times)} times in a row)`
  return `failed${times}: ${errorSentences(error)}${againWords(pair, now)}`
}

function againWords({ next }: WatchedPair, now: number): string {
  return next === undefined ? '' : ` Next pass in ${formatDuration(Math.max(1000, next - now))}.`
}
