// The part of a run's record that only counts: how fast it went, what was tried again, what was read back.
import { YearBars } from '../core/bars.ts'
import type { ErrorCode, MailhaulError } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import type { RunFigures } from '../core/figures.ts'
import type { Verdict } from '../core/fingerprint.ts'
import type { Amount, DateRule } from '../core/outcome.ts'
import type { Clock } from '../core/ports.ts'
import type { Repair } from '../core/repair.ts'
import type { RewritingRule } from '../core/rewriting.ts'
import { RunningTimeline } from './timeline.ts'

/** So many different reasons for trying again are told apart; servers may put anything into theirs. */
const mostReasons = 20

interface Retries {
  readonly code: ErrorCode
  readonly message: string
  count: number
  waitedMilliseconds: number
}

/** Adds up while a pair is at work. Nothing here is kept per message. */
export class Figures {
  readonly #timeline: RunningTimeline
  readonly #retries = new Map<string, Retries>()
  readonly #years = new YearBars()
  readonly #verdicts = { identical: 0, canonicalEqual: 0, different: 0 }
  readonly #rewrites = new Map<RewritingRule, number>()
  readonly #settled = { found: 0, missing: 0 }
  readonly #repaired = new Map<Repair, number>()
  readonly #dateRules: Record<DateRule, number> = { received: 0, date: 0, listing: 0 }
  #bytesFetched = 0
  #bytesAppended = 0
  #copied = 0
  #sessions = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#timeline = new RunningTimeline(clock)
  }

  fetched(bytes: number): void {
    this.#bytesFetched += bytes
    this.#timeline.add('bytesFetched', bytes)
  }

  /** A message came to lie at the destination; `internalDate` in milliseconds since the epoch. */
  copied(bytes: number, internalDate: number | undefined): void {
    this.#bytesAppended += bytes
    this.#copied += 1
    this.#timeline.add('messages', 1)
    this.#timeline.add('bytesAppended', bytes)
    this.#years.add(internalDate, bytes)
  }

  /** A message was found at the destination. */
  adopted(): void {
    this.#timeline.add('messages', 1)
  }

  /** A message was given its INTERNALDATE by this rule. */
  dated(rule: DateRule): void {
    this.#dateRules[rule] += 1
  }

  /** A message was stored in another form than it was retrieved in, with repairs that somebody allowed. */
  repaired(repairs: readonly Repair[]): void {
    for (const repair of repairs) this.#repaired.set(repair, (this.#repaired.get(repair) ?? 0) + 1)
  }

  /** A session at the source is over; so often it was lost on the way and taken up again. */
  session(reopenings: number): void {
    this.#sessions += 1 + reopenings
  }

  retrying({ code, message }: MailhaulError, delay: number): void {
    const own = `${code} ${message}`
    const reason = this.#retries.has(own) || this.#retries.size < mostReasons ? own : code
    const retries = this.#retries.get(reason) ?? { code, message, count: 0, waitedMilliseconds: 0 }
    retries.count += 1
    retries.waitedMilliseconds += delay
    this.#retries.set(reason, retries)
  }

  settled(found: number, missing: number): void {
    this.#settled.found += found
    this.#settled.missing += missing
  }

  /** A copy was read back. `rule`: what the destination has rewritten, where that is known. */
  readBack(verdict: Verdict, rule?: RewritingRule): void {
    if (verdict === 'identical') this.#verdicts.identical += 1
    else if (verdict === 'canonical-equal') this.#verdicts.canonicalEqual += 1
    else this.#verdicts.different += 1
    if (rule) this.#rewrites.set(rule, (this.#rewrites.get(rule) ?? 0) + 1)
  }

  /** What has been appended so far. */
  get moved(): Amount {
    return { count: this.#copied, bytes: this.#bytesAppended }
  }

  /** What has been added up over all messages. */
  get sums(): Pick<PairSummary, 'dateRules' | 'bytesFetched' | 'bytesAppended'> {
    return { dateRules: this.#dateRules, bytesFetched: this.#bytesFetched, bytesAppended: this.#bytesAppended }
  }

  /** What has to be said about repairs. */
  repairWarnings(): readonly string[] {
    if (this.#repaired.size === 0) return []
    const counts = [...this.#repaired].map(([repair, count]) => `${repair} (${count})`).join(', ')
    return [`Messages that were refused as they are were stored with repairs that you allowed: ${counts}.`]
  }

  /** What there is so far, but for what only the listing tells. */
  value(): Omit<RunFigures, 'sizes'> {
    const { identical, canonicalEqual, different } = this.#verdicts
    return {
      timeline: this.#timeline.value(),
      retries: [...this.#retries.values()].map((retries) => ({ ...retries })),
      reconnects: Math.max(0, this.#sessions - 1),
      settled: { ...this.#settled },
      verdicts: identical + canonicalEqual + different > 0 ? { ...this.#verdicts } : undefined,
      rewrites: Array.from(this.#rewrites, ([rule, count]) => ({ rule, count })),
      years: this.#years.bars(),
    }
  }
}
