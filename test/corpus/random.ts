// A small seeded generator of random numbers, so that every run of a test or benchmark sees the same data.

/** Random choices that depend on nothing but the seed. */
export type Random = {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, at least 0, below `limit`. */
  below(limit: number): number
  /** Throws when there is nothing to choose from. */
  pick<T>(choices: readonly T[]): T
  /** True with this probability. */
  chance(probability: number): boolean
  /** Shuffles in place. */
  shuffle<T>(items: T[]): void
}

/** The generator known as mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (choices) => {
      const choice = choices[below(choices.length)]
      if (choice === undefined) throw new Error('nothing to choose from')
      return choice
    },
    chance: (probability) => next() < probability,
    shuffle: (items) => {
      for (let index = items.length - 1; index > 0; index--) {
        const [moved] = items.splice(below(index + 1), 1)
        if (moved !== undefined) items.push(moved)
      }
    },
  }
}
