// The tokens that are masked, by account: kept over every configuration that a process has had, so that they stay few.

/** Which tokens of which account somebody was told of; the oldest are let go. */
export class Told {
  readonly #byAccount = new Map<string, string[]>()

  /** Notes a token of an account; returns those that are too old to matter by now: beyond the last `most`. */
  note(account: string, token: string, most: number): readonly string[] {
    const before = this.#byAccount.get(account) ?? []
    const tokens = [...before.filter((one) => one !== token), token]
    this.#byAccount.set(account, tokens.slice(-most))
    return tokens.slice(0, -most)
  }
}
