// What already lies in a destination folder, and which of it has been claimed: the guard against storing twice.
import { areAlike, foldedOf, verdictOf } from './fingerprint.ts'
import type { Fingerprint, Fingerprints, Message } from './message.ts'
import type { Digest } from './ports.ts'

/** The parts of a message by which it is looked for. */
export type Sought = Pick<Message, 'size' | 'foldedSize' | 'fingerprints'>

/** Messages of one folder that the ledger has bound to nobody, by size and, once re-read, by content. */
export class FolderIndex {
  readonly #bySize = new Map<number, number[]>()
  readonly #sizes = new Map<number, number>()
  readonly #digests = new Map<number, Fingerprints>()
  readonly #byFolded = new Map<string, number[]>()

  /** Adds a message nobody has claimed yet. */
  add(uid: number, size: number): void {
    this.#sizes.set(uid, size)
    const uids = this.#bySize.get(size)
    if (uids) uids.push(uid)
    else this.#bySize.set(size, [uid])
  }

  /** Every size there is. */
  sizes(): Iterable<number> {
    return this.#bySize.keys()
  }

  /** How many unclaimed messages have this size. */
  countOf(size: number): number {
    return this.#bySize.get(size)?.length ?? 0
  }

  /** UIDs that have to be re-read before `claim` can answer for messages of these sizes. */
  unread(sizes: Iterable<number>): number[] {
    const wanted = new Set<number>()
    for (const size of sizes) {
      for (const uid of this.#bySize.get(size) ?? []) if (!this.#digests.has(uid)) wanted.add(uid)
    }
    return [...wanted].sort((a, b) => a - b)
  }

  /** Takes in what a re-read found. */
  learn(digest: Digest): void {
    this.#digests.set(digest.uid, digest.fingerprints)
    const folded = foldedOf(digest.fingerprints.canonical)
    const uids = this.#byFolded.get(folded)
    if (uids) uids.push(digest.uid)
    else this.#byFolded.set(folded, [digest.uid])
  }

  /** Forgets a message that turned out not to be there any more. */
  forget(uid: number): void {
    const size = this.#sizes.get(uid)
    const uids = size === undefined ? undefined : this.#bySize.get(size)
    const at = uids?.indexOf(uid) ?? -1
    if (at >= 0) uids?.splice(at, 1)
    this.#sizes.delete(uid)
    this.#digests.delete(uid)
  }

  /**
   * Finds a message with the same bytes, else with the same canonical form, and takes it: undefined when none is left.
   * What is alike but of another size was re-read for the sake of another message, and is most likely that one's: it
   * counts only `of any size`, which is for when all others have claimed theirs.
   */
  claim(sought: Sought, which: 'as large' | 'of any size' = 'as large'): number | undefined {
    const uid = this.#exact(sought) ?? this.#near(sought, which === 'of any size')
    if (uid !== undefined) this.forget(uid)
    return uid
  }

  #exact({ size, foldedSize, fingerprints: { exact } }: Sought): number | undefined {
    const uids = [...new Set([size, foldedSize])].flatMap((one) => this.#bySize.get(one) ?? [])
    return uids.find((candidate) => this.#digests.get(candidate)?.exact === exact)
  }

  #near({ size, foldedSize, fingerprints: { canonical } }: Sought, isOfAnySize: boolean): number | undefined {
    const near = (this.#byFolded.get(foldedOf(canonical)) ?? []).flatMap((candidate) => {
      const stored = this.#sizes.get(candidate)
      const prints = this.#digests.get(candidate)
      const isAsLarge = isOfAnySize || stored === size || stored === foldedSize
      return prints && isAsLarge ? [{ candidate, prints }] : []
    })
    const same = near.find(({ prints }) => prints.canonical === canonical)
    return (same ?? near.find(({ prints }) => areAlike(prints.canonical, canonical)))?.candidate
  }
}

const passes: readonly ((prints: Fingerprints) => string)[] = [
  ({ canonical }) => canonical,
  ({ canonical }) => foldedOf(canonical),
]

/**
 * Pairs contents with messages of a folder: first by exact bytes, then by canonical form, then by what may be a copy with
 * other 8-bit headers; each message is given once, so that of identical twins every one needs its own. `others` may have
 * arrived as well: what has the exact bytes of one of them is no copy of anything else. Returns a UID, or undefined, per content.
 */
export function matchContents(
  contents: readonly Fingerprints[],
  digests: readonly Digest[],
  others: readonly Fingerprint[] = [],
): readonly (number | undefined)[] {
  const taken = new Set<number>()
  const byExact = Map.groupBy(digests, ({ fingerprints }) => fingerprints.exact)
  const takeExact = (exact: Fingerprint) => {
    const uid = byExact.get(exact)?.find((digest) => !taken.has(digest.uid))?.uid
    if (uid !== undefined) taken.add(uid)
    return uid
  }
  const found = contents.map(({ exact }) => takeExact(exact))
  for (const exact of others) takeExact(exact)
  for (const printOf of passes) {
    const byPrint = Map.groupBy(digests, (digest) => printOf(digest.fingerprints))
    contents.forEach((content, at) => {
      if (found[at] !== undefined) return
      const digest = byPrint
        .get(printOf(content))
        ?.find(({ uid, fingerprints }) => !taken.has(uid) && verdictOf(content, fingerprints) !== 'different')
      if (digest === undefined) return
      taken.add(digest.uid)
      found[at] = digest.uid
    })
  }
  return found
}
