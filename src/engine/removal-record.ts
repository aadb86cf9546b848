// What one run has done about messages that were due for removal: asked to go, gone, listed again, or kept and why.
import { counted } from '../core/format.ts'
import type { Key } from '../core/message.ts'
import type { Known } from '../core/ports.ts'
import type { CopyVerdict } from './copy-proof.ts'
import type { RunRecord } from './run-record.ts'

/** Why a message that was due stays at the source. */
export type KeptBecause =
  | Exclude<CopyVerdict, 'proven'>
  | 'suspect'
  | 'nameless'
  | 'unasked'
  | 'refused'
  | 'declined'
  | 'limit'
  | 'paused'
  | 'ignored'

const reasons: Readonly<Record<Exclude<KeptBecause, 'limit'>, string>> = {
  missing: 'no longer at the destination, where they were stored',
  rebuilt: 'their folder at the destination was rebuilt, and its UIDs mean nothing any more',
  different: 'their copies at the destination differ from what was sent',
  suspect: 'source and destination could be one mailbox, and removing would empty both',
  nameless: 'they have no name of their own there, and a message is never removed by its number alone',
  unasked: 'nobody was there to confirm the first removal; "mailhaul sync --yes" does',
  refused: 'the answer was no; it will be asked again',
  declined: 'the source refused to remove them',
  paused: 'the source wants a pause between two logins; the next run goes on',
  ignored: 'the source lists what it was told to remove again, so its owner may have forbidden removals there',
}

/** Keeps the run's record of removals, and tells it. */
export class RemovalRecord {
  readonly #record: RunRecord
  readonly #asked = new Map<Key, 'in-doubt' | 'confirmed' | 'gone' | 'back'>()
  readonly #kept = new Map<KeptBecause, number>()
  /** Messages that this run removes at most. */
  limit = 0

  constructor(record: RunRecord) {
    this.#record = record
  }

  /** How many messages this run has asked the source to remove. */
  get sent(): number {
    return this.#asked.size
  }

  wasSent(key: Key): boolean {
    return this.#asked.has(key)
  }

  /** Whether messages that were to go in this run are listed again: then asking once more would lead nowhere. */
  get isIgnored(): boolean {
    return this.#count('back') > 0
  }

  /** Whether the source has left open what became of a batch. */
  get isInDoubt(): boolean {
    return this.#count('in-doubt') > 0
  }

  /** What was asked to go in this run, and has not been looked for since. */
  unresolved(): Pick<Known, 'key' | 'removal'>[] {
    const rows: Pick<Known, 'key' | 'removal'>[] = []
    for (const [key, state] of this.#asked) {
      if (state === 'confirmed') rows.push({ key, removal: 'quit-sent' })
      else if (state === 'in-doubt') rows.push({ key, removal: 'dele-sent' })
    }
    return rows
  }

  /** Messages whose removal was sent: the answer to QUIT is out, or has confirmed it. */
  asked(keys: Iterable<Key>, state: 'in-doubt' | 'confirmed'): void {
    for (const key of keys) this.#asked.set(key, state)
    this.#update()
  }

  /** A listing does not have these any more. */
  gone(keys: Iterable<Key>): void {
    for (const key of keys) if (this.#asked.has(key)) this.#asked.set(key, 'gone')
    this.#update()
  }

  /** A listing has these, though their removal was sent before it. */
  back(rows: readonly Pick<Known, 'key' | 'removal'>[]): void {
    let earlier = 0
    for (const { key, removal } of rows) {
      if (this.#asked.has(key)) this.#asked.set(key, 'back')
      else if (removal === 'quit-sent') earlier += 1
    }
    this.#update()
    if (earlier === 0) return
    this.#record.warn(
      `${messages(earlier)} removed in an earlier run ${earlier === 1 ? 'is' : 'are'} listed again: the source may ignore removals.`,
      'stands',
    )
  }

  keep(because: KeptBecause, count: number): void {
    if (count > 0) this.#kept.set(because, (this.#kept.get(because) ?? 0) + count)
    this.#update()
  }

  /** What is due is worked out anew. */
  restart(): void {
    this.#kept.clear()
  }

  /** Says what was kept although it was due. What nobody was asked about is an error, and needs no warning. */
  tell(): void {
    for (const [because, count] of this.#allKept()) {
      if (because === 'unasked') continue
      const stay = count === 1 ? 'stays' : 'stay'
      this.#record.warn(`${messages(count)} due for removal ${stay} at the source: ${this.#reason(because)}.`, 'stands')
    }
  }

  #update(): void {
    this.#record.removal({
      removed: this.#count('confirmed') + this.#count('gone'),
      toConfirm: this.#count('confirmed') + this.#count('in-doubt'),
      kept: [...this.#allKept()].map(([because, count]) => ({ reason: this.#reason(because), count })),
    })
  }

  #allKept(): ReadonlyMap<KeptBecause, number> {
    const back = this.#count('back')
    if (back === 0) return this.#kept
    return new Map([...this.#kept, ['ignored', (this.#kept.get('ignored') ?? 0) + back]])
  }

  #reason(because: KeptBecause): string {
    if (because !== 'limit') return reasons[because]
    return `one run removes at most ${this.limit} (maxDeletions); the next goes on, "mailhaul sync --yes" takes all at once`
  }

  #count(wanted: 'in-doubt' | 'confirmed' | 'gone' | 'back'): number {
    let count = 0
    for (const state of this.#asked.values()) if (state === wanted) count += 1
    return count
  }
}

function messages(count: number): string {
  return counted(count, 'message')
}
