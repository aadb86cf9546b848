// Did-you-mean: finds the known key that somebody probably meant.

/** The known word closest to what was written, or undefined when none is close. Case, - and _ do not count. */
export function suggest(written: string, known: readonly string[]): string | undefined {
  const word = plain(written)
  if (word.length < 2 || word.length > 40) return undefined
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceBetween(word, plain(candidate)) }))
    .toSorted((one, other) => one.distance - other.distance)
  const best = ranked[0]
  if (best && best.distance <= Math.max(1, Math.floor(word.length / 3))) return best.candidate
  // "pass" for password, "username" for user
  return known.find((candidate) => {
    const [short, long] = [word, plain(candidate)].toSorted((one, other) => one.length - other.length)
    return short !== undefined && short.length > 2 && long?.startsWith(short)
  })
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '')
}

// Levenshtein's distance, two swapped neighbours counting as one step.
function distanceBetween(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      const steps = [at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (isSame ? 0 : 1)]
      if (isSwapped) steps.push(at(beforeLast, column - 2) + 1)
      current.push(Math.min(...steps))
    }
    beforeLast = last
    last = current
  }
  return at(last, other.length)
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.POSITIVE_INFINITY
}
