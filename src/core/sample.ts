// Bars of a sample, made as large as all of what it was taken from.
import type { YearBar } from './bars.ts'
import type { Amount } from './outcome.ts'

/** The bars of a sample, as large as all of it: shares stay, counts and octets add up to `whole`. */
export function scaledTo(bars: readonly YearBar[], whole: Amount): readonly YearBar[] {
  const counts = shared(
    bars.map(({ count }) => count),
    whole.count,
  )
  const bytes = shared(
    bars.map(({ bytes }) => bytes),
    whole.bytes,
  )
  return bars.map(({ year }, at) => ({ year, count: counts[at] ?? 0, bytes: bytes[at] ?? 0 }))
}

/** Whole numbers in proportion to these that add up to `whole`: each is rounded with what those before it left over. */
function shared(parts: readonly number[], whole: number): readonly number[] {
  const sum = parts.reduce((total, part) => total + part, 0)
  let seen = 0
  let given = 0
  return parts.map((part) => {
    seen += part
    const upToHere = sum === 0 ? 0 : Math.round((whole * seen) / sum)
    const own = upToHere - given
    given = upToHere
    return own
  })
}
