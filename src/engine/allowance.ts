// Keeps a pair within its daily budgets: room is reserved in the ledger before messages are asked for, at both ends, a
// portion at a time, so that a process that dies has counted too much rather than too little.
import {
  budgetNotes,
  budgetUsedUp,
  type DailyBudget,
  dayOf,
  largerThanBudget,
  mostInPortion,
  portionOf,
} from '../core/daily-budget.ts'
import type { MailhaulError } from '../core/errors.ts'
import type { Listed } from '../core/message.ts'
import type { Pair } from '../core/pair.ts'
import type { Clock, Fetched, PairLedger } from '../core/ports.ts'
import { appendLimits, fetchLimits } from '../core/providers.ts'
import { leastSeconds } from '../core/rates.ts'
import type { RunRecord } from './run-record.ts'

interface AllowancePorts {
  readonly pair: Pair
  readonly budgets: readonly DailyBudget[]
  readonly book: Pick<PairLedger, 'count' | 'counted'>
  readonly record: RunRecord
  readonly clock: Pick<Clock, 'now'>
}

/** A provider's published pace is told where it costs more than so many seconds. */
const longEnoughToTell = 60

/** Retrieves some messages: what the budgets are put around. */
type Retrieve = (messages: readonly Listed[]) => AsyncIterable<Fetched>

/** What one pair may still move today; costs nothing where no budget holds. */
export class Allowance {
  readonly #ports: AllowancePorts
  readonly #names: readonly string[]
  /** Octets moved at each end beyond what was reserved, or, where negative, reserved in vain: not written down yet. */
  readonly #owed = { source: 0, destination: 0 }
  #day = ''
  #hasTold = false
  #end: MailhaulError | undefined

  constructor(ports: AllowancePorts) {
    this.#ports = ports
    this.#names = ports.budgets.map(({ name }) => name)
  }

  /** Why no more messages are fetched today; undefined as long as they are. */
  get end(): MailhaulError | undefined {
    return this.#end
  }

  /** Looks before anything is fetched: whether today's budgets are used up, and if not, how far they reach. */
  look(jobs: readonly Listed[]): MailhaulError | undefined {
    const { pair, budgets, book, record, clock } = this.#ports
    if (jobs.length === 0) return undefined
    const now = clock.now()
    const counts = budgets.length === 0 ? [] : book.counted(dayOf(now), this.#names)
    const usedUp = budgets.find(({ limit }, at) => (counts[at] ?? 0) >= limit)
    if (usedUp) {
      this.#end = budgetUsedUp(usedUp, now)
      return this.#end
    }
    const bytes = jobs.reduce((sum, { size }) => sum + size, 0)
    const notes = this.#hasTold ? [] : budgetNotes(budgets, counts, bytes)
    const seconds = [pair.sourceRates, pair.destinationRates].map((rates) =>
      leastSeconds(rates ?? {}, jobs.length, bytes),
    )
    const isFelt = notes.length > 0 || seconds.some((one) => one > longEnoughToTell)
    this.#hasTold ||= isFelt
    for (const note of isFelt ? [...fetchLimits(pair), ...appendLimits(pair), ...notes] : [])
      record.warn(note, 'stands')
    return undefined
  }

  /** Retrieves messages as long as there is room at both ends for them; what is left is for another day: see `end`. */
  within(messages: readonly Listed[], retrieve: Retrieve): AsyncIterable<Fetched> {
    return this.#names.length === 0 ? retrieve(messages) : this.#inPortions(messages, retrieve)
  }

  async *#inPortions(messages: readonly Listed[], retrieve: Retrieve): AsyncGenerator<Fetched> {
    for (let at = 0; at < messages.length && this.#end === undefined; ) {
      const portion = this.#reserve(messages.slice(at, at + mostInPortion))
      yield* this.#retrieve(portion, retrieve)
      at += portion.length
    }
  }

  /** A message is fetched once more, whatever the budget says of it. */
  fetchedAgain(bytes: number): void {
    this.#owed.source += bytes
  }

  /** A message that room was reserved for at the destination is not sent there. */
  notSent(bytes: number): void {
    this.#owed.destination -= bytes
  }

  /** A message is sent once more. */
  sentAgain(bytes: number): void {
    this.#owed.destination += bytes
  }

  /** Writes down what is not yet. */
  close(): void {
    const { source, destination } = this.#owed
    if (this.#names.length > 0 && (source !== 0 || destination !== 0)) this.#count(() => 0)
  }

  #reserve(messages: readonly Listed[]): readonly Listed[] {
    const { budgets, record, clock } = this.#ports
    const sizes = messages.map(({ size }) => size)
    let count = 0
    this.#count((counts) => {
      const portion = portionOf(sizes, budgets, counts)
      count = portion.count
      const { end, bytes } = portion
      const hasRoom = end !== undefined && (counts[budgets.indexOf(end)] ?? 0) < end.limit
      if (end) this.#end = budgetUsedUp(end, clock.now(), hasRoom ? sizes[0] : undefined)
      return bytes
    })
    const [first = 0] = sizes
    const larger = count > 0 ? budgets.find(({ limit }) => first > limit) : undefined
    if (larger) record.warn(largerThanBudget(first, larger))
    return messages.slice(0, count)
  }

  async *#retrieve(portion: readonly Listed[], retrieve: Retrieve): AsyncGenerator<Fetched> {
    const open = new Set(portion)
    try {
      for await (const fetched of retrieve(portion)) {
        const { listed } = fetched
        open.delete(listed)
        const size = fetched.kind === 'message' ? fetched.message.size : 0
        this.#owe(size - Math.max(0, listed.size))
        yield fetched
      }
    } finally {
      // A session that was lost has not brought these.
      for (const { size } of open) this.#owe(-Math.max(0, size))
    }
  }

  #owe(bytes: number): void {
    this.#owed.source += bytes
    this.#owed.destination += bytes
  }

  /** One transaction: what is owed first, then what `reserve` takes, given what was counted. */
  #count(reserve: (counts: readonly number[]) => number): void {
    const { budgets, book, clock } = this.#ports
    const day = dayOf(clock.now())
    // What is owed since yesterday is part of a day that is over.
    const isSameDay = this.#day === day || this.#day === ''
    const owed = budgets.map(({ end }) => (isSameDay ? this.#owed[end] : 0))
    book.count(day, this.#names, (counts) => {
      const bytes = reserve(counts.map((count, at) => Math.max(0, count + (owed[at] ?? 0))))
      return owed.map((one) => one + bytes)
    })
    this.#day = day
    this.#owed.source = 0
    this.#owed.destination = 0
  }
}
