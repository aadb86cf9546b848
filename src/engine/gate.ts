// Lets appends run side by side, but never while somebody looks for messages whose answer was lost.

/**
 * A lock with many `share` holders or one `alone` holder; those who wait to be alone go first. Without it, the search
 * for a lost message could take an identical twin that another batch has just stored for its own.
 */
export class Gate {
  #sharing = 0
  #alone = false
  #waitingAlone = 0
  readonly #waiters: (() => void)[] = []

  async share<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone || this.#waitingAlone > 0) await this.#change()
    this.#sharing += 1
    try {
      return await work()
    } finally {
      this.#sharing -= 1
      this.#wake()
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#waitingAlone += 1
    while (this.#alone || this.#sharing > 0) await this.#change()
    this.#waitingAlone -= 1
    this.#alone = true
    try {
      return await work()
    } finally {
      this.#alone = false
      this.#wake()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve()
  }
}
