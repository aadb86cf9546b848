// The time a server wants between two logins (RFC 2449 §6.5), remembered so that neither runs nor restarts forget it.
import type { Clock, Habits } from '../../core/ports.ts'
import type { Capabilities } from './capabilities.ts'
import { loginTooSoon } from './errors.ts'

const delayHabit = 'login-delay'
const lastHabit = 'last-login'

/** Before a login: refuses while the server would, without asking it. Error: login-delayed. */
export function holdLogin(habits: Habits, clock: Pick<Clock, 'now'>): void {
  const delay = numberIn(habits.get(delayHabit))
  if (delay === 0) return
  const sinceLast = clock.now() - numberIn(habits.get(lastHabit))
  // A login that lies in the future was dated by a clock that was wrong: the server itself says if this is too soon.
  const rest = sinceLast < 0 ? 0 : delay - sinceLast
  if (rest > 0) throw loginTooSoon(rest)
}

/** After a login: remembers when it was, where the server minds. */
export function noteLogin(habits: Habits, clock: Pick<Clock, 'now'>, capabilities: Capabilities | undefined): void {
  const [seconds = ''] = capabilities?.argumentsOf('LOGIN-DELAY') ?? []
  const announced = /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : 0
  // What a refusal has taught counts on where CAPA says nothing of it.
  const delay = Math.max(announced, capabilities?.has('LOGIN-DELAY') ? 0 : numberIn(habits.get(delayHabit)))
  if (delay !== numberIn(habits.get(delayHabit))) habits.set(delayHabit, String(delay))
  if (delay > 0) habits.set(lastHabit, String(clock.now()))
}

/** After a refusal that names the delay in its text: from now on it is kept. Milliseconds; undefined where it names none. */
export function learnDelay(habits: Habits, clock: Pick<Clock, 'now'>, said: string): number | undefined {
  const [, amount, unit = ''] = /(\d{1,4})\s*(second|sec\b|minute|min\b)/i.exec(said) ?? []
  if (amount === undefined) return undefined
  const delay = Number(amount) * (unit.toLowerCase().startsWith('min') ? 60_000 : 1000)
  habits.set(delayHabit, String(delay))
  habits.set(lastHabit, String(clock.now()))
  return delay
}

function numberIn(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : 0
}
