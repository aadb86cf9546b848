// Opens destination folders once per run and knows what lies in them unclaimed, so that nothing is stored twice.
import { FolderIndex, type Sought } from '../core/folder-index.ts'
import type { Key } from '../core/message.ts'
import type { Destination, Folder, Known, LedgerReader, PairLedger, Settlement } from '../core/ports.ts'
import { asSent } from '../core/repair.ts'

/** A folder as this run sees it. */
export interface OpenFolder {
  /** The configured name, templates filled in. */
  readonly name: string
  readonly folder: Folder
  readonly index: FolderIndex
}

/** What the desk works with. */
interface DeskPorts {
  readonly destination: Destination
  readonly book: PairLedger
  readonly signal: AbortSignal
  /** Folders are looked up and never created, and everything in them is compared, as if for the first time. */
  readonly adoptOnly: boolean
}

/** Keeps the folders of one pair open. */
export class FolderDesk {
  readonly #ports: DeskPorts
  readonly #open = new Map<string, Promise<OpenFolder>>()
  #expectedSizes: ReadonlySet<number> = new Set()
  #known: ReadonlyMap<Key, Known> = new Map()
  #comparesEverything = false

  constructor(ports: DeskPorts) {
    this.#ports = ports
  }

  /**
   * Sizes of the messages that may come, as listed: what shares one is re-read in bulk when its folder is opened. And
   * what the ledger knows. `everything`: what was looked at before is looked at again.
   */
  expect(sizes: ReadonlySet<number>, known: ReadonlyMap<Key, Known>, everything = false): void {
    this.#comparesEverything = everything
    this.#expectedSizes = sizes
    this.#known = known
  }

  /** The folder, created if need be, with everything in it that no message of the ledger has claimed. */
  open(name: string): Promise<OpenFolder> {
    const known = this.#open.get(name)
    if (known) return known
    const opening = this.#look(name)
    this.#open.set(name, opening)
    opening.catch(() => this.#open.delete(name))
    return opening
  }

  /** Forgets what has been looked at and claimed: a claim that was not written down is no claim. */
  clear(): void {
    this.#open.clear()
  }

  /** Finds a message among what already lies there: its UID, now claimed; undefined when it has to be appended. */
  async claim(open: OpenFolder, sought: Sought): Promise<number | undefined> {
    await this.#read(open, [sought.size, sought.foldedSize])
    return open.index.claim(sought)
  }

  /** Every folder opened in this run. */
  async opened(): Promise<readonly OpenFolder[]> {
    const settled = await Promise.allSettled(this.#open.values())
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }

  async #look(name: string): Promise<OpenFolder> {
    const { destination, signal, adoptOnly } = this.#ports
    const found = await (adoptOnly ? destination.find(name, signal) : destination.ensure(name, signal))
    const folder = found ?? nowhere(name)
    const open = { name, folder, index: await indexOf(folder, this.#ports, adoptOnly || this.#comparesEverything) }
    await this.#rebind(open)
    // What another tool brought may have a header field more or a line end less: for that everything is read (C15).
    await this.#read(open, adoptOnly ? open.index.sizes() : this.#expectedSizes)
    return open
  }

  /** Where UIDVALIDITY has changed, what was settled is given its new place, so that no other message claims it (B05). */
  async #rebind(open: OpenFolder): Promise<void> {
    const { path, uidValidity } = open.folder
    const adrift = [...this.#known.values()].flatMap((row) => {
      const { placed } = row
      const { size, fingerprints } = asSent(row)
      if (placed?.folder !== path || placed.uidValidity === uidValidity) return []
      return size === undefined || !fingerprints ? [] : [{ row, size, fingerprints }]
    })
    if (adrift.length === 0) return
    await this.#read(open, new Set(adrift.map(({ size }) => size)))
    const settlements = adrift.flatMap(({ row, size, fingerprints }): Settlement[] => {
      const uid = open.index.claim({ size, foldedSize: size, fingerprints })
      const { key, listedSize, outcome } = row
      return uid === undefined
        ? []
        : [{ key, listedSize, state: 'settled', outcome, placed: { folder: path, uidValidity, uid } }]
    })
    if (settlements.length > 0) this.#ports.book.settle(settlements)
  }

  async #read({ folder, index }: OpenFolder, sizes: Iterable<number>): Promise<void> {
    const uids = index.unread(sizes)
    if (uids.length === 0) return
    const absent = new Set(uids)
    for await (const digest of this.#ports.destination.digests(folder, uids, this.#ports.signal)) {
      absent.delete(digest.uid)
      index.learn(digest)
    }
    for (const uid of absent) index.forget(uid)
  }
}

/** Stands for a folder that is not there: nothing lies in it. */
function nowhere(name: string): Folder {
  return { path: name, uidValidity: 0, uidNext: 1, messages: 0 }
}

/**
 * What lies in a folder unclaimed, by size, from the UID on which no finished run has compared yet. Everything below
 * that was weighed against the source before; the ledger knows what came of it (quirk C14).
 */
export async function indexOf(
  folder: Folder,
  ports: Omit<DeskPorts, 'book' | 'adoptOnly'> & { readonly book: LedgerReader },
  everything = false,
): Promise<FolderIndex> {
  const { destination, book, signal } = ports
  const index = new FolderIndex()
  const from = everything ? 1 : book.comparedTo(destination.account, folder.path, folder.uidValidity)
  if (folder.messages === 0 || from >= folder.uidNext) return index
  const bound = book.bound(destination.account, folder.path, folder.uidValidity)
  for await (const { uid, size } of destination.sizes(folder, from, signal)) if (!bound.has(uid)) index.add(uid, size)
  return index
}
