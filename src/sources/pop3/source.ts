// A POP3 maildrop as a source: what the engine sees of this folder.
//
// The way of a byte, file by file: dial and tls make the connection; connection sends commands and gives every reply to
// its taker (reply), cut out of the stream by wire and content; login, sasl and capabilities open the session; listing
// says what is there, maildrop finds it again in another login; fetch runs a pipeline of retrievals, as deep as window
// and as far as room allow, and goes one by one (alone) where that came apart; seal says why any of it can be believed.
import { Logins } from '../../core/logins.ts'
import type { Listed } from '../../core/message.ts'
import type { Clock, EndFacts, Fetched, Habits, Listing, Source, SourceSession, Spool } from '../../core/ports.ts'
import { type Deadlines, defaultDeadlines, within } from './deadlines.ts'
import type { Endpoint } from './dial.ts'
import { timedOut } from './errors.ts'
import { fetchMessages } from './fetch.ts'
import { type ListedHeaders, readHeaders } from './headers.ts'
import { logIn } from './login.ts'
import { Maildrop, type MaildropOptions, type Memory } from './maildrop.ts'
import type { Credentials } from './sasl.ts'
import { SizeModel } from './size-model.ts'
import { Suspects } from './suspects.ts'
import { PipelineWindow } from './window.ts'

/** Which maildrop, and how to get at it. */
export interface Pop3Options extends Endpoint {
  readonly credentials: Credentials
  /** Lets the password travel unencrypted beyond this machine. */
  readonly allowPlaintext: boolean
  readonly clock: Clock
  /** Milliseconds; what is left out is as in `defaultDeadlines`. */
  readonly deadlines?: Partial<Deadlines>
  /** Receives protocol lines, secrets masked; bodies never. */
  readonly trace?: (line: string) => void
  /** Octets beyond which a message is taken for one that never ends: 2 GiB unless told. */
  readonly largestMessage?: number
  /** Messages beyond which a maildrop is not listed: 1,000,000 unless told. */
  readonly largestListing?: number
  /** Shared by the pairs of a process, which may read one maildrop. */
  readonly logins?: Logins
  /** What is learned about the server, for later runs: `capa`, `pipelining`, `sizes`, `stat`. */
  readonly remember?: Habits
}

/** So many DELE travel in one write. */
const removalsAtOnce = 48

/** Makes a source of a POP3 maildrop. Connects when it is opened. */
export function createPop3Source(options: Pop3Options): Source {
  const habits = options.remember ?? forgetful()
  let memory: Memory | undefined
  const maildropOptions: MaildropOptions = {
    ...options,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
    trace: options.trace,
    largestMessage: options.largestMessage ?? 2 ** 31,
    largestListing: options.largestListing ?? 1_000_000,
    habits,
    logins: options.logins ?? new Logins(options.clock),
    progress: { hasLoggedIn: false },
  }
  return {
    open: async (signal) => {
      const login = await logIn(maildropOptions, signal)
      // Habits are looked up at the first login, no sooner: their keeper may not have opened its book before.
      memory ??= memoryOf(habits)
      return new Session(new Maildrop(maildropOptions, memory, login))
    },
  }
}

function memoryOf(habits: Habits): Memory {
  return { habits, sizes: new SizeModel(habits), suspects: new Suspects(), window: new PipelineWindow(habits) }
}

/** One login at a maildrop, or several that look like one. */
class Session implements SourceSession {
  readonly #maildrop: Maildrop
  #hasRemoved = false

  constructor(maildrop: Maildrop) {
    this.#maildrop = maildrop
  }

  get facts(): EndFacts {
    return this.#maildrop.facts
  }

  get consumes(): boolean {
    return this.#maildrop.consumes
  }

  get reopenings(): number {
    return this.#maildrop.reopenings
  }

  get pipelines(): boolean {
    return !this.#maildrop.memory.window.isClosed
  }

  async ping(signal: AbortSignal): Promise<void> {
    const { connection } = this.#maildrop
    await connection.during(signal, () => connection.ask('NOOP'))
  }

  list(signal: AbortSignal): Promise<Listing> {
    return this.#maildrop.list(signal)
  }

  headers(messages: readonly Listed[], signal: AbortSignal): AsyncIterable<ListedHeaders> {
    return readHeaders(this.#maildrop, messages, signal)
  }

  fetch(messages: readonly Listed[], spool: Spool, signal: AbortSignal): AsyncIterable<Fetched> {
    return fetchMessages(this.#maildrop, messages, spool, signal)
  }

  async remove(messages: readonly Listed[], signal: AbortSignal): Promise<readonly Listed[]> {
    const maildrop = this.#maildrop
    if (maildrop.connection.failure !== undefined) await maildrop.reopen(signal)
    this.#hasRemoved = true
    const { connection } = maildrop
    const removed: Listed[] = []
    const atOnce = maildrop.memory.window.isClosed ? 1 : removalsAtOnce
    return connection.during(signal, async () => {
      for (let start = 0; start < messages.length; start += atOnce) {
        const some = messages.slice(start, start + atOnce)
        const accepted = await Promise.all(some.map((listed) => this.#delete(listed)))
        removed.push(...some.filter((_, index) => accepted[index]))
      }
      return removed
    })
  }

  async close(signal: AbortSignal, { keep } = { keep: false }): Promise<boolean> {
    const { connection, options } = this.#maildrop
    const ask = (command: string) => {
      const silent = () => timedOut(`The server did not answer ${command}.`)
      const step = (limit: AbortSignal) => connection.during(limit, () => connection.ask(command))
      return within(options.clock, options.deadlines.quit, signal, silent, step)
    }
    try {
      // RSET would take back removals too (quirk A48). QUIT waits for its answer: without it everything could be gone.
      if (keep && !this.#hasRemoved && (await ask('RSET')).kind !== 'ok') return false
      return (await ask('QUIT')).kind === 'ok'
    } catch {
      // Not confirmed, for whatever reason: the next listing tells what was removed.
      return false
    } finally {
      this.abandon()
    }
  }

  abandon(): void {
    this.#maildrop.abandon()
  }

  // A number alone is no proof of identity once the session has been opened again: then only names count, and a name that
  // is the number in the listing may be no more than that (quirk A21).
  async #delete(listed: Listed): Promise<boolean> {
    const maildrop = this.#maildrop
    const isNamed = listed.key !== undefined && listed.key !== String(listed.number)
    const number = !isNamed && maildrop.wasReopened ? undefined : maildrop.numberOf(listed)
    if (number === undefined) return false
    maildrop.unseal(number)
    return (await maildrop.connection.ask(`DELE ${number}`)).kind === 'ok'
  }
}

function forgetful(): Habits {
  const habits = new Map<string, string>()
  return { get: (name) => habits.get(name), set: (name, value) => void habits.set(name, value) }
}
