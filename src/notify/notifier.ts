// Tells everybody who wants to know, beside the passes: nothing here holds one up, and what fails is said.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Notice } from '../core/notice.ts'
import type { Clock } from '../core/ports.ts'
import { Losses } from './losses.ts'
import type { Target } from './target.ts'
import { type Telling, tellingOf } from './telling.ts'

/** What a notifier is made with. */
export interface NotifierOptions {
  readonly targets: readonly Target[]
  readonly clock: Clock
  /** Takes secrets out of what servers said. */
  readonly mask: (text: string) => string
  /** Milliseconds to wait before each further try: none is made after the last. */
  readonly pauses: readonly number[]
  /**
   * The run is over soon: a target that did not answer in time is not asked again, and what failed is said when all is
   * `settled`, once for each target with all its pairs.
   */
  readonly isBrief?: boolean
  /** A notification has failed; it is tried again after `next` milliseconds, or not at all. */
  readonly onFailure: (error: MailhaulError, next: number | undefined) => void
  /** Aborted: nothing is waited for any more, what is under way is finished. */
  readonly stop: AbortSignal
  /** Aborted: everything is dropped. */
  readonly kill: AbortSignal
}

/** Where mail comes from and goes to. */
type Hosts = Pick<Telling, 'sourceHost' | 'destinationHost'>

/** Notifications at work at once in one place: a dead network makes a thousand pairs fail together. */
const mostAtOnce = 4

/** What is aborted has so long to come to its end. Milliseconds. */
const grace = 2000

/** One notification on its way. */
interface Errand {
  readonly target: Target
  readonly telling: Telling
  /** Where it is told: targets, and the hosts of inboxes, wait for no other. */
  readonly place: string
  /** Aborted: something newer is told of the pair. */
  readonly superseded: AbortSignal
}

/** Tells of changes. */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #counts = { sent: 0, failed: 0 }
  readonly #tasks = new Map<Promise<void>, Errand>()
  /** By target and pair: what is told last makes what was to be told before worthless. */
  readonly #latest = new Map<string, { readonly pair: string; readonly superseded: AbortController }>()
  readonly #turns = new Map<string, Turns>()
  /** Places that did not answer in time. */
  readonly #silent = new Set<string>()
  readonly #losses = new Losses()
  /** Aborted: there is no more time. */
  readonly #over = new AbortController()

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** Notifications so far. */
  get counts(): { readonly sent: number; readonly failed: number } {
    return { ...this.#counts }
  }

  /** Whether nothing is being told. */
  get isIdle(): boolean {
    return this.#tasks.size === 0
  }

  /** Begins to tell everybody concerned. Returns at once and never throws. */
  tell(notice: Notice, hosts: Hosts): void {
    const telling = tellingOf(notice, hosts, this.#options.mask)
    for (const [at, target] of this.#options.targets.entries()) {
      if (!concerns(target, telling)) continue
      const key = `${at} ${telling.pair}`
      const superseded = new AbortController()
      this.#latest.get(key)?.superseded.abort()
      const latest = { pair: telling.pair, superseded }
      this.#latest.set(key, latest)
      const place = `${at} ${target.placeOf?.(telling) ?? ''}`
      const errand = { target, telling, place, superseded: superseded.signal }
      const task: Promise<void> = this.#deliver(errand).finally(() => {
        this.#tasks.delete(task)
        if (this.#latest.get(key) === latest) this.#latest.delete(key)
      })
      this.#tasks.set(task, errand)
    }
  }

  /** Somebody else tells something newer of a pair: what was to be told of it here is not tried again. */
  supersede(pair: string): void {
    for (const latest of this.#latest.values()) if (latest.pair === pair) latest.superseded.abort()
  }

  /** Resolves when everything has been told or given up: after so many milliseconds at the latest, where told. */
  async settled(longest?: number): Promise<void> {
    const { clock, onFailure } = this.#options
    const done = new AbortController()
    const isLate = async (milliseconds: number) => {
      await clock.sleep(milliseconds, done.signal)
      this.#over.abort()
      await clock.sleep(grace, done.signal)
      for (const errand of this.#tasks.values()) this.#losses.add(errand, undefined)
    }
    const late = longest === undefined ? [] : [isLate(longest).catch(() => undefined)]
    await Promise.race([this.#drained(), ...late])
    done.abort()
    for (const error of this.#losses.take()) onFailure(error, undefined)
  }

  async #drained(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks.keys())
  }

  async #deliver(errand: Errand): Promise<void> {
    const { clock, pauses, onFailure, isBrief = false, stop, kill } = this.#options
    const over = this.#over.signal
    for (const pause of [...pauses, undefined]) {
      const error = await this.#try(errand)
      if (error === undefined || errand.superseded.aborted) return
      this.#counts.failed += 1
      const isWorthIt = error !== 'not tried' && error.retry === 'now' && !this.#silent.has(errand.place)
      const next = isWorthIt && ![stop, kill, over].some(({ aborted }) => aborted) ? pause : undefined
      if (!isBrief && error !== 'not tried') onFailure(error, next)
      const isOver =
        next === undefined ||
        (await clock.sleep(next, AbortSignal.any([stop, kill, over, errand.superseded])).then(
          () => false,
          () => true,
        ))
      if (!isOver) continue
      // Where another try was told of and does not come, for the process ends: nobody will tell it later.
      const isLost = error === 'not tried' || isBrief || next !== undefined
      if (isLost && !errand.superseded.aborted)
        this.#losses.add(errand, error === 'not tried' || over.aborted ? undefined : error)
      return
    }
  }

  /** One try. Returns what went wrong. */
  async #try({ target, telling, place, superseded }: Errand): Promise<MailhaulError | 'not tried' | undefined> {
    const { isBrief = false, kill } = this.#options
    const turns = this.#turns.get(place) ?? new Turns()
    this.#turns.set(place, turns)
    await turns.begin()
    try {
      if (superseded.aborted) return undefined
      if (this.#over.signal.aborted || this.#silent.has(place)) return 'not tried'
      await target.tell(telling, AbortSignal.any([kill, this.#over.signal]))
      this.#counts.sent += 1
      return undefined
    } catch (thrown) {
      const error = asMailhaulError(thrown)
      if (isBrief && error.code === 'timeout') this.#silent.add(place)
      return error
    } finally {
      turns.end()
    }
  }
}

/** So many at once, in order. */
class Turns {
  readonly #waiting: (() => void)[] = []
  #working = 0

  async begin(): Promise<void> {
    while (this.#working >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#working += 1
  }

  end(): void {
    this.#working -= 1
    this.#waiting.shift()?.()
  }
}

/** Who wants to hear of failing pairs wants to hear of refused logins; nobody hears the end of what was kept from them. */
function concerns({ on, suits }: Target, telling: Telling): boolean {
  if (suits?.(telling) === false) return false
  const hears = (kind: 'failing' | 'auth') => on.includes(kind) || (kind === 'auth' && on.includes('failing'))
  if (telling.kind !== 'recovered') return hears(telling.kind)
  const hearsOfFailures = hears('failing') || hears('auth')
  return on.includes('recovered') && (!hearsOfFailures || hears(telling.was ?? 'failing'))
}
