// Takes user names out of what others than the owner may read: a status page, a webhook.
import { escapeText } from '../core/printable.ts'
import type { Config } from './schema.ts'

/** Masks the two sentences that an error consists of. */
export interface UserMask {
  /** Of a reason, which may hold what a server said: names, and what stands before their @. */
  readonly reason: (text: string) => string
  /** Of advice, which is ours and holds whole names alone. */
  readonly hint: (text: string) => string
}

const mark = '[user]'
// What is shorter occurs by chance, and taking it out would make sentences unreadable.
const shortestPart = 3

/** A mask for the user names of a configuration. What is a pair's name, too, stays: pages show that anyway. */
export function maskUsers({ pairs }: Pick<Config, 'pairs'>): UserMask {
  const shown = new Set(pairs.map(({ name }) => name.toLowerCase()))
  const users = pairs
    .flatMap(({ source, destination }) => [source.user, destination.user])
    // Gmail's sign before a name is none of it.
    .flatMap((user) => [user, user.replace(/^recent:/, '')])
  const parts = users.map((user) => user.replace(/(?<=.)@[^@]*$/, '')).filter(({ length }) => length >= shortestPart)
  const hidden = (names: readonly string[]) =>
    [...new Set(names.flatMap((name) => [name, escapeText(name, name.length)]))].filter(
      (name) => name !== '' && !shown.has(name.toLowerCase()),
    )
  return { reason: replacer(hidden([...users, ...parts])), hint: replacer(hidden(users)) }
}

/** Replaces whole names, however they are written; the longest first, so that none is cut by another. */
function replacer(names: readonly string[]): (text: string) => string {
  if (names.length === 0) return (text) => text
  const either = names
    .toSorted((one, other) => other.length - one.length)
    .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('|')
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${either})(?![\\p{L}\\p{N}_])`, 'giu')
  return (text) => text.replaceAll(pattern, mark)
}
