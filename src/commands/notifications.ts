// Tells people of what runs have changed: for a run by hand or by cron, and for a watch through all its configurations.
import type { Composition } from '../compose.ts'
import type { Notifier } from '../compose-notify.ts'
import type { Config } from '../config/schema.ts'
import { formatDuration } from '../core/format.ts'
import type { Notice } from '../core/notice.ts'
import type { CommandContext } from './context.ts'

const second = 1000
const minute = 60 * second

/** Waits before further tries: a run does not stay for long, a watch has time. Milliseconds. */
const pausesOf = {
  sync: [second, 3 * second],
  watch: [2 * second, 10 * second, 5 * minute, 60 * minute],
} as const

/** How long a process stays for them at its end: as long as the slowest of them may take. Milliseconds. */
const longest = minute

type Counts = Notifier['counts']
type Surroundings = Pick<CommandContext, 'mask' | 'onSecret' | 'stop' | 'kill'>

/** Notifications of one process. */
export class Notifications {
  readonly #verb: keyof typeof pausesOf
  readonly #say: (text: string) => void
  readonly #context: Surroundings
  /** The one in use is the last; those before it are finishing. */
  #notifiers: Notifier[] = []
  #earlier = { sent: 0, failed: 0 }
  #hosts = new Map<string, Composition['pairs'][number]>()

  /** `say` is given what has failed. */
  constructor(verb: keyof typeof pausesOf, say: (text: string) => void, context: Surroundings) {
    this.#verb = verb
    this.#say = say
    this.#context = context
  }

  /** From now on this configuration holds; what is being told by the words of another one goes on. */
  async use(
    config: Config,
    { pairs, openEnds, clock }: Pick<Composition, 'pairs' | 'openEnds' | 'clock'>,
  ): Promise<void> {
    // Only who tells anybody anything pays for it.
    if (config.notify.length === 0 && this.#notifiers.length === 0) return
    const { composeNotifier } = await import('../compose-notify.ts')
    const { mask, onSecret, stop, kill } = this.#context
    const onFailure = (error: { message: string; hint: string | undefined }, next: number | undefined) =>
      this.#say([error.message, error.hint, next && `Next try in ${formatDuration(next)}.`].filter(Boolean).join(' '))
    const [pauses, isBrief] = [pausesOf[this.#verb], this.#verb === 'sync']
    this.#forget()
    this.#notifiers.push(
      composeNotifier({ config, pairs, openEnds, clock, mask, onSecret, onFailure, pauses, isBrief, stop, kill }),
    )
    this.#hosts = new Map(pairs.map((pair) => [pair.name, pair]))
  }

  /** A notifier that has nothing to tell any more leaves its counts. */
  #forget(): void {
    const idle = this.#notifiers.filter(({ isIdle }) => isIdle)
    this.#earlier = total([this.#earlier, ...idle.map(({ counts }) => counts)])
    this.#notifiers = this.#notifiers.filter((notifier) => !idle.includes(notifier))
  }

  /** Begins to tell, where there is something to tell. */
  tell(notice: Notice | undefined): void {
    if (notice === undefined) return
    const { sourceHost = '', destinationHost = '' } = this.#hosts.get(notice.pair) ?? {}
    for (const earlier of this.#notifiers.slice(0, -1)) earlier.supersede(notice.pair)
    this.#notifiers.at(-1)?.tell(notice, { sourceHost, destinationHost })
  }

  /** Notifications so far. */
  get counts(): Counts {
    return total([this.#earlier, ...this.#notifiers.map(({ counts }) => counts)])
  }

  /** Resolves when everything has been told or given up, which it is after a minute. */
  async settled(): Promise<void> {
    await Promise.all(this.#notifiers.map((notifier) => notifier.settled(longest)))
  }
}

function total(counts: readonly Counts[]): Counts {
  const sum = (of: (one: Counts) => number) => counts.reduce((all, one) => all + of(one), 0)
  return { sent: sum(({ sent }) => sent), failed: sum(({ failed }) => failed) }
}
