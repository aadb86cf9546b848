// A barrier that holds a server's replies until the test opens it, so that no test has to sleep.

/** Closed when made. A server waits at `pass()`; a test waits with `held()` until somebody stands there, then opens. */
export class Gate {
  #isOpen = false
  readonly #held: (() => void)[] = []
  #observers: { count: number; resolve: () => void }[] = []

  /** Waits until the gate is opened, or until `release` lets this one through. */
  pass(): Promise<void> {
    if (this.#isOpen) return Promise.resolve()
    const passed = new Promise<void>((resolve) => this.#held.push(resolve))
    this.#observers = this.#observers.filter(({ count, resolve }) => {
      if (this.#held.length < count) return true
      resolve()
      return false
    })
    return passed
  }

  /** Resolves once `count` are held back at the same time. */
  held(count = 1): Promise<void> {
    if (this.#held.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#observers.push({ count, resolve }))
  }

  /** Lets the first `count` of those held pass; the gate stays closed for the others. */
  release(count = 1): void {
    for (const resolve of this.#held.splice(0, count)) resolve()
  }

  /** Lets everybody pass, now and later. */
  open(): void {
    this.#isOpen = true
    this.release(this.#held.length)
  }
}
