// A selected folder as one session sees it: message numbers, and the changes it has not been told about yet.

import type { Folder, StoredMessage } from './mailbox-store.ts'

/** Message numbers stay what they were until the session is told of an EXPUNGE (RFC 3501 §7.4.1). */
export class ImapView {
  readonly folder: Folder
  readonly isReadOnly: boolean
  readonly #uids: number[]
  #newest: number
  #version: number

  /** `visible` limits the view to the newest so many messages (B20). */
  constructor(folder: Folder, isReadOnly: boolean, visible?: number) {
    const shown = visible === undefined ? folder.messages : folder.messages.slice(-visible)
    this.folder = folder
    this.isReadOnly = isReadOnly
    this.#uids = shown.map((message) => message.uid)
    this.#newest = folder.uidNext - 1
    this.#version = folder.version
  }

  get size(): number {
    return this.#uids.length
  }

  /** Untagged lines about what has changed; `mayExpunge` is false where numbers must not move (FETCH, STORE, SEARCH). */
  changes(mayExpunge: boolean): string[] {
    if (this.#version === this.folder.version) return []
    const lines = mayExpunge ? this.#expunged() : []
    const arrived = this.folder.messages.filter((message) => message.uid > this.#newest)
    for (const message of arrived) this.#uids.push(message.uid)
    this.#newest = Math.max(this.#newest, this.folder.uidNext - 1)
    if (arrived.length > 0) lines.push(`${this.#uids.length} EXISTS`)
    if (mayExpunge) this.#version = this.folder.version
    return lines
  }

  /** The messages in a set of numbers or UIDs, ascending, with their numbers; undefined when the set is malformed. */
  select(set: string, isUid: boolean): { number: number; message: StoredMessage }[] | undefined {
    const ranges = parseSet(set, isUid ? (this.#uids.at(-1) ?? 0) : this.#uids.length)
    if (!ranges) return undefined
    const indexes = new Set<number>()
    for (const [first, last] of ranges) {
      const start = isUid ? this.#firstFrom(first) : first - 1
      for (let index = start; index < this.#uids.length; index++) {
        if ((isUid ? (this.#uids[index] ?? 0) : index + 1) > last) break
        indexes.add(index)
      }
    }
    return [...indexes].sort((one, other) => one - other).flatMap((index) => this.#at(index))
  }

  /** Every message there is, with its number. */
  all(): { number: number; message: StoredMessage }[] {
    return this.#uids.flatMap((_, index) => this.#at(index))
  }

  #at(index: number): { number: number; message: StoredMessage }[] {
    const message = this.folder.get(this.#uids[index] ?? 0)
    return message ? [{ number: index + 1, message }] : []
  }

  #expunged(): string[] {
    const lines: string[] = []
    for (let index = this.#uids.length - 1; index >= 0; index--) {
      if (this.folder.get(this.#uids[index] ?? 0)) continue
      this.#uids.splice(index, 1)
      lines.push(`${index + 1} EXPUNGE`)
    }
    return lines
  }

  #firstFrom(uid: number): number {
    let low = 0
    let high = this.#uids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The ranges of a set such as `1,3:5,9:*`, each in ascending order; undefined when it is malformed. */
export function parseSet(set: string, last: number): [first: number, last: number][] | undefined {
  const ranges = set.split(',').map((range): [number, number] | undefined => {
    const [, from, to] = /^(\d+|\*)(?::(\d+|\*))?$/.exec(range) ?? []
    if (from === undefined) return undefined
    const one = from === '*' ? last : Number(from)
    const other = to === undefined ? one : to === '*' ? last : Number(to)
    return one === 0 && from !== '*' ? undefined : [Math.min(one, other), Math.max(one, other)]
  })
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}

/** UIDs in ascending order as the shortest set. */
export function formatSet(uids: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const uid of uids) {
    const open = ranges.at(-1)
    if (open && open[1] + 1 === uid) open[1] = uid
    else ranges.push([uid, uid])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',')
}
