// The bars of the pictures in reports: messages by how large they are, and by the year they are from.
import type { Amount } from './outcome.ts'

/** Messages up to so many octets, and larger than those of the bar before; undefined: all that are larger still. */
export interface SizeBar extends Amount {
  readonly upTo: number | undefined
}

/** Messages of one year (UTC); undefined where nobody knows when they are from. */
export interface YearBar extends Amount {
  readonly year: number | undefined
}

/** Where bars of sizes end, in octets. */
const sizeSteps = [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8]

/** Adds messages up by size. */
export class SizeBars {
  readonly #counts = Array.from({ length: sizeSteps.length + 1 }, () => 0)
  readonly #bytes = [...this.#counts]

  add(size: number): void {
    let at = 0
    while (at < sizeSteps.length && size > (sizeSteps[at] ?? 0)) at += 1
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#bytes[at] = (this.#bytes[at] ?? 0) + size
  }

  /** Bars from the smallest message to the largest; none where there is no message. */
  bars(): readonly SizeBar[] {
    const first = this.#counts.findIndex((count) => count > 0)
    const last = this.#counts.findLastIndex((count) => count > 0)
    const bars = this.#counts.map((count, at) => ({ upTo: sizeSteps[at], count, bytes: this.#bytes[at] ?? 0 }))
    return first < 0 ? [] : bars.slice(first, last + 1)
  }
}

/** The bars of these sizes. */
export function sizeBars(sizes: Iterable<number>): readonly SizeBar[] {
  const sums = new SizeBars()
  for (const size of sizes) sums.add(size)
  return sums.bars()
}

/** Adds messages up by year. */
export class YearBars {
  readonly #years = new Map<number | undefined, { count: number; bytes: number }>()

  /** `instant`: milliseconds since the epoch; undefined where it is not known. */
  add(instant: number | undefined, bytes: number): void {
    const year = instant === undefined ? undefined : new Date(instant).getUTCFullYear()
    const sum = this.#years.get(year)
    if (sum === undefined) this.#years.set(year, { count: 1, bytes })
    else {
      sum.count += 1
      sum.bytes += bytes
    }
  }

  /** One bar per year that has messages, the oldest first, those of no known year last. */
  bars(): readonly YearBar[] {
    const order = (year: number | undefined) => year ?? Number.POSITIVE_INFINITY
    return Array.from(this.#years, ([year, sum]) => ({ year, ...sum })).sort((a, b) => order(a.year) - order(b.year))
  }
}
