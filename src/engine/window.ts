// How much of its maildrop a source shows: whether another session may show more, what is gone, what people are told.
import { isDerivedKey } from '../core/fingerprint.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Known, LedgerReader, Listing, PairLedger } from '../core/ports.ts'
import type { Provider } from '../core/providers.ts'
import type { RunRecord } from './run-record.ts'
import type { Survey } from './survey.ts'

/** What is remembered from run to run: the length of the last listing, and the one that was taken for a window. */
const lengthHabit = 'listed'
const windowHabit = 'window'
const poppingHabit = 'popping'

/** So often in a run at most. */
const mostPops = 5

/** So many messages could fill what such a provider shows at a time. */
const fullWindow = 100

/** Why this may not be the whole mailbox, as a sentence; undefined where nothing speaks for that. */
export function partSeen(
  provider: Provider,
  listing: Listing,
  book: Pick<LedgerReader, 'habit'> | undefined,
): string | undefined {
  const { length } = listing.messages
  if (provider.shows !== undefined) return mayBePart(provider.shows)
  if (listing.claimed !== undefined) return mayBePart(`the source counts ${listing.claimed} and lists ${length}`)
  return book?.habit(windowHabit) === String(length) ? alwaysThatMany(length) : undefined
}

/** Follows the sessions of one run. */
export class WindowWatch {
  readonly #provider: Provider
  readonly #book: PairLedger
  readonly #record: RunRecord
  /** What the first session listed, and what any has: put together only once there is a second. */
  #first: readonly Listed[] = []
  readonly #listedBefore = new Set<Key>()
  #sessions = 0
  #hasNew = false
  #isPartial = false
  #isLookingAgain = false
  #popped: readonly Key[] = []
  #pops = 0

  constructor(provider: Provider, book: PairLedger, record: RunRecord) {
    this.#provider = provider
    this.#book = book
    this.#record = record
  }

  /** Whether messages may be there that are not listed, so that nothing follows from one that is missing. */
  get isPartial(): boolean {
    return this.#isPartial
  }

  /** Whether everything listed has been dealt with, and the next session only looks for more. */
  get isLookingAgain(): boolean {
    return this.#isLookingAgain
  }

  /** A listing has come. */
  look({ listing, known }: Survey): void {
    this.#isLookingAgain = false
    this.#sessions += 1
    this.#hasNew = this.#sessions > 1 && this.#addsTo(listing.messages)
    if (this.#sessions === 1) this.#first = listing.messages
    const suspicion = this.#sessions === 1 ? this.#suspect(listing, known) : undefined
    const part = partSeen(this.#provider, listing, this.#book) ?? suspicion
    if (part === undefined) return
    this.#isPartial = true
    this.#record.showsPart(part)
  }

  /** Whether a later session lists what none before it has. */
  #addsTo(messages: readonly Listed[]): boolean {
    const before = this.#listedBefore
    const note = (listed: readonly Listed[]) => {
      for (const { key } of listed) if (key !== undefined) before.add(key)
    }
    note(this.#first)
    this.#first = []
    const known = before.size
    note(messages)
    return before.size > known
  }

  /**
   * Whether another session may show what this one did not. The first asks who runs the source, or what looks like a
   * window; from then on there must be something new each time, so that this ends. `advanced`: messages were moved.
   */
  mayShowMore(advanced: boolean, removes: boolean): boolean {
    const { window } = this.#provider
    const isWindow = window === 'newest' ? removes : window === 'none' && this.#isPartial
    const follows = window === 'until-popped' || (this.#sessions > 1 ? this.#hasNew : isWindow)
    this.#isLookingAgain = advanced && follows
    return this.#isLookingAgain
  }

  /** Whether fetching these settled messages once more could make a source move on that goes by what was fetched. */
  mayPop(keys: readonly Key[]): boolean {
    if (keys.length === 0 || this.#pops >= mostPops || this.#book.habit(poppingHabit) === 'in vain') return false
    const listed = new Set(keys)
    if (this.#pops > 0 && this.#popped.every((key) => listed.has(key))) {
      this.#book.setHabit(poppingHabit, 'in vain')
      return false
    }
    this.#popped = keys
    this.#pops += 1
    return true
  }

  /** Nothing more can be done about what the source shows. */
  stays(messages: readonly Listed[]): void {
    if (this.#provider.window !== 'until-popped' || messages.length < fullWindow) return
    const shown = `${this.#provider.title} goes on showing messages that were not moved, ${messages.length} of them`
    this.#record.warn(`${shown}: as long as it does, it may not show what lies behind them.`, 'stands')
  }

  /** Messages that are not listed any more though nobody here removed them are marked; settled ones are told, once. */
  noteAbsent(absent: readonly Key[], known: ReadonlyMap<Key, Known>): void {
    // What a part does not show may well be there.
    if (this.#isPartial || absent.length === 0) return
    this.#book.markAbsent(absent, true)
    const settled = absent.filter((key) => known.get(key)?.state === 'settled').length
    if (settled === 0) return
    this.#record.warn(
      `Gone from the source though mailhaul left them there: ${settled} of its messages. Another program or the ` +
        'server itself removed them; they lie safely at the destination.',
    )
  }

  /**
   * Without a provider there is little to go by: as many as last time, a round number, though new ones have come and
   * others are gone (quirk A54).
   */
  #suspect({ messages }: Listing, known: ReadonlyMap<Key, Known>): string | undefined {
    const { length } = messages
    const isAsBefore = this.#book.habit(lengthHabit) === String(length)
    if (!isAsBefore) this.#book.setHabit(lengthHabit, String(length))
    if (!isAsBefore || length < 100 || length % 50 !== 0) return undefined
    const listed = new Set(messages.map(({ key }) => key))
    const came = messages.some(({ key }) => key !== undefined && !known.has(key))
    const went = [...known.values()].some(
      ({ key, absentSince, removal }) =>
        !listed.has(key) && absentSince === undefined && removal === 'none' && !isDerivedKey(key),
    )
    if (!came || !went) return undefined
    this.#book.setHabit(windowHabit, String(length))
    return alwaysThatMany(length)
  }
}

function alwaysThatMany(length: number): string {
  return mayBePart(`the source lists ${length} each time, though new messages came and others went`)
}

function mayBePart(why: string): string {
  return `This may not be the whole mailbox: ${why}.`
}
