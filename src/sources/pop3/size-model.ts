// How far this server's listed sizes can be believed: learned from what it serves, because LIST is only a claim.
import type { Habits } from '../../core/ports.ts'

// How many exact sizes make a habit worth writing down, and how much a remembered habit weighs in a new session.
const habitual = 16

/** What a server's LIST sizes have been worth so far (quirks A27, A29, A36, A43). */
export class SizeModel {
  readonly #habits: Habits
  #right: number
  #wrong: number
  #remembered: string | undefined

  constructor(habits: Habits) {
    this.#habits = habits
    this.#remembered = habits.get('sizes')
    this.#right = this.#remembered === 'exact' ? habitual : 0
    this.#wrong = this.#remembered === 'unreliable' ? habitual : 0
  }

  /** Whether sizes have mostly been right: then a difference is a reason to look again. */
  get isTrusted(): boolean {
    return this.#right > 0 && this.#wrong <= this.#right
  }

  /** Whether sizes have mostly been wrong: then a difference says nothing. False while nothing is known. */
  get isDistrusted(): boolean {
    return this.#wrong > this.#right
  }

  /** Takes note of a message as listed and as received, in octets. */
  observe(listed: number, received: number): void {
    if (agrees(listed, received)) this.#right += 1
    else this.#wrong += 1
    const habit = this.isDistrusted ? 'unreliable' : 'exact'
    if (habit === this.#remembered || this.#right + this.#wrong < habitual) return
    this.#remembered = habit
    this.#habits.set('sizes', habit)
  }
}

/** Whether sizes agree: they are equal, or the server has added the CRLF a message ended without (quirk A34). */
export function agrees(listed: number, received: number): boolean {
  return received === listed || received === listed + 2
}
