// What a run warns of, and which of it runs before have told: whoever is not there to look is told once, and when it is back.
import { shortHash } from '../core/fingerprint.ts'
import type { PairLedger } from '../core/ports.ts'

const habit = 'told-warnings'

/** Warnings of a pair that are remembered at most. */
const most = 50

/** The warnings of one run, each once. */
export class Warnings {
  readonly #texts = new Set<string>()
  /** What holds for long, so that each run finds it anew. */
  readonly #standing = new Set<string>()
  #told: ReadonlySet<string> = new Set()

  /** False where it was there before. */
  add(text: string, isStanding: boolean): boolean {
    if (this.#texts.has(text)) return false
    this.#texts.add(text)
    if (isStanding) this.#standing.add(text)
    return true
  }

  /**
   * Finds out which of those that stand were told by a run before, with these or other numbers in them, and writes down
   * that all of them are. `isWhole`: the run went through, so that what does not hold any more is forgotten.
   */
  remember(book: Pick<PairLedger, 'habit' | 'setHabit'>, isWhole: boolean): void {
    const written = book.habit(habit) ?? ''
    const before = new Set(written.split(' ').filter(Boolean))
    const names = new Map(Array.from(this.#standing, (text) => [text, nameOf(text)]))
    const kept = isWhole ? [] : before
    const after = [...new Set([...names.values(), ...kept])].slice(0, most).toSorted().join(' ')
    if (after !== written) book.setHabit(habit, after)
    this.#told = new Set([...this.#standing].filter((text) => before.has(names.get(text) ?? '')))
  }

  /** All of them and some more, and which of that nobody has told yet. */
  with(more: readonly string[]): { readonly warnings: readonly string[]; readonly freshWarnings: readonly string[] } {
    const warnings = [...this.#texts, ...more]
    return { warnings, freshWarnings: warnings.filter((text) => !this.#told.has(text)) }
  }
}

/** The same warning with another count is no other one, nor with another amount or span of time. */
function nameOf(text: string): string {
  return shortHash(text.replaceAll(/\d[\d.,]*( ([kMGT]?B|days?)\b)?/g, '0'))
}
