// A place where a ledger is kept, and a ledger opened there for each test.
import { afterEach, beforeEach } from 'node:test'
import type { Clock, Ledger, PairLedger } from '../../src/core/ports.ts'
import { account, StillClock } from './ledger-samples.ts'

/** Where a ledger is kept: what one opened ledger has written, the next one opened there reads. */
export interface LedgerPlace {
  open(clock: Pick<Clock, 'now'>): Ledger
  /** Makes the last run one that never came to its end. For a ledger that is closed. */
  forgetEnd(): void
  remove(): void
}

/** Opens a ledger in a new place before each test of a suite, and removes both after it. */
export function useLedger(makePlace: () => LedgerPlace): OpenedLedger {
  const opened = new OpenedLedger()
  beforeEach(() => opened.start(makePlace()))
  afterEach(() => opened.stop())
  return opened
}

/** An opened ledger with the book of the pair `alice`. */
class OpenedLedger {
  clock = new StillClock()
  #open: { readonly place: LedgerPlace; readonly ledger: Ledger; readonly book: PairLedger } | undefined

  get place(): LedgerPlace {
    return this.#now().place
  }

  get ledger(): Ledger {
    return this.#now().ledger
  }

  get book(): PairLedger {
    return this.#now().book
  }

  start(place: LedgerPlace): void {
    this.clock = new StillClock()
    this.#openIn(place)
  }

  reopen(): void {
    const { ledger, place } = this.#now()
    ledger.close()
    this.#openIn(place)
  }

  /** The same after a process that was killed. */
  die(): void {
    const { ledger, place } = this.#now()
    ledger.close()
    place.forgetEnd()
    this.#openIn(place)
  }

  stop(): void {
    const { ledger, place } = this.#now()
    this.#open = undefined
    ledger.close()
    place.remove()
  }

  #openIn(place: LedgerPlace): void {
    const ledger = place.open(this.clock)
    this.#open = { place, ledger, book: ledger.open('alice', account) }
  }

  #now() {
    if (this.#open === undefined) throw new Error('No ledger is open outside a test.')
    return this.#open
  }
}
