// Keeps the passwords of a new pair and writes its configuration: all of it, or nothing.
import { type KeepOptions, type Kept, keepSecret } from '../config/keep-secret.ts'
import { configOfText } from '../config/load.ts'
import { type NewEnd, newConfig, writeNewFile } from '../config/new-config.ts'
import { asMailhaulError, MailhaulError } from '../core/errors.ts'
import type { Questions } from '../questions/questions.ts'
import { type AnsweredEnd, loginOf, newEnd } from './ask-end.ts'

/** Everything that was answered. */
export interface Answers {
  readonly name: string
  readonly source: AnsweredEnd
  readonly destination: AnsweredEnd
}

/** What may give way to it. */
interface StoreOptions {
  /** Whether a configuration that is there may be replaced. */
  readonly mayReplace: boolean
  /** Whether another password that is kept for the same end may be; undefined: ask, where somebody is there. */
  readonly overwrite: boolean | undefined
  readonly questions: Questions | undefined
  /** Where passwords are kept, where those are not the process's own surroundings. */
  readonly surroundings?: Omit<KeepOptions, 'mayReplace'>
}

/** Stores the passwords and writes the configuration: all of it, or nothing. Returns what there is to say of it. */
export async function store(
  { name, source, destination }: Answers,
  file: string,
  { mayReplace, overwrite, questions, surroundings }: StoreOptions,
): Promise<readonly string[]> {
  const kept: (Kept & { readonly side: string })[] = []
  const said: string[] = []
  const keep = async (end: AnsweredEnd, side: 'source' | 'destination'): Promise<NewEnd> => {
    if (end.password.kind === 'sign-in') return newEnd(end, end.password.login, `mailhaul auth login ${name} signs in`)
    if (end.password.kind === 'reference') return newEnd(end, loginOf(end.password), 'where you said it is kept')
    const ask = async () =>
      overwrite ?? (await questions?.confirm(`Replace the password that is kept for ${name}, ${side}?`, false)) ?? false
    const one = await keepSecret({ pair: name, side }, end.password.secret, { ...surroundings, mayReplace: ask })
    // Once is enough.
    const isToldWhy = kept.some(({ whyNotKeyring }) => whyNotKeyring === one.whyNotKeyring)
    const why = one.whyNotKeyring && !isToldWhy ? `, because ${one.whyNotKeyring}` : ''
    kept.push({ ...one, side })
    said.push(`The password of the ${side} is in ${one.place}${why}.`)
    const another = one.whyNotKeyring ? 'readable by you alone' : `another one: mailhaul secret set ${name} ${side}`
    return newEnd(end, { password: one.reference }, another)
  }
  try {
    const pair = { name, source: await keep(source, 'source'), destination: await keep(destination, 'destination') }
    const text = newConfig(pair)
    // Looked at before it is written: what does not hold takes nothing's place, and behind the write nothing can fail.
    configOfText(text, file)
    await writeNewFile(file, text, mayReplace)
    return said
  } catch (thrown) {
    throw withRemains(asMailhaulError(thrown), await undoAll(kept))
  }
}

/** Takes back all that was kept, the last first; says of each that stays why it does. */
async function undoAll(kept: readonly (Kept & { readonly side: string })[]): Promise<string[]> {
  const remains: string[] = []
  for (const { side, place, undo } of kept.toReversed()) {
    await undo().catch((thrown: unknown) => {
      remains.push(`The new password of the ${side} stays in ${place}: ${asMailhaulError(thrown).message}`)
    })
  }
  return remains
}

function withRemains(error: MailhaulError, remains: readonly string[]): MailhaulError {
  if (remains.length === 0) return error
  const { code, scope, retry, message, cause } = error
  const hint = [error.hint, ...remains].filter((text) => text !== undefined).join(' ')
  return new MailhaulError({ code, scope, retry, message, hint, cause })
}
