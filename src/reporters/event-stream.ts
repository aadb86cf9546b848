// Events as lines of JSON, into whatever takes them: never waiting for it, never in need of it.
import type { Writable } from 'node:stream'
import type { Event } from '../core/events.ts'
import { harmlessJson } from '../core/printable.ts'
import type { EventDocument } from '../documents/event-document.ts'
import { pairRunDocument } from './json-run.ts'
import { cutText, jsonError, jsonOutcome } from './json-values.ts'
import { isoTime } from './words.ts'

/** Octets that may wait for a slow reader; what comes beyond that is counted and dropped. */
const mostWaiting = 4 * 1024 * 1024

/** Milliseconds that a reader gets in the end to take what is waiting. */
const patience = 2_000

/** What a stream of events is made of. */
export interface EventStreamParts {
  readonly output: Writable
  readonly version: string
  readonly now: () => number
  /** Takes secrets out. */
  readonly mask: (text: string) => string
  /** Octets; 4 MiB unless told. */
  readonly mostWaiting?: number
}

/** Writes events as they come. */
export class EventStream {
  readonly #parts: EventStreamParts
  readonly #bound: number
  #dropped = 0
  #total = 0
  #waiting = 0
  #failure: Error | undefined

  constructor(parts: EventStreamParts) {
    this.#parts = parts
    this.#bound = parts.mostWaiting ?? mostWaiting
    parts.output.on('error', (error) => {
      this.#failure ??= error
    })
  }

  /** How many lines nobody has taken. */
  get dropped(): number {
    return this.#total + this.#dropped
  }

  /** Why nothing can be written any more; undefined while all is well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** To be told of everything that happens. */
  hear(event: Event): void {
    const fields = fieldsOf(event)
    if (fields === undefined) return
    if (this.#failure !== undefined || this.#parts.output.writableLength > this.#bound) {
      this.#dropped += 1
      return
    }
    this.#tellDropped()
    this.#write({ pair: event.pair, ...fields })
  }

  /** No more is coming: gives the reader a moment to take what waits, and never longer than that. */
  async close(): Promise<void> {
    const { output } = this.#parts
    if (this.#failure === undefined) this.#tellDropped()
    const ended = new Promise<void>((resolve) => {
      output.once('close', resolve)
      output.once('error', () => resolve())
      output.end(resolve)
    })
    const overdue = Promise.withResolvers<void>()
    const timeout = setTimeout(overdue.resolve, patience)
    await Promise.race([ended, overdue.promise])
    clearTimeout(timeout)
    this.#total += this.#waiting
    output.destroy()
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return
    const count = this.#dropped
    this.#total += count
    this.#dropped = 0
    this.#write({ pair: null, event: 'dropped', count })
  }

  #write(fields: Fields | Dropped): void {
    const { output, version, now, mask } = this.#parts
    const { pair, ...rest } = fields
    const head = { mailhaul: version, format: 1, kind: 'event', event: rest.event, time: isoTime(now()), pair }
    this.#waiting += 1
    output.write(`${mask(harmlessJson(JSON.stringify({ ...head, ...rest })))}\n`, (error) => {
      if (!error) this.#waiting -= 1
    })
  }
}

type Common = 'mailhaul' | 'format' | 'kind' | 'time'
type Without<T> = T extends unknown ? Omit<T, Common> : never
type Dropped = Without<Extract<EventDocument, { event: 'dropped' }>>
type Fields = Without<Exclude<EventDocument, { event: 'dropped' }>>
type Told = Fields extends infer F ? (F extends unknown ? Omit<F, 'pair'> & Pick<Fields, 'event'> : never) : never

/** What a line says of an event; undefined for what only repeats what earlier runs had decided. */
function fieldsOf(event: Event): Told | undefined {
  switch (event.kind) {
    case 'started':
    case 'ended':
      return { event: event.kind }
    case 'stage':
      return { event: 'stage', stage: event.stage }
    case 'listed':
      return { event: 'listed', listed: { count: event.count, bytes: event.bytes } }
    case 'planned':
      return { event: 'planned', toFetch: { count: event.toFetch, bytes: event.bytes } }
    case 'fetched':
      return { event: 'fetched', bytes: event.bytes }
    case 'outcome': {
      const { outcome } = event
      if (outcome.kind === 'already-there' || outcome.isCarried) return undefined
      return { event: 'outcome', message: jsonOutcome(outcome) }
    }
    case 'retrying': {
      const { error, attempt, delay } = event
      return { event: 'retrying', error: jsonError(error), attempt, delayMilliseconds: Math.round(delay) }
    }
    case 'settled':
      return { event: 'settled', found: event.found, missing: event.missing }
    case 'warning':
      return { event: 'warning', text: cutText(event.text) }
    case 'finished':
      return { event: 'finished', result: pairRunDocument(event.summary, 'new') }
  }
}
