// The least and the greatest of any number of numbers: arguments are limited to some 120,000, mailboxes are not.

/** The least; undefined of none. */
export function leastOf(numbers: Iterable<number>): number | undefined {
  let least: number | undefined
  for (const number of numbers) if (least === undefined || number < least) least = number
  return least
}

/** The greatest; undefined of none. */
export function greatestOf(numbers: Iterable<number>): number | undefined {
  let greatest: number | undefined
  for (const number of numbers) if (greatest === undefined || number > greatest) greatest = number
  return greatest
}
