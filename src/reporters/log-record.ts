// What a log says of each event: how much it matters, a sentence, and the values for programs.
import type { Event } from '../core/events.ts'
import { incompleteKinds, type Outcome } from '../core/outcome.ts'
import { jsonError, jsonOutcome, jsonTally, jsonText } from './json-values.ts'
import { outcomeWords } from './words.ts'

/** One line of a log. */
export interface EventRecord {
  readonly level: 'error' | 'warn' | 'info' | 'debug' | 'trace'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The line for an event. */
export function recordOf(event: Event): EventRecord {
  const { pair, kind } = event
  const record = (level: EventRecord['level'], text: string, values: object = {}): EventRecord => {
    return { level, text, fields: { event: kind, pair, ...values } }
  }
  switch (event.kind) {
    case 'started':
      return record('info', 'begun')
    case 'stage':
      return record('debug', event.stage)
    case 'listed':
      return record('info', 'listed by the source', { count: event.count, bytes: event.bytes })
    case 'planned':
      return record('info', 'to be fetched', { count: event.toFetch, bytes: event.bytes })
    case 'fetched':
      return record('trace', 'fetched', { bytes: event.bytes })
    case 'outcome':
      return record(levelOf(event.outcome), outcomeWords(event.outcome.kind), jsonOutcome(event.outcome))
    case 'retrying': {
      const { attempt, delay, error } = event
      return record('warn', 'tried again after a while', { attempt, delay, error: jsonError(error) })
    }
    case 'settled':
      return record('info', 'looked for what an earlier run had left open', {
        found: event.found,
        missing: event.missing,
      })
    case 'warning':
      return record('warn', jsonText(event.text) ?? '')
    case 'finished': {
      const { exitCode, milliseconds, bytesFetched, bytesAppended, tally, error } = event.summary
      const values = { exitCode, milliseconds: Math.round(milliseconds), bytesFetched, bytesAppended }
      const outcomes = jsonTally(tally)
      const level = error === undefined ? 'info' : error.isPlanned ? 'warn' : 'error'
      return record(level, 'finished', { ...values, outcomes, error: jsonError(error) })
    }
    case 'ended':
      return record('debug', 'looked at')
  }
  // Other events may be told one day: they are no reason to fail.
  return record('debug', String(kind))
}

/** Of ordinary mail only totals matter; what did not make it is worth a line of its own. */
function levelOf({ kind, isCarried }: Outcome): EventRecord['level'] {
  if (isCarried || kind === 'copied' || kind === 'already-there') return 'debug'
  return incompleteKinds.has(kind) && kind !== 'pending' ? 'warn' : 'info'
}
