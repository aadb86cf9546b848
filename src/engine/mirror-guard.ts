// Notices that source and destination are one mailbox (quirk C16) before a second message is appended.
import { MailhaulError } from '../core/errors.ts'
import type { Fingerprints, Key, Listed } from '../core/message.ts'
import type { Folder, Listing, PairLedger } from '../core/ports.ts'

const habit = 'same-mailbox'

/**
 * Where the first message to be appended goes to an INBOX that holds at least as many messages as the source lists,
 * both could be the same mailbox. Then that one message is sent alone, as a probe, and a new session at the source
 * shows whether it turns up there. A folder with fewer messages than the source proves that they differ, at no cost.
 */
export class MirrorGuard {
  readonly #book: PairLedger
  #cleared: boolean
  #probe: { readonly fingerprints: Fingerprints; readonly keys: ReadonlySet<Key>; readonly count: number } | undefined

  constructor(book: PairLedger) {
    this.#book = book
    this.#cleared = book.habit(habit) === 'no'
  }

  /** Whether a probe is out: nothing more may be appended before a new session has been looked at. */
  get holdsBack(): boolean {
    return this.#probe !== undefined
  }

  /** A message is about to be appended: it becomes the probe where the two could be one mailbox. */
  appending(folder: Folder, fingerprints: Fingerprints, { messages }: Listing): void {
    if (this.#cleared || this.holdsBack || folder.path.toUpperCase() !== 'INBOX') return
    if (folder.messages < messages.length) {
      this.clear()
      return
    }
    const keys = new Set(messages.flatMap(({ key }) => (key === undefined ? [] : [key])))
    this.#probe = { fingerprints, keys, count: messages.length }
  }

  /**
   * In the session after the probe: the messages that have turned up since. Where messages have no names, a longer
   * listing is reason enough to stop.
   */
  suspects({ messages }: Listing): readonly Listed[] {
    const probe = this.#probe
    if (probe === undefined) return []
    if (messages.some(({ key }) => key === undefined) && messages.length > probe.count) throw sameMailbox()
    return messages.filter(({ key }) => key !== undefined && !probe.keys.has(key))
  }

  /** Compares a suspect with the probe. */
  compare({ exact, canonical }: Fingerprints): void {
    const probe = this.#probe?.fingerprints
    if (probe && (exact === probe.exact || canonical === probe.canonical)) throw sameMailbox()
  }

  /** No suspect was the probe: the two differ, for this run and all later ones. */
  clear(): void {
    this.#probe = undefined
    this.#cleared = true
    this.#book.setHabit(habit, 'no')
  }
}

function sameMailbox(): MailhaulError {
  return new MailhaulError({
    code: 'same-mailbox',
    scope: 'pair',
    retry: 'never',
    message: 'Source and destination are the same mailbox: the first message appended came back at the source.',
    hint: 'The mail is already there over IMAP, so nothing has to be moved. For a copy of it, choose another folder than INBOX.',
  })
}
