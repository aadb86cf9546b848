// Passwords that somebody at the terminal is asked for: once per account, one question at a time.
import type { SecretReference } from './secret-reference.ts'
import type { SecretContext } from './secrets.ts'

/** Asks for the password of an account, such as `alice at pop.example`. */
type Ask = NonNullable<SecretContext['ask']>

/** Whether somebody has to be there to say it. */
export function isPrompted(reference: SecretReference): boolean {
  return typeof reference === 'object' && 'prompt' in reference
}

/** The same question, with the first answer for everybody who asks for the same account. */
export function askingOnce(ask: Ask): Ask {
  const answers = new Map<string, Promise<string>>()
  let turn: Promise<unknown> = Promise.resolve()
  return (account) => {
    const known = answers.get(account)
    if (known) return known
    const answer = turn.then(() => ask(account))
    turn = answer.catch(() => undefined)
    answers.set(account, answer)
    return answer
  }
}
