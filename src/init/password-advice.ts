// What to know before a password is typed: some providers take another one than people think, or none.
import { providerOf } from '../core/providers.ts'
import { signInAdvice, takesNoPasswords } from '../core/sign-in-advice.ts'

/** A sentence or two for this server; undefined where an ordinary password is taken. */
export function passwordAdvice(host: string, wantsOAuth: boolean): string | undefined {
  const known = signInAdvice('', 'password', host)
  if (known !== undefined) return takesNoPasswords(host) ? `${known} ${signIn}` : known
  const note = providerOf(host).notes.find((text) => /password/.test(text))
  return note ?? (wantsOAuth ? `This server says that it takes no passwords. ${signIn}` : undefined)
}

const signIn =
  'Without one, stop here and write the configuration from configs/gmail-destination.yaml with auth in place of password: ' +
  'mailhaul auth login then signs in.'
