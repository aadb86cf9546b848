// What a test server has been asked: the lines without their secrets, counts per verb, and waiting for either to happen.

/** Kept by every test server; `changed` must be called whenever something that a test may wait for has happened. */
export class CommandLog {
  /** Every line received, in order, over all connections; secrets and literals hidden. */
  readonly lines: string[] = []
  readonly #counts = new Map<string, number>()
  #waiting: { isSo: () => boolean; resolve: () => void }[] = []

  record(verb: string, line: string): void {
    this.lines.push(line)
    this.#counts.set(verb, this.count(verb) + 1)
    this.changed()
  }

  /** How often a verb (in capitals) was received since the server started. */
  count(verb: string): number {
    return this.#counts.get(verb) ?? 0
  }

  /** Resolves once the condition holds; it is looked at again whenever anything happens on the server. */
  until(isSo: () => boolean): Promise<void> {
    if (isSo()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ isSo, resolve }))
  }

  changed(): void {
    if (this.#waiting.length === 0) return
    this.#waiting = this.#waiting.filter(({ isSo, resolve }) => {
      if (!isSo()) return true
      resolve()
      return false
    })
  }
}
