// What can be asked of somebody at a terminal, one question after the other; the only file that knows @clack/prompts.
import type { Readable, Writable } from 'node:stream'
import * as clack from '@clack/prompts'
import { asMailhaulError, interrupted } from '../core/errors.ts'

/** One of the answers to choose from. */
export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly hint?: string
}

/** Every question rejects with `interrupted` on Ctrl-C, and when the signal is aborted. */
export interface Questions {
  begin(title: string): void
  /** Says what is going on, or what was found. */
  say(text: string): void
  warn(text: string): void
  end(text: string): void
  /** `fault` says what is wrong with an answer, or undefined; `initial` stands there to be changed. */
  text(message: string, initial: string, fault: (answer: string) => string | undefined): Promise<string>
  /** Nothing of the answer is shown. */
  password(message: string): Promise<string>
  choose<Value extends string>(message: string, choices: readonly Choice<Value>[]): Promise<Value>
  confirm(message: string, initial: boolean): Promise<boolean>
}

/** The terminal. */
export interface Terminal {
  readonly input: Readable
  readonly output: Writable
  readonly signal: AbortSignal
}

/** Asks on a terminal. Texts must be safe to print. */
export function askOnTerminal({ input, output, signal }: Terminal): Questions {
  const common = { input, output, signal, withGuide: true }
  const answered = async <Value>(asked: Promise<Value | typeof clack.CANCEL_SYMBOL>): Promise<Value> => {
    const answer = await asked
    if (!clack.isCancel(answer)) return answer
    throw signal.aborted ? asMailhaulError(signal.reason) : interrupted()
  }
  return {
    begin: (title) => clack.intro(title, common),
    say: (text) => clack.log.step(text, common),
    warn: (text) => clack.log.warn(text, common),
    end: (text) => clack.outro(text, common),
    text: (message, initial, fault) =>
      answered(
        clack.text({ ...common, message, initialValue: initial, validate: (answer = '') => fault(answer.trim()) }),
      ).then((answer) => answer.trim()),
    password: (message) =>
      answered(
        clack.password({
          ...common,
          message,
          mask: '',
          validate: (answer = '') => (answer === '' ? 'Type the password.' : undefined),
        }),
      ),
    choose: async (message, choices) => {
      const options = choices.map(({ value, label, hint }) => ({
        value: String(value),
        label,
        ...(hint ? { hint } : {}),
      }))
      const answer = await answered(clack.select<string>({ ...common, message, options, showInstructions: false }))
      const chosen = choices.find(({ value }) => value === answer)
      if (chosen === undefined) throw interrupted()
      return chosen.value
    },
    confirm: (message, initial) => answered(clack.confirm({ ...common, message, initialValue: initial })),
  }
}
