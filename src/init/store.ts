// Keeps the passwords of a new pair and writes its configuration: all of it, or nothing.
import { type Kept, keepSecret } from '../config/keep-secret.ts'
import { loadConfig } from '../config/load.ts'
import { type NewEnd, newConfig, writeNewFile } from '../config/new-config.ts'
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
}

/** Stores the passwords and writes the configuration: all of it, or nothing. Returns what there is to say of it. */
export async function store(
  { name, source, destination }: Answers,
  file: string,
  { mayReplace, overwrite, questions }: StoreOptions,
): Promise<readonly string[]> {
  const kept: Kept[] = []
  const said: string[] = []
  const keep = async (end: AnsweredEnd, side: 'source' | 'destination'): Promise<NewEnd> => {
    if (end.password.kind === 'sign-in') return newEnd(end, end.password.login, `mailhaul auth login ${name} signs in`)
    if (end.password.kind === 'reference') return newEnd(end, loginOf(end.password), 'where you said it is kept')
    const ask = async () =>
      overwrite ?? (await questions?.confirm(`Replace the password that is kept for ${name}, ${side}?`, false)) ?? false
    const one = await keepSecret({ pair: name, side }, end.password.secret, { mayReplace: ask })
    // Once is enough.
    const isToldWhy = kept.some(({ whyNotKeyring }) => whyNotKeyring === one.whyNotKeyring)
    const why = one.whyNotKeyring && !isToldWhy ? `, because ${one.whyNotKeyring}` : ''
    kept.push(one)
    said.push(`The password of the ${side} is in ${one.place}${why}.`)
    const another = one.whyNotKeyring ? 'readable by you alone' : `another one: mailhaul secret set ${name} ${side}`
    return newEnd(end, { password: one.reference }, another)
  }
  try {
    const pair = { name, source: await keep(source, 'source'), destination: await keep(destination, 'destination') }
    await writeNewFile(file, newConfig(pair), mayReplace)
    await loadConfig({ file })
    return said
  } catch (thrown) {
    for (const one of kept) await one.undo()
    throw thrown
  }
}
