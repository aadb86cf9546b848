// How long a pair will take: a model of both ends, fed with what was measured, what was seen before, and the limits.
//
// The two ends work side by side, so the slower one holds. What cannot be measured without writing (how long the
// destination takes to store a message) comes from servers that were measured; the range says how far they differ.
import { formatBytes, formatDuration, formatRate } from './format.ts'
import type { Amount } from './outcome.ts'
import { leastSeconds, type Rates } from './rates.ts'

/** What is known of the source; times in milliseconds. */
export interface SourcePace {
  /** From nothing to a listing. */
  readonly opening: number
  readonly roundTrip: number
  /** For each header block, without the round trips; undefined where none were read. */
  readonly perHeader: number | undefined
  readonly headersRead: number
  /** Whether commands may be sent ahead. */
  readonly pipelines: boolean
}

/** What is known of the destination; times in milliseconds. */
export interface DestinationPace {
  readonly opening: number
  readonly roundTrip: number
  /** many: a batch per command; ahead: a message per command, sent ahead; asked: a round trip per message. */
  readonly style: 'many' | 'ahead' | 'asked'
  /** Upload connections at most. */
  readonly lanes: number
}

/** What an earlier run has moved, and how long that took in milliseconds. */
export interface EarlierPace extends Amount {
  readonly milliseconds: number
}

/** Octets that a daily budget has left today, and has each day. */
export interface BudgetRoom {
  readonly left: number
  readonly limit: number
}

/** Everything an estimate follows from. */
export interface EstimateInput {
  /** To be moved, or compared. */
  readonly work: Amount
  readonly source: SourcePace
  readonly destination: DestinationPace
  /** In force at each end: the pair's own, and those of the host. */
  readonly limits: { readonly source: readonly Rates[]; readonly destination: readonly Rates[] }
  readonly budgets: readonly BudgetRoom[]
  readonly earlier: EarlierPace | undefined
}

/** Seconds of work, and the days it takes. */
export interface Estimate {
  readonly low: number
  readonly likely: number
  readonly high: number
  /** The day on which the last of it moves: 1 is today, more where a daily budget holds it. */
  readonly days: number
  readonly basis: readonly string[]
}

/** At best, most likely, at worst. */
type Range = readonly [low: number, likely: number, high: number]

/** A round trip shorter than this is one in the same building: milliseconds. */
const near = 3
/** Octets per millisecond that lines and disks carry. */
const throughput = { near: [400_000, 60_000, 8_000], far: [60_000, 10_000, 800] } as const satisfies Record<
  string,
  Range
>

/** Messages on their way at once at a source that takes commands ahead. */
const outstanding: Range = [256, 100, 24]
/** Retrieving a message, in header blocks of the same server: its body has to be read, too. */
const headersWorth: Range = [0.5, 1.5, 5]
/** Milliseconds per message where nothing was measured. */
const unmeasured: Range = [0.1, 0.5, 5]

/** Milliseconds that a server takes to store a message, on one connection: measured on Dovecot, Cyrus, Courier. */
const storing = { many: [0.25, 0.6, 5], ahead: [0.8, 8, 25], asked: [0.8, 4, 25] } as const satisfies Record<
  DestinationPace['style'],
  Range
>
/** Messages that share a round trip on one connection. */
const sharing = { many: [400, 100, 25], ahead: [32, 16, 6], asked: [1.5, 1, 0.5] } as const satisfies Record<
  DestinationPace['style'],
  Range
>
/** By how much each further connection helps: at worst not at all (on Courier four are slower than one). */
const laneWorth: Range = [1, 0.4, 0]

/** Opening both ends takes about as long as it did just now. */
const openingAgain: Range = [0.7, 1.1, 3]

/** How far an earlier run tells of the next one. */
const asBefore: Range = [0.5, 1, 2.5]

/** Estimates how long it will take; undefined where there is nothing to do. */
export function estimateOf(input: EstimateInput): Estimate | undefined {
  const { work, source, destination, limits, earlier } = input
  if (work.count === 0) return undefined
  const opening = Math.max(source.opening, destination.opening)
  const atSource = sourceTime(source, work)
  const atDestination = destinationTime(destination, work)
  const held = heldSeconds(limits, work)
  const seconds = each((at) => {
    const modelled = Math.max(atSource[at], atDestination[at])
    const moving = earlier === undefined ? modelled : earlierTime(earlier, work)[at] * asBefore[at]
    return Math.max((opening * openingAgain[at] + moving) / 1000, held)
  })
  const days = daysOf(input.budgets, work.bytes)
  const [low, likely, high] = seconds.map((value) => Math.round(value * 10) / 10)
  const basis = basisOf(input, { held, days, slower: atSource[1] > atDestination[1] ? 'source' : 'destination' })
  return { low: low ?? 0, likely: likely ?? 0, high: high ?? 0, days, basis }
}

function each(value: (at: 0 | 1 | 2) => number): Range {
  return [value(0), value(1), value(2)]
}

function sourceTime({ roundTrip, perHeader, pipelines }: SourcePace, { count, bytes }: Amount): Range {
  const speed = throughput[roundTrip < near ? 'near' : 'far']
  return each((at) => {
    const serving = perHeader === undefined ? unmeasured[at] : perHeader * headersWorth[at]
    const carrying = bytes / speed[at]
    if (!pipelines) return count * (roundTrip + serving) + carrying
    return Math.max(count * Math.max(serving, roundTrip / outstanding[at]), carrying)
  })
}

function destinationTime({ roundTrip, style, lanes }: DestinationPace, { count, bytes }: Amount): Range {
  const speed = throughput[roundTrip < near ? 'near' : 'far']
  return each((at) => {
    const parallel = 1 + (Math.max(1, lanes) - 1) * laneWorth[at]
    const perMessage = (storing[style][at] + roundTrip / sharing[style][at]) / parallel
    return count * perMessage + bytes / speed[at]
  })
}

/** As before, in proportion: by messages, by octets, or between the two. */
function earlierTime({ count, bytes, milliseconds }: EarlierPace, work: Amount): Range {
  const byCount = (work.count / Math.max(1, count)) * milliseconds
  const byBytes = (work.bytes / Math.max(1, bytes)) * milliseconds
  return [Math.min(byCount, byBytes), (byCount + byBytes) / 2, Math.max(byCount, byBytes)]
}

/** Seconds that the limits in force take at least. */
function heldSeconds({ source, destination }: EstimateInput['limits'], { count, bytes }: Amount): number {
  return Math.max(0, ...[...source, ...destination].map((rates) => leastSeconds(rates, count, bytes)))
}

/** The last day on which mail moves, counted from today as 1. */
function daysOf(budgets: readonly BudgetRoom[], bytes: number): number {
  return Math.max(
    1,
    ...budgets.map(({ left, limit }) => (bytes <= left ? 1 : 1 + Math.ceil((bytes - left) / Math.max(1, limit)))),
  )
}

interface Findings {
  readonly held: number
  readonly days: number
  readonly slower: 'source' | 'destination'
}

function basisOf(input: EstimateInput, { held, days, slower }: Findings): readonly string[] {
  const { source, destination, earlier, work } = input
  const basis = [
    `A round trip takes ${tripWords(source.roundTrip)} to the source and ${tripWords(destination.roundTrip)} to the ` +
      'destination, as measured now.',
  ]
  if (source.perHeader !== undefined && source.headersRead > 1) {
    const rate = Math.round(1000 / Math.max(source.perHeader, 0.01))
    basis.push(`The source gives ${rate} header blocks a second, measured over ${source.headersRead}.`)
  }
  if (!source.pipelines) basis.push('The source takes one command at a time: a round trip for each message.')
  if (earlier) {
    const rate = `${Math.round((earlier.count * 1000) / Math.max(1, earlier.milliseconds))} messages a second`
    basis.push(
      `The last run that moved enough to tell moved ${rate}, ${formatRate(earlier.bytes, earlier.milliseconds)}.`,
    )
  } else {
    basis.push(`${styleSentence(destination)} Nothing is written to find out how fast this one is, hence the range.`)
    basis.push(`The ${slower} is the slower end.`)
  }
  if (held > 0) {
    basis.push(
      `The limits in force let ${formatBytes(work.bytes)} in ${work.count} messages through in ` +
        `${formatDuration(held * 1000)} at the soonest.`,
    )
  }
  if (days > 1) basis.push(`A daily budget holds it: the last of it moves on day ${days}, today being the first.`)
  return basis
}

function tripWords(milliseconds: number): string {
  return milliseconds < 1 ? 'less than 1 ms' : formatDuration(milliseconds)
}

function styleSentence({ style, lanes }: DestinationPace): string {
  const connections = lanes === 1 ? 'one connection' : `up to ${lanes} connections`
  switch (style) {
    case 'many':
      return `The destination takes many messages per command, over ${connections}: servers store 200 to 4,000 a second so.`
    case 'ahead':
      return `The destination takes one message per command, over ${connections}: servers store 40 to 1,200 a second so.`
    case 'asked':
      return `The destination has to be asked before every message, over ${connections}: a round trip each.`
  }
}
