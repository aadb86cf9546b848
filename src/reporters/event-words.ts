// Events in one sentence each, for the plain lines and for what is said above the progress bars.
import type { Event, PairSummary } from '../core/events.ts'
import { formatBytes, formatDuration } from '../core/format.ts'
import { printableKey } from '../core/message.ts'
import type { Outcome } from '../core/outcome.ts'
import { causesOf, errorSentences } from './error-text.ts'
import { tallyWords } from './sums.ts'
import { reasonOf } from './unmade.ts'
import { counted } from './words.ts'

/** One line about a pair, and whether it tells of trouble. */
export interface Line {
  readonly text: string
  readonly tone: 'plain' | 'warn' | 'bad'
}

/** What is worth telling about an event for which nothing has to be counted; undefined for all others. */
export function wordsOf(event: Event): Line | undefined {
  switch (event.kind) {
    case 'listed':
      return plain(event.pair, `${counted(event.count, 'message')} listed, ${formatBytes(event.bytes)}`)
    case 'planned':
      return plain(event.pair, `${counted(event.toFetch, 'message')} to fetch, ${formatBytes(event.bytes)}`)
    case 'settled':
      return plain(
        event.pair,
        `of an earlier run, ${event.found} found at the destination, ${event.missing} to be sent again`,
      )
    case 'retrying': {
      const wait = `attempt ${event.attempt} failed, the next in ${formatDuration(event.delay)}`
      return { text: `${event.pair}: ${wait}: ${event.error.message}`, tone: 'warn' }
    }
    case 'warning':
      return { text: `${event.pair}: warning: ${event.text}`, tone: 'warn' }
    default:
      return undefined
  }
}

/** An outcome out of the ordinary; undefined for copied and already there. */
export function outcomeLine(pair: string, outcome: Outcome): Line | undefined {
  if (outcome.kind === 'copied' || outcome.kind === 'already-there') return undefined
  const key = outcome.key === undefined ? '(no key)' : printableKey(outcome.key)
  return plain(pair, `${key}, ${formatBytes(outcome.size)}: ${reasonOf(outcome)}`)
}

/** How a pair ended: the sum, or what stopped it; with its causes where everything is wanted. */
export function endLines(summary: PairSummary, verbose: boolean): Line[] {
  const { pair, error } = summary
  const time = formatDuration(summary.milliseconds)
  const sum = summary.listed.count === 0 ? 'nothing listed' : tallyWords(summary.tally, summary.listed.count)
  if (!error) return [{ text: `${pair}: done in ${time}: ${sum}`, tone: summary.exitCode === 0 ? 'plain' : 'bad' }]
  const causes = verbose ? causesOf(error) : []
  return [
    { text: `${pair}: stopped after ${time}: ${errorSentences(error)} (${sum})`, tone: 'bad' },
    ...causes.map((cause): Line => ({ text: `${pair}: because: ${cause}`, tone: 'bad' })),
  ]
}

function plain(pair: string, text: string): Line {
  return { text: `${pair}: ${text}`, tone: 'plain' }
}
