// A short look at how fast both ends are, and how old the mail is: a few round trips, and nothing is written.
import type { DestinationPace, SourcePace } from '../core/estimate.ts'
import { parseHeaders } from '../core/headers.ts'
import { internalDateOf } from '../core/internal-date.ts'
import type { Listed } from '../core/message.ts'
import type { Clock, Destination, DestinationFacts, SourceSession } from '../core/ports.ts'
import type { Provider } from '../core/providers.ts'

/** Round trips measured at each end: the shortest counts. */
const pings = 3
/** Milliseconds after which no further step is begun. */
const patience = 800
/** Milliseconds after which a step that hangs is given up, and the session with it. */
const longest = 5000

/** Header blocks read at first, and in all: spread evenly over what is to be moved. */
const firstSample = 16
const wholeSample = 96
/** Where each one costs a round trip. */
const singleSample = 8
/** Octets; there are servers that send whole messages instead (quirk A45). */
export const largestSampled = 500_000

interface ProbePorts {
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** What a look at the source has brought. */
export interface SourceLook {
  readonly pace: Omit<SourcePace, 'opening'>
  /** Milliseconds since the epoch, by message number; undefined where a header block names no credible date. */
  readonly dates: ReadonlyMap<number, number | undefined>
}

/**
 * Measures the round trip, and reads a few header blocks where that takes nothing and costs little. Undefined where the
 * session was lost over it: a plan is no worse for that.
 */
export async function lookAtSource(
  session: SourceSession,
  messages: readonly Listed[],
  provider: Provider,
  ports: ProbePorts,
): Promise<SourceLook | undefined> {
  const { clock, stop } = ports
  const started = clock.monotonic()
  const over = new AbortController()
  const overdue = new AbortController()
  clock.sleep(longest, over.signal).then(
    () => overdue.abort(),
    () => undefined,
  )
  const signal = AbortSignal.any([stop, overdue.signal])
  try {
    const roundTrip = await shortest(() => session.ping(signal), ports)
    const { pipelines } = session
    const wanted = mayRead(session, provider) ? sampleOf(messages, pipelines ? wholeSample : singleSample) : []
    const dates = new Map<number, number | undefined>()
    let reading = 0
    let waiting = 0
    for (let at = 0; at < wanted.length && clock.monotonic() - started < patience; at = dates.size) {
      const some = wanted.slice(at, at === 0 ? firstSample : undefined)
      const began = clock.monotonic()
      const found = await datesOf(session, some, signal, clock.now()).catch(() => undefined)
      stop.throwIfAborted()
      reading += clock.monotonic() - began
      waiting += pipelines ? Math.ceil(some.length / stretch) * roundTrip : some.length * roundTrip
      if (found === undefined) break
      for (const [number, instant] of found) dates.set(number, instant)
    }
    const perHeader = dates.size === 0 ? undefined : Math.max(0.02, (reading - waiting) / dates.size)
    return { pace: { roundTrip, perHeader, headersRead: dates.size, pipelines }, dates }
  } catch {
    stop.throwIfAborted()
    return undefined
  } finally {
    over.abort()
  }
}

/** Header blocks that a source asks for in one round trip. */
const stretch = 48

/**
 * Header blocks are read only where TOP is offered, nothing is taken for fetched by it, and a session that breaks over
 * it could be opened again at once.
 */
function mayRead({ facts: { capabilities }, consumes }: SourceSession, provider: Provider): boolean {
  const isFree = !consumes && provider.consumes !== true && provider.window !== 'until-popped'
  return isFree && capabilities.includes('TOP') && !capabilities.some((line) => /^LOGIN-DELAY +[1-9]/.test(line))
}

/** So many messages, evenly spread, in listing order. */
function sampleOf(messages: readonly Listed[], most: number): readonly Listed[] {
  const small = messages.filter(({ size }) => size <= largestSampled)
  const count = Math.min(most, small.length)
  const spread = Array.from({ length: count }, (_, at) => small[Math.floor(((at + 0.5) * small.length) / count)])
  // The first of them come from everywhere, too.
  const chosen = spread.filter((listed) => listed !== undefined)
  const step = Math.max(1, Math.ceil(chosen.length / firstSample))
  return Array.from({ length: step }, (_, offset) => chosen.filter((_one, at) => at % step === offset)).flat()
}

/** Undefined where the server gives no header block for a message: then it is asked for no more. */
async function datesOf(
  session: SourceSession,
  messages: readonly Listed[],
  signal: AbortSignal,
  now: number,
): Promise<ReadonlyMap<number, number | undefined> | undefined> {
  const dates = new Map<number, number | undefined>()
  for await (const { listed, headers } of session.headers(messages, signal)) {
    if (headers === undefined) return undefined
    const { instant, rule } = internalDateOf(parseHeaders(headers), { listedAt: now, now })
    dates.set(listed.number, rule === 'listing' ? undefined : instant)
  }
  return dates
}

/** What a look at the destination has brought; `opening` is what the login has just taken. */
export async function lookAtDestination(
  destination: Destination,
  { capabilities, lanes }: DestinationFacts,
  opening: number,
  ports: ProbePorts,
): Promise<DestinationPace> {
  const roundTrip = await shortest(() => destination.ping(ports.stop), ports)
  const style = capabilities.includes('MULTIAPPEND') ? 'many' : capabilities.includes('LITERAL+') ? 'ahead' : 'asked'
  return { opening, roundTrip, style, lanes }
}

async function shortest(ping: () => Promise<void>, { clock }: ProbePorts): Promise<number> {
  const started = clock.monotonic()
  let least = Number.POSITIVE_INFINITY
  for (let count = 0; count < pings && clock.monotonic() - started < patience; count += 1) {
    const sent = clock.monotonic()
    await ping()
    least = Math.min(least, clock.monotonic() - sent)
  }
  return least
}
