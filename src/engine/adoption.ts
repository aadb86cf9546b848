// Adopting what lies at the destination already: at once what is the same or as large, in the end what is merely alike.
import { isElsewhere } from '../core/elsewhere.ts'
import type { Sought } from '../core/folder-index.ts'
import type { Key, Listed, Message } from '../core/message.ts'
import { outcomeOf } from '../core/outcome.ts'
import type { Known } from '../core/ports.ts'
import type { OpenFolder } from './folder-desk.ts'
import type { Haul } from './haul.ts'
import type { Notes } from './notes.ts'

const notThere = 'it is not at the destination'

/** A message that may lie in a folder. */
interface Found {
  readonly open: OpenFolder
  readonly key: Key
  readonly listed: Listed
  readonly sought: Sought
  /** What the ledger knew of it before. */
  readonly before: Known | undefined
}

/** Claims what is there for the messages of one listing. */
export class Adoption {
  readonly #haul: Haul
  readonly #notes: Notes
  /** Not there as they are: whether something alike is theirs can be told when all others have been seen. */
  readonly #postponed: Found[] = []

  constructor(haul: Haul, notes: Notes) {
    this.#haul = haul
    this.#notes = notes
  }

  /** Whether the message needs nothing more: it was there, or this run appends nothing. Its bytes are not needed after. */
  async take(open: OpenFolder, key: Key, listed: Listed, message: Message, before: Known | undefined) {
    const { size, foldedSize, fingerprints } = message
    const found = { open, key, listed, sought: { size, foldedSize, fingerprints }, before }
    const uid = await this.#haul.desk.claim(open, found.sought)
    if (uid !== undefined) await this.#adopt(found, uid)
    else if (this.#haul.options.adoptOnly) this.#postponed.push(found)
    else return false
    return true
  }

  /** Every message of the listing has been seen: what lies there unclaimed may be theirs, whatever its size. */
  async finish(): Promise<void> {
    for (const found of this.#postponed.splice(0)) {
      const uid = found.open.index.claim(found.sought, 'of any size')
      if (uid === undefined) this.#leave(found)
      else await this.#adopt(found, uid)
    }
  }

  async #adopt({ open, key, listed, sought: { size, fingerprints }, before }: Found, uid: number): Promise<void> {
    const { path, uidValidity } = open.folder
    const placed = { folder: path, uidValidity, uid }
    const outcome = outcomeOf('adopted', { key, size }, { placed, folder: path })
    this.#notes.add(listed, key, outcome, { state: 'settled', fingerprints, placed })
    await this.#haul.custody.arrived(before, fingerprints)
  }

  #leave({ open, key, listed, sought: { size }, before }: Found): void {
    const { record } = this.#haul
    const folder = open.folder.path
    if (before && isElsewhere(before)) {
      record.leftThere(listed, outcomeOf('filtered', { key, size }, { reason: before.reason, folder, isCarried: true }))
    } else {
      record.outcome(listed, outcomeOf('pending', { key, size }, { reason: notThere, folder }))
    }
  }
}
