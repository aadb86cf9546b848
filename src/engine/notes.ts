// Settlements that need no proof, and renamings, gathered so that a thousand of them cost a few transactions.
import type { Key, Listed } from '../core/message.ts'
import type { Outcome } from '../core/outcome.ts'
import type { PairLedger, Rename, Settlement } from '../core/ports.ts'
import type { RunRecord } from './run-record.ts'

/** So many are written down together at most. */
const noteLimit = 100

/** What a settlement says besides the message's names and sizes. */
type Ending = Omit<Settlement, 'key' | 'listedSize' | 'outcome' | 'reason'>

/** Keeps what is to be written down, and tells the reporters once it is. */
export class Notes {
  readonly #book: PairLedger
  readonly #record: RunRecord
  readonly #renames: Rename[] = []
  readonly #present: Key[] = []
  readonly #returned: Key[] = []
  readonly #settlements: { readonly settlement: Settlement; readonly tell: () => void }[] = []

  constructor(book: PairLedger, record: RunRecord) {
    this.#book = book
    this.#record = record
  }

  /** The end of a listed message under the name the ledger knows it by; one without a name is only told. */
  add(listed: Listed, key: Key | undefined, outcome: Outcome, ending: Ending): void {
    const tell = () => this.#record.outcome(listed, outcome)
    if (key === undefined) {
      tell()
      return
    }
    const { kind, reason, size } = outcome
    const said = reason === undefined ? {} : { reason }
    const settlement = { key, listedSize: listed.size, size, ...ending, outcome: kind, ...said }
    this.#settlements.push({ settlement, tell })
    if (this.#settlements.length >= noteLimit) this.write()
  }

  /** A settled message whose removal was sent is still there, with its bytes: as if nothing had been sent. */
  present(key: Key): void {
    this.#present.push(key)
  }

  /** A settled message that was not listed for a time is there again, with its bytes. */
  returned(key: Key): void {
    this.#returned.push(key)
  }

  rename(renames: readonly Rename[]): void {
    for (const rename of renames) this.#renames.push(rename)
    if (this.#renames.length >= noteLimit) this.write()
  }

  /** Writes the names alone: before any of them is used for another message. */
  writeNames(): void {
    const renames = this.#renames.splice(0)
    if (renames.length > 0) this.#book.rekey(renames)
    const present = this.#present.splice(0)
    if (present.length > 0) this.#book.markRemoval(present, 'none')
    const returned = this.#returned.splice(0)
    if (returned.length > 0) this.#book.markAbsent(returned, false)
  }

  /** Writes everything down: names first, for the settlements are said under the new ones. */
  write(): void {
    this.writeNames()
    const notes = this.#settlements.splice(0)
    if (notes.length === 0) return
    this.#book.settle(notes.map(({ settlement }) => settlement))
    for (const { tell } of notes) tell()
  }
}
