// What to know before a password is typed: some providers take another one than people think, or none.
import { providerOf } from '../core/providers.ts'
import { signInAdvice } from '../core/sign-in-advice.ts'

/** A sentence or two for this server; undefined where an ordinary password is taken. */
export function passwordAdvice(host: string, wantsOAuth: boolean): string | undefined {
  const known = signInAdvice('', 'password', host)
  if (known !== undefined) return known
  const note = providerOf(host).notes.find((text) => /password/.test(text))
  return note ?? (wantsOAuth ? noPasswords : undefined)
}

const noPasswords =
  'The domain says that this server takes no passwords: where an app password is no way in either, put auth in place ' +
  'of password in the configuration; docs/sign-in-with-oauth.md goes through it.'
