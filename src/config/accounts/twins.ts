// Finds pairs of a list that are told twice, and gives those a name that have none.
import { type AccountList, type ListProblem, nameOfAccounts, type RawMap } from './list.ts'

/** Pairs that all have a name of their own, and what was wrong with those that had not. */
export interface NamedPairs {
  readonly pairs: readonly RawMap[]
  readonly problems: readonly ListProblem[]
  readonly warnings: readonly ListProblem[]
}

/** Names the pairs of a list, `defaults` merged under them. Two rows for the same two accounts are a problem. */
export function namePairs(merged: readonly RawMap[], list: AccountList): NamedPairs {
  const problems: ListProblem[] = []
  const warnings: ListProblem[] = []
  const names = new Map<string, number>()
  const accounts = new Map<string, number>()
  const sources = new Map<string, number>()
  const pairs = merged.map((pair, index) => {
    const row = list.rowOf(index)
    const derived = nameOfAccounts(pair)
    const given = typeof pair.name === 'string' ? pair.name.normalize('NFC') : undefined
    const column = list.columnOf(['name'])
    const twin = derived === undefined ? undefined : firstOf(accounts, derived, row)
    const namesake = given === undefined ? undefined : firstOf(names, given, row)
    const source = sourceOf(pair)
    const sharer = source === undefined ? undefined : firstOf(sources, source, row)
    if (twin !== undefined) {
      problems.push({ row, column: '', message: `these are the same two accounts as in row ${twin}`, hint: removeOne })
    } else if (sharer !== undefined) {
      const message = `the source is the same account as in row ${sharer}`
      warnings.push({ row, column: '', message, hint: 'its mail is brought to both destinations' })
    }
    if (namesake !== undefined) {
      problems.push({ row, column, message: `row ${namesake} has the same name`, hint: 'give each pair its own name' })
    }
    // So that nothing else is said about a name that is at fault already.
    const isAtFault = twin !== undefined || namesake !== undefined
    return { ...pair, name: isAtFault ? `row ${row}` : (pair.name ?? derived ?? `row ${row}`) }
  })
  return { pairs, problems, warnings }
}

const removeOne = 'remove one of the two'

/** Where this was seen first; undefined the first time. */
function firstOf(seen: Map<string, number>, what: string, row: number): number | undefined {
  const before = seen.get(what)
  if (before === undefined) seen.set(what, row)
  return before
}

function sourceOf({ source }: RawMap): string | undefined {
  if (typeof source !== 'object' || source === null || !('host' in source) || !('user' in source)) return undefined
  const { host, user } = source
  return typeof host === 'string' && typeof user === 'string' ? `${host.toLowerCase()}\n${user}` : undefined
}
