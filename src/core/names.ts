// The names that messages have in the ledger while a source is handing out others: who has which, at any moment.
import { keyFromFingerprint } from './fingerprint.ts'
import type { Key } from './message.ts'
import type { Known, Rename } from './ports.ts'

/**
 * Follows renamings within one pass. The rows of `known` keep the names they had when it was read; this knows the
 * present ones, so that keys which servers shuffle among messages (quirks A19, A20, A21) never bind a row to another
 * message.
 */
export class Names {
  readonly #known: ReadonlyMap<Key, Known>
  readonly #holders = new Map<Key, Known | undefined>()
  readonly #names = new Map<Known, Key>()

  constructor(known: ReadonlyMap<Key, Known>) {
    this.#known = known
  }

  /** The row that has this name now. */
  holderOf(key: Key): Known | undefined {
    return this.#holders.has(key) ? this.#holders.get(key) : this.#known.get(key)
  }

  /** Gives a row a name: what the ledger has to be told, in this order. Whoever has the name gives it up first. */
  rename(row: Known, to: Key, listedSize: number): readonly Rename[] {
    const from = this.#nameOf(row)
    const cleared = from === to ? [] : this.clear(to)
    this.#move(row, from, to)
    return [...cleared, { from, to, listedSize }]
  }

  /** Makes a name free: its settled holder keeps its proof under a name made of its bytes. */
  clear(key: Key): readonly Rename[] {
    const row = this.holderOf(key)
    const exact = row?.fingerprints?.exact
    if (row?.state !== 'settled' || exact === undefined) return []
    let occurrence = 1
    while (this.holderOf(keyFromFingerprint(exact, occurrence))) occurrence += 1
    const aside = keyFromFingerprint(exact, occurrence)
    this.#move(row, key, aside)
    return [{ from: key, to: aside, listedSize: row.listedSize }]
  }

  #nameOf(row: Known): Key {
    return this.#names.get(row) ?? row.key
  }

  #move(row: Known, from: Key, to: Key): void {
    this.#holders.set(from, undefined)
    this.#holders.set(to, row)
    this.#names.set(row, to)
  }
}
