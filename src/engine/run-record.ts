// What one pair has done so far in this run: one outcome per listed message, counters, warnings; ends as its summary.
import { SizeBars } from '../core/bars.ts'
import { exitCodeOf, type MailhaulError } from '../core/errors.ts'
import type { PairSummary, Report, Stage } from '../core/events.ts'
import type { Key, Listed } from '../core/message.ts'
import type { Judgement } from '../core/notice.ts'
import {
  freshOf,
  incompleteKinds,
  isIncomplete,
  type Outcome,
  type OutcomeKind,
  outcomeOf,
  provenKinds,
  tallyOf,
  unweighedKinds,
} from '../core/outcome.ts'
import type { Clock } from '../core/ports.ts'
import { noRemoval, type RemovalTally } from '../core/removal.ts'
import { Figures } from './figures.ts'
import { Warnings } from './warnings.ts'

/** How a message is told from the others within a run: its key, or its number in the present listing. */
type Identity = Key | number

/** What is kept of an outcome: of messages that were copied, most of all in a first run, only what adds up. */
type Ended = Outcome | { readonly kind: 'copied'; readonly size: number; readonly isCarried?: never }

/** Collects what happens to one pair and tells the reporters. */
export class RunRecord {
  readonly #pair: string
  readonly #report: Report
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #started: number
  readonly #listed = new Map<Identity, Listed>()
  readonly #outcomes = new Map<Identity, Ended>()
  readonly #leftThere = new Set<Identity>()
  /** What the last listing shows; undefined while there was but one: then that is everything. */
  #present: ReadonlySet<Identity> | undefined
  readonly warnings = new Warnings()
  #window: string | undefined
  #removal = noRemoval
  #error: MailhaulError | undefined
  #judgement: Judgement | undefined
  #hasMoved = false
  #wasListed = false
  #run: number | undefined
  /** What is only counted. */
  readonly figures: Figures

  constructor(pair: string, report: Report, clock: Clock) {
    this.#pair = pair
    this.#report = report
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#started = clock.monotonic()
    this.figures = new Figures(clock)
    report({ pair, kind: 'started' })
  }

  /** How many messages have an outcome that is not just carried over: the measure of progress between passes. */
  progress = 0

  stage(stage: Stage): void {
    this.#report({ pair: this.#pair, kind: 'stage', stage })
  }

  /** `stands`: of something that holds for long, and that each run finds anew. */
  warn(text: string, how?: 'stands'): void {
    const isStanding = how === 'stands'
    if (this.warnings.add(text, isStanding)) this.#report({ pair: this.#pair, kind: 'warning', text, isStanding })
  }

  /** The source may have shown only part of its maildrop: as loud as a warning. The first sentence holds. */
  showsPart(text: string): void {
    if (this.#window !== undefined) return
    this.#window = text
    this.#report({ pair: this.#pair, kind: 'warning', text })
  }

  retrying(error: MailhaulError, attempt: number, delay: number): void {
    this.figures.retrying(error, delay)
    this.#report({ pair: this.#pair, kind: 'retrying', error, attempt, delay })
  }

  settledEarlier(found: number, missing: number): void {
    this.figures.settled(found, missing)
    this.#report({ pair: this.#pair, kind: 'settled', found, missing })
  }

  /** Whether a message has found its place at the destination in this run. */
  get hasMoved(): boolean {
    return this.#hasMoved
  }

  /** Whether the source has been reached in this run. */
  get wasListed(): boolean {
    return this.#wasListed
  }

  /**
   * A new listing: nameless messages of earlier listings are forgotten, named ones stay until they have an outcome.
   * `movesOn`: the source may list others each time, so that names which are missing are no sign of other names.
   */
  list(messages: readonly Listed[], movesOn: boolean): void {
    this.#wasListed = true
    for (const identity of [...this.#listed.keys()]) {
      if (typeof identity !== 'number') continue
      this.#listed.delete(identity)
      this.#outcomes.delete(identity)
    }
    if (this.#listed.size > 0 || this.#present) this.#listAgain(messages, movesOn)
    for (const listed of messages) this.#listed.set(this.#identify(listed), listed)
    const { count, bytes } = this.#listing()
    this.#report({ pair: this.#pair, kind: 'listed', count, bytes })
  }

  #listAgain(messages: readonly Listed[], movesOn: boolean): void {
    const before = this.#present ?? new Set(this.#listed.keys())
    const present = new Set(messages.map((listed) => this.#identify(listed)))
    this.#present = present
    if (!movesOn && !present.values().some((identity) => before.has(identity))) this.#forgetUnreached()
  }

  #isPresent(identity: Identity): boolean {
    return this.#present?.has(identity) ?? true
  }

  /** No name of the listing before is left: what had no outcome yet is listed under another one now. */
  #forgetUnreached(): void {
    for (const identity of [...this.#listed.keys()]) if (!this.#outcomes.has(identity)) this.#listed.delete(identity)
  }

  planned(toFetch: number, bytes: number): void {
    this.#report({ pair: this.#pair, kind: 'planned', toFetch, bytes })
  }

  fetched(bytes: number): void {
    this.figures.fetched(bytes)
    this.#report({ pair: this.#pair, kind: 'fetched', bytes })
  }

  /**
   * The end of a listed message. The first word holds, unless it was that the message failed or was not reached.
   * `internalDate`: the one it was given at the destination.
   */
  outcome(listed: Listed, outcome: Outcome, internalDate?: number): void {
    const identity = this.#identify(listed)
    const before = this.#outcomes.get(identity)
    if (before && before.kind !== 'failed' && before.kind !== 'pending') return
    this.#outcomes.set(identity, outcome.kind === 'copied' ? { kind: 'copied', size: outcome.size } : outcome)
    if (before?.kind !== outcome.kind && isProgress(identity, outcome.kind)) this.progress += 1
    if (outcome.kind === 'adopted') this.figures.adopted()
    if (outcome.kind === 'copied') this.figures.copied(outcome.size, internalDate)
    if (!outcome.isCarried && (outcome.kind === 'copied' || outcome.kind === 'adopted')) this.#hasMoved = true
    if (outcome.dateRule) this.figures.dated(outcome.dateRule)
    this.#report({ pair: this.#pair, kind: 'outcome', outcome })
  }

  /** A message of the backlog stays where it is: nobody has to look for it at the destination. */
  leftThere(listed: Listed, outcome: Outcome): void {
    this.#leftThere.add(this.#identify(listed))
    this.outcome(listed, outcome)
  }

  /** How far it is: whether some message has not made it, and whether the source may have shown only a part. */
  soFar(): { isOpen: boolean; isPart: boolean } {
    return { isOpen: this.#ended().some(({ kind }) => incompleteKinds.has(kind)), isPart: this.#window !== undefined }
  }

  /** Whether some message has not been held against what lies at the destination: left out unread, failed, not reached. */
  hasUnweighed(): boolean {
    for (const [identity, { kind }] of this.#outcomes)
      if (unweighedKinds.has(kind) && !this.#leftThere.has(identity)) return true
    return this.#outcomes.size < this.#listed.size
  }

  /**
   * A message that this run has dealt with before, listed anew and perhaps under another name: told, but no progress,
   * and no second count.
   */
  again(listed: Listed, outcome: Outcome, formerKey: Key): void {
    const identity = this.#identify(listed)
    if (formerKey !== identity && !this.#isPresent(formerKey)) {
      this.#listed.delete(formerKey)
      this.#outcomes.delete(formerKey)
    }
    if (!this.#outcomes.has(identity)) this.#outcomes.set(identity, outcome)
  }

  /** Whether nothing would be lost if the source removed the message now. */
  isProven(listed: Listed): boolean {
    const kind = this.kindOf(listed)
    return kind !== undefined && provenKinds.has(kind)
  }

  /** What has become of a listed message so far. */
  kindOf(listed: Listed): OutcomeKind | undefined {
    return this.#outcomes.get(this.#identify(listed))?.kind
  }

  /** What has become so far of the messages that were due for removal. */
  removal(tally: RemovalTally): void {
    this.progress += Math.max(0, tally.removed - this.#removal.removed)
    this.#removal = tally
  }

  /** What ended the pair early. The first error is the cause; later ones are its consequences. */
  fail(error: MailhaulError): void {
    this.#error ??= error
  }

  /** How the pair stands after this run, and what people are to be told. */
  judged(judgement: Judgement): void {
    this.#judgement = judgement
  }

  /** The ledger has given this run a number. */
  opened(run: number): void {
    this.#run = run
  }

  /** The end: every listed message without an outcome gets one, so that the totals add up to the listing. */
  summary(): PairSummary {
    const tally = tallyOf(this.#ended())
    const { listed, sizes, others } = this.#sumUp()
    const summary: PairSummary = {
      pair: this.#pair,
      run: this.#run,
      listed,
      tally,
      fresh: tallyOf(freshOf(others)),
      exceptions: others.filter((ended): ended is Outcome => ended.kind !== 'copied'),
      ...this.figures.sums,
      removal: this.#removal,
      ...this.warnings.with(this.figures.repairWarnings()),
      window: this.#window,
      startedAt: this.#startedAt,
      milliseconds: this.#clock.monotonic() - this.#started,
      error: this.#error,
      notice: this.#judgement?.notice,
      failingSince: this.#judgement?.after?.since,
      figures: { ...this.figures.value(), sizes: sizes.bars() },
      exitCode: this.#error ? exitCodeOf[this.#error.code] : isIncomplete(tally) ? 3 : 0,
    }
    this.#report({ pair: this.#pair, kind: 'finished', summary })
    return summary
  }

  /** One end per listed message. */
  *#ended(): Generator<Ended> {
    for (const [identity, listed] of this.#listed) {
      yield this.#outcomes.get(identity) ?? this.#unreached(identity, listed)
    }
  }

  /** In one go: a mailbox in which nothing is new costs hardly more than its listing. */
  #sumUp() {
    const [sizes, others]: [SizeBars, Ended[]] = [new SizeBars(), []]
    let bytes = 0
    for (const ended of this.#ended()) {
      bytes += ended.size
      sizes.add(ended.size)
      if (ended.kind !== 'already-there') others.push(ended)
    }
    return { listed: { count: this.#listed.size, bytes }, sizes, others }
  }

  #unreached(identity: Identity, listed: Listed): Outcome {
    if (!this.#isPresent(identity)) {
      return outcomeOf('vanished', listed, {
        reason: 'it was listed at first and was gone later in the run',
        code: 'vanished',
      })
    }
    const error = this.#error
    return outcomeOf('pending', listed, error ? { reason: error.message, code: error.code } : {})
  }

  #identify(listed: Listed): Identity {
    return listed.key ?? listed.number
  }

  /**
   * Sizes as their outcome counts them, where there is one: the retrieved size replaces the claim, so that the
   * listing and the outcomes are sums of the same numbers.
   */
  #listing(): { count: number; bytes: number } {
    let bytes = 0
    for (const [identity, listed] of this.#listed) bytes += this.#outcomes.get(identity)?.size ?? listed.size
    return { count: this.#listed.size, bytes }
  }
}

/** What has no name is weighed anew in every session: only what is stored is known again, all else would go on for ever. */
function isProgress(identity: Identity, kind: OutcomeKind): boolean {
  if (typeof identity === 'number') return kind === 'copied' || kind === 'adopted'
  return kind !== 'already-there' && kind !== 'pending'
}
