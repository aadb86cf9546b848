// Tells everybody who wants to know, beside the passes: nothing here holds one up, and what fails is said.
import { asMailhaulError, type MailhaulError } from '../core/errors.ts'
import type { Notice } from '../core/notice.ts'
import type { Clock } from '../core/ports.ts'
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
  /** A notification has failed; it is tried again after `next` milliseconds, or not at all. */
  readonly onFailure: (error: MailhaulError, next: number | undefined) => void
  /** Aborted: nothing is waited for any more, what is under way is finished. */
  readonly stop: AbortSignal
  /** Aborted: everything is dropped. */
  readonly kill: AbortSignal
}

/** Where mail comes from and goes to. */
type Hosts = Pick<Telling, 'sourceHost' | 'destinationHost'>

/** Notifications at work at once: a dead network makes a thousand pairs fail together. */
const mostAtOnce = 4

/** Tells of changes. */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #counts = { sent: 0, failed: 0 }
  readonly #tasks = new Set<Promise<void>>()
  /** By target and pair: what is told last makes what was to be told before worthless. */
  readonly #latest = new Map<string, AbortController>()
  readonly #waiting: (() => void)[] = []
  #working = 0

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
      this.#latest.get(key)?.abort()
      this.#latest.set(key, superseded)
      const task: Promise<void> = this.#deliver(target, telling, superseded.signal).finally(() => {
        this.#tasks.delete(task)
        if (this.#latest.get(key) === superseded) this.#latest.delete(key)
      })
      this.#tasks.add(task)
    }
  }

  /** Resolves when everything has been told or given up. */
  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks)
  }

  async #deliver(target: Target, telling: Telling, superseded: AbortSignal): Promise<void> {
    const { clock, pauses, onFailure, stop, kill } = this.#options
    for (const pause of [...pauses, undefined]) {
      const error = await this.#try(target, telling, superseded)
      if (error === undefined || superseded.aborted) return
      this.#counts.failed += 1
      const next = error.retry === 'now' && !stop.aborted && !kill.aborted ? pause : undefined
      onFailure(error, next)
      if (next === undefined) return
      const isOver = await clock.sleep(next, AbortSignal.any([stop, kill, superseded])).then(
        () => false,
        () => true,
      )
      if (isOver) return
    }
  }

  /** One try. Returns what went wrong. */
  async #try(target: Target, telling: Telling, superseded: AbortSignal): Promise<MailhaulError | undefined> {
    await this.#turn()
    try {
      if (superseded.aborted) return undefined
      await target.tell(telling, this.#options.kill)
      this.#counts.sent += 1
      return undefined
    } catch (thrown) {
      return asMailhaulError(thrown)
    } finally {
      this.#working -= 1
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    while (this.#working >= mostAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#working += 1
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
