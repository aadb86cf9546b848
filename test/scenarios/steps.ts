// Counts every effect of a run, and stops the run, or lets one effect fail, at a chosen one.
import { MailhaulError } from '../../src/core/errors.ts'
import type { Appended, Destination, Ledger, PairLedger, Source, SourceSession } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'

/** What happens at the chosen step: the process dies there, or that one effect fails once. */
export type Mishap = 'stop' | 'fail'

/** Thrown where the process is dead. */
class Dead extends Error {}

/** Stands between the engine and its ports. `names` tells every step that was reached, in order. */
export class Steps {
  readonly names: string[] = []
  readonly #at: number
  readonly #mishap: Mishap
  #isDead = false

  /** A mishap at step `at`, counted from 1; none at 0. */
  constructor(at: number, mishap: Mishap) {
    this.#at = at
    this.#mishap = mishap
  }

  #step(name: string): void {
    if (this.#isDead) throw new Dead(name)
    this.names.push(name)
    if (this.names.length !== this.#at) return
    if (this.#mishap === 'stop') {
      this.#isDead = true
      throw new Dead(name)
    }
    throw new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: `lost at ${name}` })
  }

  async #around<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#step(`before ${name}`)
    const result = await work()
    this.#step(`after ${name}`)
    return result
  }

  #aroundSync<T>(name: string, work: () => T): T {
    this.#step(`before ${name}`)
    const result = work()
    this.#step(`after ${name}`)
    return result
  }

  ends({ source, destination }: Ends): Ends {
    return { source: this.#source(source), destination: this.#destination(destination) }
  }

  #source(source: Source): Source {
    return { open: async (signal) => this.#session(await this.#around('login', () => source.open(signal))) }
  }

  #session(session: SourceSession): SourceSession {
    const step = (name: string) => this.#step(name)
    return {
      facts: session.facts,
      list: (signal) => this.#around('listing', () => session.list(signal)),
      headers: (messages, signal) => session.headers(messages, signal),
      fetch: async function* (messages, spool, signal) {
        step('before fetching')
        for await (const fetched of session.fetch(messages, spool, signal)) {
          step('message fetched')
          yield fetched
        }
        step('after fetching')
      },
      remove: (messages, signal) => this.#around('DELE', () => session.remove(messages, signal)),
      close: (signal) => this.#around('QUIT', () => session.close(signal)),
      abandon: () => session.abandon(),
    }
  }

  #destination(destination: Destination): Destination {
    return {
      account: destination.account,
      get batchLimits() {
        // Small batches, so that there are several.
        return { count: 2, bytes: destination.batchLimits.bytes }
      },
      facts: (signal) => this.#around('IMAP login', () => destination.facts(signal)),
      find: (name, signal) => this.#around('finding a folder', () => destination.find(name, signal)),
      ensure: (name, signal) => this.#around('ensuring a folder', () => destination.ensure(name, signal)),
      sizes: (...given) => destination.sizes(...given),
      digests: (...given) => destination.digests(...given),
      append: (...given) => this.#append(given[1].length, () => destination.append(...given)),
      close: () => destination.close(),
    }
  }

  /** A failure after the append is a lost answer. */
  async #append(count: number, work: () => Promise<readonly Appended[]>): Promise<readonly Appended[]> {
    const lost = (kind: 'unsent' | 'unknown', thrown: unknown): Appended[] => {
      if (!(thrown instanceof MailhaulError)) throw thrown
      return Array.from({ length: count }, () => ({ kind, error: thrown }))
    }
    try {
      this.#step('before APPEND')
    } catch (thrown) {
      return lost('unsent', thrown)
    }
    const answers = await work()
    try {
      this.#step('after APPEND')
    } catch (thrown) {
      return lost('unknown', thrown)
    }
    return answers
  }

  ledger(ledger: Ledger): Ledger {
    return {
      open: (pair, account) => this.#book(this.#aroundSync('locking', () => ledger.open(pair, account))),
      read: (pair) => ledger.read(pair),
      close: () => ledger.close(),
    }
  }

  #book(book: PairLedger): PairLedger {
    const writing = ['begin', 'settle', 'rekey', 'markRemoval', 'setComparedTo'] as const
    const wrapped = Object.fromEntries(
      writing.map((name) => {
        const write = book[name] as (...given: unknown[]) => void
        return [name, (...given: unknown[]) => this.#aroundSync(`ledger ${name}`, () => write.apply(book, given))]
      }),
    )
    return new Proxy(book, {
      get: (target, name) => {
        if (typeof name === 'string' && name in wrapped) return wrapped[name]
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}
