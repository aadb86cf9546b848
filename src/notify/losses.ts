// What could not be told, collected until the end, so that it is said once for each place and not once for each pair.
import { MailhaulError } from '../core/errors.ts'
import { type Target, untold } from './target.ts'
import type { Telling } from './telling.ts'

/** What was not told, and where. */
interface Lost {
  readonly target: Target
  readonly telling: Pick<Telling, 'pair'>
  readonly place: string
}

interface Loss {
  readonly target: Target
  readonly pairs: Set<string>
  error: MailhaulError | undefined
}

/** Pairs that are named; the others are counted. */
const mostNamed = 5

/** Notifications that got nowhere. */
export class Losses {
  readonly #losses = new Map<string, Loss>()

  /** Another one; `error` says why, unless there just was no time left for it. */
  add({ target, telling, place }: Lost, error: MailhaulError | undefined): void {
    const loss = this.#losses.get(place) ?? { target, pairs: new Set(), error }
    loss.error ??= error
    loss.pairs.add(telling.pair)
    this.#losses.set(place, loss)
  }

  /** One error for each place, with the pairs that were not told there; they are forgotten with that. */
  take(): readonly MailhaulError[] {
    const errors = [...this.#losses.values()].map(errorOf)
    this.#losses.clear()
    return errors
  }
}

function errorOf({ target, pairs, error }: Loss): MailhaulError {
  const noTime = { code: 'timeout', retry: 'never' } as const
  const { code, scope, retry, message, hint } = error ?? untold(target.called, 'took too long for this run', noTime)
  const names = [...pairs].slice(0, mostNamed).join(', ')
  const more = pairs.size > mostNamed ? ` and ${pairs.size - mostNamed} more` : ''
  const whole = `${message} It was not told of: ${names}${more}.`
  return new MailhaulError({ code, scope, retry, message: whole, ...(hint ? { hint } : {}) })
}
