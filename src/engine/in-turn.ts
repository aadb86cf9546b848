// Lets work for one folder begin only when the work before it is through: for mail that has to stay in order.

/** One line of work per name; lines do not wait for each other. */
export class InTurn {
  readonly #last = new Map<string, Promise<void>>()

  /** Does the work after everything that was handed in for this name before. The work must not reject. */
  run(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work)
    this.#last.set(name, turn)
    return turn
  }
}
