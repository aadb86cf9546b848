// Notices that source and destination are one mailbox (quirk C16) before a second message is appended.
import { MailhaulError } from '../core/errors.ts'
import { verdictOf } from '../core/fingerprint.ts'
import type { Fingerprints, Key, Listed } from '../core/message.ts'
import type { Folder, Listing, PairLedger } from '../core/ports.ts'

const habit = 'same-mailbox'

interface Probe {
  readonly listed: Listed
  readonly fingerprints: Fingerprints
  /** What the source listed before: keys, and how many messages. */
  readonly keys: ReadonlySet<Key>
  readonly count: number
}

/**
 * Where the first message to be appended goes to an INBOX that holds at least as many messages as the source lists,
 * both could be the same mailbox. Then that one message is sent alone, as a probe, and a new session at the source
 * shows whether it turns up there. A folder with fewer messages than the source proves that they differ, at no cost.
 */
export class MirrorGuard {
  readonly #book: PairLedger
  readonly #ends: string
  #cleared: boolean
  #probe: Probe | undefined
  /** How often the probe's bytes may be met among the newcomers without proving anything. */
  #expected = 0

  /** `ends` names the two ends: what was found out holds for them and for no others. */
  constructor(book: PairLedger, ends: string) {
    this.#book = book
    this.#ends = ends
    this.#cleared = book.habit(habit) === `no ${ends}`
  }

  /** Whether a probe is out: nothing more may be appended before a new session has been looked at. */
  get holdsBack(): boolean {
    return this.#probe !== undefined
  }

  /** Whether the folder could be the maildrop itself, as far as anybody knows. */
  suspects(folder: string): boolean {
    return !this.#cleared && folder.toUpperCase() === 'INBOX'
  }

  /** A folder has been opened: fewer messages than the source lists prove that it is not the maildrop. */
  look(folder: Folder, { messages }: Listing): void {
    if (this.suspects(folder.path) && !this.holdsBack && folder.messages < messages.length) this.clear()
  }

  /** A message is about to be appended: it becomes the probe where the two could be one mailbox. */
  appending(folder: Folder, listed: Listed, fingerprints: Fingerprints, { messages }: Listing): void {
    if (!this.suspects(folder.path) || this.holdsBack) return
    if (this.#book.habit(habit) === `yes ${this.#ends}`) throw sameMailbox()
    const keys = new Set(messages.flatMap(({ key }) => (key === undefined ? [] : [key])))
    this.#probe = { listed, fingerprints, keys, count: messages.length }
  }

  /** The batches are through: a probe that was not stored proves nothing, so that another message has to be one. */
  delivered(isStored: (probe: Listed) => boolean): void {
    if (this.#probe && !isStored(this.#probe.listed)) this.#probe = undefined
  }

  /**
   * In the session after the probe: the messages that have turned up since. Where names are missing or last no longer
   * than a session, and the maildrop has grown, these are all messages, the probe's original among them.
   */
  newcomers({ messages }: Listing): readonly Listed[] {
    const probe = this.#probe
    if (probe === undefined) return []
    const named = messages.flatMap(({ key }) => (key === undefined ? [] : [key]))
    const isStable = named.length === messages.length && named.some((key) => probe.keys.has(key))
    this.#expected = isStable ? 0 : 1
    if (!isStable) return messages.length > probe.count ? messages : []
    return messages.filter(({ key }) => key !== undefined && !probe.keys.has(key))
  }

  /** Compares a newcomer with the probe. */
  compare(fingerprints: Fingerprints): void {
    const probe = this.#probe?.fingerprints
    if (!probe || verdictOf(probe, fingerprints) === 'different') return
    this.#expected -= 1
    if (this.#expected < 0) this.#found()
  }

  /** No newcomer was the probe: the two differ, for this run and all later ones. */
  clear(): void {
    this.#probe = undefined
    this.#cleared = true
    this.#book.setHabit(habit, `no ${this.#ends}`)
  }

  /** Remembered, so that no later run sends a probe of its own. */
  #found(): never {
    this.#book.setHabit(habit, `yes ${this.#ends}`)
    throw sameMailbox()
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
