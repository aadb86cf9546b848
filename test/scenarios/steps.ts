// Counts every effect of a run, and stops or kills the run, or lets one effect fail, at a chosen one.
import { writeSync } from 'node:fs'
import { MailhaulError } from '../../src/core/errors.ts'
import type {
  Appended,
  Destination,
  Ledger,
  PairLedger,
  Source,
  SourceSession,
  Spool,
  SpoolWriter,
} from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'

/**
 * What happens at the chosen step: the run stops there as if dead, that one effect fails once, or the process that
 * runs it gets a real SIGKILL after writing the step's name to its standard output.
 */
export type Mishap = 'stop' | 'fail' | 'kill'

/** Thrown where the process is dead. */
class Dead extends Error {}

/** Stands between the engine and its ports. `names` tells every step that was reached, in order. */
export class Steps {
  readonly names: string[] = []
  readonly #at: number | string
  readonly #mishap: Mishap
  #isDead = false

  /** A mishap at step `at`, counted from 1, or at the first step of that name; none at 0. */
  constructor(at: number | string, mishap: Mishap) {
    this.#at = at
    this.#mishap = mishap
  }

  #step(name: string): void {
    if (this.#isDead) throw new Dead(name)
    this.names.push(name)
    if (this.#at !== (typeof this.#at === 'number' ? this.names.length : name)) return
    if (this.#mishap === 'kill') {
      writeSync(1, name)
      process.kill(process.pid, 'SIGKILL')
    }
    if (this.#mishap !== 'fail') {
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
      consumes: session.consumes,
      get pipelines() {
        return session.pipelines
      },
      ping: (signal) => session.ping(signal),
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
      close: (...given) => this.#around('QUIT', () => session.close(...given)),
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
      ping: (signal) => destination.ping(signal),
      prepare: (signal, messages) => destination.prepare(signal, messages),
      find: (name, signal) => this.#around('finding a folder', () => destination.find(name, signal)),
      foresee: (name, signal) => destination.foresee(name, signal),
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

  /** A message's first octets and its end; what comes between depends on how the network cuts it. */
  spool(spool: Spool): Spool {
    return {
      tryReserve: (size) => {
        const writer = spool.tryReserve(size)
        return writer && this.#writer(writer)
      },
      reserve: async (size, signal) => this.#writer(await spool.reserve(size, signal)),
      get held() {
        return spool.held
      },
    }
  }

  #writer(writer: SpoolWriter): SpoolWriter {
    let isBegun = false
    return {
      write: (chunk) => {
        const written = writer.write(chunk)
        if (isBegun) return written
        isBegun = true
        this.#step('first octets spooled')
        return written
      },
      finish: () => this.#around('spooling the end', () => writer.finish()),
      discard: () => writer.discard(),
    }
  }

  ledger(ledger: Ledger): Ledger {
    return {
      open: (pair, account) => this.#book(this.#aroundSync('locking', () => ledger.open(pair, account))),
      read: (pair) => ledger.read(pair),
      close: () => ledger.close(),
    }
  }

  #book(book: PairLedger): PairLedger {
    const writing = ['begin', 'settle', 'rekey', 'markRemoval', 'setComparedTo', 'setHabit', 'count'] as const
    const wrapped = Object.fromEntries(
      writing.map((name) => {
        const write = book[name] as (...given: unknown[]) => void
        const told = (given: unknown[]) => (name === 'markRemoval' ? `ledger ${String(given[1])}` : `ledger ${name}`)
        return [name, (...given: unknown[]) => this.#aroundSync(told(given), () => write.apply(book, given))]
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
