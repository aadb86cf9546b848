// Passwords that somebody at the terminal is asked for: once per account, one question at a time.
import { MailhaulError } from '../core/errors.ts'
import type { Config } from './schema.ts'
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

/** Refuses what goes on by itself where somebody would have to be asked; `names` are the pairs meant, or none for all. */
export function refusePrompts({ pairs }: Config, names: readonly string[]): void {
  const meant = pairs.filter(({ name }) => names.length === 0 || names.includes(name))
  const prompted = meant.flatMap((pair) =>
    (['source', 'destination'] as const).flatMap((side) => {
      const { password, auth } = pair[side]
      const reference = password ?? auth?.oauth2.clientSecret
      return reference !== undefined && isPrompted(reference) ? [`${pair.name} (${side})`] : []
    }),
  )
  if (prompted.length === 0) return
  const more = prompted.length > 5 ? `, and ${prompted.length - 5} more` : ''
  const message = `mailhaul watch goes on by itself, and nobody is there to be asked for passwords: ${prompted.slice(0, 5).join(', ')}${more}.`
  const hint =
    'In place of { prompt: true } write { credential: NAME }, { file: PATH }, { command: [...] } or { keyring: true }.'
  throw new MailhaulError({ code: 'config', scope: 'run', retry: 'never', message, hint })
}
