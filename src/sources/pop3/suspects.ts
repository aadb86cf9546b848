// Messages that a session came to grief over: remembered by name, so that a later session goes about them with care.
import type { Key, Listed } from '../../core/message.ts'

/** A lasting list of suspects: one per source, across its sessions. Messages without a name are known by identity. */
export class Suspects {
  readonly #names = new Set<Key | Listed>()
  readonly #losses = new Map<Key | Listed, number>()

  /** From now on fetched alone, with a seal of its own. */
  add(listed: Listed): void {
    this.#names.add(nameOf(listed))
  }

  has(listed: Listed): boolean {
    return this.#names.has(nameOf(listed))
  }

  /** Cleared of suspicion. */
  clear(listed: Listed): void {
    this.#names.delete(nameOf(listed))
  }

  /** The connection was lost while this one was awaited; returns how often that has happened. */
  countLoss(listed: Listed): number {
    const losses = (this.#losses.get(nameOf(listed)) ?? 0) + 1
    this.#losses.set(nameOf(listed), losses)
    return losses
  }
}

function nameOf(listed: Listed): Key | Listed {
  return listed.key ?? listed
}
