// Decides how many messages make a good batch, by the time a server takes for one: pure, told the times.

/** Milliseconds that a batch should take: what is lost with a lost answer is small, and so is the share of round trips. */
const wanted = 500
const first = 50
const least = 5
const most = 200
/** So many messages have shown what there is to know. */
const memory = 50

/** The size of batches for one account. */
export class BatchSize {
  #perMessage: number | undefined

  /** Messages in a batch. */
  get count(): number {
    if (this.#perMessage === undefined) return first
    return Math.max(least, Math.min(most, Math.round(wanted / this.#perMessage)))
  }

  /** So many messages were answered, in so many milliseconds since nothing before them was waited for. */
  note(messages: number, milliseconds: number): void {
    // Some clocks stand still for that long.
    const now = Math.max(milliseconds, 0.01) / messages
    const weight = Math.min(1, messages / memory)
    this.#perMessage = this.#perMessage === undefined ? now : this.#perMessage * (1 - weight) + now * weight
  }
}
