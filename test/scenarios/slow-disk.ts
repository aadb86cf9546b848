// A disk that takes its time: what was written is durable a few turns of the event loop later, and it is known which.
import { setImmediate as turn } from 'node:timers/promises'
import type { Fingerprint } from '../../src/core/message.ts'
import type { Destination, Ledger, PairLedger } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'

/** Stands between engine and ledger, and between engine and destination. */
export class SlowDisk {
  /** Messages whose intents, and whose proofs, are on the disk. */
  readonly announced = new Set<Fingerprint>()
  readonly proven = new Set<Fingerprint>()
  /** Appends of messages whose intents were not there yet. */
  readonly early: Fingerprint[] = []
  #waiting: (() => void)[] = []

  ledger(ledger: Ledger): Ledger {
    return {
      read: (pair) => ledger.read(pair),
      close: () => ledger.close(),
      open: (pair, account) => this.#book(ledger.open(pair, account)),
    }
  }

  ends({ source, destination }: Ends): Ends {
    const append: Destination['append'] = (folder, batch, signal) => {
      const exact = batch.map(({ message }) => message.fingerprints.exact)
      this.early.push(...exact.filter((one) => !this.announced.has(one)))
      return destination.append(folder, batch, signal)
    }
    return { source, destination: instead(destination, { append }) }
  }

  #book(book: PairLedger): PairLedger {
    const begin: PairLedger['begin'] = (intents) => {
      book.begin(intents)
      this.#waiting.push(() => {
        for (const { fingerprints } of intents) this.announced.add(fingerprints.exact)
      })
    }
    const settle: PairLedger['settle'] = (settlements) => {
      book.settle(settlements)
      this.#waiting.push(() => {
        for (const { fingerprints } of settlements) if (fingerprints) this.proven.add(fingerprints.exact)
      })
    }
    const durable: PairLedger['durable'] = async () => {
      const written = this.#waiting.splice(0)
      await book.durable()
      for (let turns = 0; turns < 20; turns += 1) await turn()
      for (const tell of written) tell()
    }
    return instead(book, { begin, settle, durable })
  }
}

function instead<T extends object>(whole: T, parts: Partial<T>): T {
  return new Proxy(whole, {
    get: (_whole, name) => {
      const value: unknown = Reflect.get(name in parts ? parts : whole, name, whole)
      return typeof value === 'function' && !(name in parts) ? value.bind(whole) : value
    },
  })
}
