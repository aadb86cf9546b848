// The time a server wants between two logins (RFC 2449 §6.5), remembered so that neither runs nor restarts forget it.
import type { Clock, Habits } from '../../core/ports.ts'
import type { Capabilities } from './capabilities.ts'
import { loginTooSoon } from './errors.ts'

// What an earlier mailhaul remembered, for each pair alone.
const delayHabit = 'login-delay'
const lastHabit = 'last-login'

/** The delay and the last login at a maildrop. Milliseconds. */
interface Last {
  readonly delay: number
  readonly at: number
}

/** The delays of one maildrop, which all pairs that read it share. */
export class LoginDelays {
  readonly #habits: Habits
  readonly #clock: Pick<Clock, 'now'>
  readonly #name: string

  /** `account` names the maildrop without telling it. */
  constructor(habits: Habits, clock: Pick<Clock, 'now'>, account: string) {
    this.#habits = habits
    this.#clock = clock
    this.#name = `login ${account}`
  }

  /** Whether the server is known to want time between two logins. */
  get isMinded(): boolean {
    return this.#last().delay > 0
  }

  /** Before a login: refuses while the server would, without asking it. Error: login-delayed. */
  hold(): void {
    const { delay, at } = this.#last()
    if (delay === 0) return
    const sinceLast = this.#clock.now() - at
    // A login that lies in the future was dated by a clock that was wrong: the server itself says if this is too soon.
    const rest = sinceLast < 0 ? 0 : delay - sinceLast
    if (rest > 0) throw loginTooSoon(rest)
  }

  /** After a login: remembers when it was, where the server minds. */
  note(capabilities: Capabilities | undefined): void {
    const { delay: before } = this.#last()
    const [seconds = ''] = capabilities?.argumentsOf('LOGIN-DELAY') ?? []
    const announced = /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : 0
    // What a refusal has taught counts on where CAPA says nothing of it.
    const delay = Math.max(announced, capabilities?.has('LOGIN-DELAY') ? 0 : before)
    if (delay > 0 || before > 0) this.#remember(delay)
  }

  /** After a refusal that names the delay in its text: from now on it is kept. Milliseconds; undefined where it names none. */
  learn(said: string): number | undefined {
    const [, amount, unit = ''] = /(\d{1,4})\s*(second|sec\b|minute|min\b)/i.exec(said) ?? []
    if (amount === undefined) return undefined
    const delay = Number(amount) * (unit.toLowerCase().startsWith('min') ? 60_000 : 1000)
    this.#remember(delay)
    return delay
  }

  #remember(delay: number): void {
    this.#habits.set(this.#name, `${delay} ${this.#clock.now()}`)
  }

  /** Whichever pair logged in last knows best. */
  #last(): Last {
    const own = { delay: numberIn(this.#habits.get(delayHabit)), at: numberIn(this.#habits.get(lastHabit)) }
    const values = this.#habits.ofAll?.(this.#name) ?? [this.#habits.get(this.#name) ?? '']
    return values.map(parse).reduce((last, next) => (next.at >= last.at ? next : last), own)
  }
}

function parse(text: string): Last {
  const [, delay = '', at = ''] = /^(\d{1,16}) (\d{1,16})$/.exec(text) ?? []
  return { delay: numberIn(delay), at: numberIn(at) }
}

function numberIn(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : 0
}
