// Which row of the progress display belongs to which pair: a pair keeps its row until it is through.

/** Rows that are given out: what is shown stays where it is, and what is new takes the first row that is free. */
export class Slots<Item> {
  readonly #slots: (Item | undefined)[] = []

  /** What each of so many rows shows: undefined where it is free. */
  view(active: Iterable<Item>, rows: number): readonly (Item | undefined)[] {
    const waiting = new Set(active)
    for (let at = 0; at < this.#slots.length; at += 1) {
      const item = this.#slots[at]
      if (item === undefined || at >= rows || !waiting.delete(item)) this.#slots[at] = undefined
    }
    this.#slots.length = rows
    for (let at = 0; at < rows; at += 1) {
      if (this.#slots[at] !== undefined) continue
      const [next] = waiting
      if (next === undefined) break
      waiting.delete(next)
      this.#slots[at] = next
    }
    return [...this.#slots]
  }
}
