// Looks whether a destination stores headers with 8-bit octets as they are: some change them without a word (quirk B12).
import { isAscii } from 'node:buffer'
import { verdictOf } from '../core/fingerprint.ts'
import type { Message } from '../core/message.ts'
import type { Destination, Digest, Folder, PairLedger } from '../core/ports.ts'
import { FormHashes, type RewritingRule, ruleBetween } from '../core/rewriting.ts'
import type { RunRecord } from './run-record.ts'

/** The habit: how many such messages came back as they were sent, or that one did not. */
const habit = '8bit-headers'
const changed = 'changed'
/** So many that came back unchanged are enough. */
const enough = 3

interface CheckPorts {
  readonly destination: Destination
  readonly book: PairLedger
  readonly record: RunRecord
  readonly signal: AbortSignal
}

/** A message that has just been placed. */
export interface JustPlaced {
  readonly uid: number
  readonly message: Message
}

/** Re-reads such messages right after they were placed, until the server has shown what it does. */
export class HeaderCheck {
  readonly #ports: CheckPorts
  /** One look at a time: what it shows may spare the others. */
  #last: Promise<void> = Promise.resolve()

  constructor(ports: CheckPorts) {
    this.#ports = ports
  }

  /** To be called when the places are written down: whatever comes of this, they are proven. */
  async look(folder: Folder, placed: readonly JustPlaced[]): Promise<void> {
    if (this.#hasSeenEnough) return
    const telling = placed.filter(({ message }) => !isAscii(message.headers)).slice(0, enough)
    if (telling.length === 0) return
    const turn = this.#last.then(() => this.#look(folder, telling))
    this.#last = turn.catch(() => undefined)
    await turn
  }

  get #hasSeenEnough(): boolean {
    return Number(this.#ports.book.habit(habit) ?? '0') >= enough
  }

  async #look(folder: Folder, telling: readonly JustPlaced[]): Promise<void> {
    if (this.#hasSeenEnough) return
    const { book, record } = this.#ports
    const known = book.habit(habit) ?? '0'
    const sent = new Map(telling.map(({ uid, message }) => [uid, message]))
    const seen = known === changed ? changed : await this.#compare(folder, sent)
    if (seen === changed) {
      record.warn(
        'The destination changes 8-bit characters in headers (Cyrus does so with munge8bit): ' +
          'messages with such headers are there, but not byte for byte. mailhaul verify --deep counts them.',
        'stands',
      )
    }
    const now = seen === changed ? changed : String(Number(known) + seen)
    if (now !== known) book.setHabit(habit, now)
  }

  /** How many came back as they were sent; or that one did not. */
  async #compare(folder: Folder, sent: ReadonlyMap<number, Message>): Promise<number | typeof changed> {
    const { destination, signal, record } = this.#ports
    let unchanged = 0
    try {
      for await (const digest of destination.digests(folder, [...sent.keys()], signal, true)) {
        const before = sent.get(digest.uid)
        if (before === undefined) continue
        const verdict = verdictOf(before.fingerprints, digest.fingerprints)
        record.figures.readBack(verdict, verdict === 'canonical-equal' ? await ruleOf(before, digest) : undefined)
        if (verdict === 'identical') unchanged += 1
        // Where the size is another one, line ends were folded: that is another matter, which verify tells.
        else if (verdict === 'different' || before.size === digest.size) return changed
      }
    } catch {
      // The places are proven without this; a later batch shows what could not be seen now.
    }
    return unchanged
  }
}

async function ruleOf(message: Message, { forms }: Digest): Promise<RewritingRule | undefined> {
  const hashes = new FormHashes()
  for await (const chunk of message.chunks()) hashes.update(chunk)
  return ruleBetween(hashes.finish(), forms)
}
