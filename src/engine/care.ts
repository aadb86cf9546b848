// Fetches one message at a time where runs have died without getting anywhere, so that the one at fault is known.
import { type Key, type Listed, printableKey } from '../core/message.ts'
import type { PairLedger } from '../core/ports.ts'

/** The habit that names the message being fetched, and how many runs have begun to do so. */
const habit = 'fetching'
/** A message that so many runs died of is set aside. */
const deathLimit = 3
/** More messages than a run can have had on their way when it died: what lies behind them is none of its doing. */
const mostCareful = 500

type CareBook = Pick<PairLedger, 'habit' | 'setHabit' | 'isStuck'>

/** Names every message in the ledger before it is fetched (quirk D18). */
export class Care {
  readonly #book: CareBook

  constructor(book: CareBook) {
    this.#book = book
  }

  /** The messages to be fetched one by one: none, unless the last runs died without having settled anything. */
  suspects(jobs: readonly Listed[]): readonly Listed[] {
    return this.#book.isStuck ? jobs.slice(0, mostCareful) : []
  }

  /** Writes down that this message is fetched now; false when too many runs have died of it. */
  begin({ key, number }: Listed): boolean {
    const name = nameOf(key, number)
    const said = this.#book.habit(habit) ?? ''
    // A name may hold blanks (quirk A22), the count does not.
    const end = said.lastIndexOf(' ')
    const deaths = said.slice(0, end) === name ? Number(said.slice(end + 1)) : 0
    if (deaths >= deathLimit) return false
    this.#book.setHabit(habit, `${name} ${deaths + 1}`)
    return true
  }

  /** The process has survived the message. */
  end(): void {
    this.#book.setHabit(habit, '')
  }
}

/** Why a message is set aside, for people. */
export const deadlyReason = `the run died ${deathLimit} times while this message was fetched; mailhaul sync --retry-failed fetches it again`

function nameOf(key: Key | undefined, number: number): string {
  return key === undefined ? `#${number}` : printableKey(key)
}
