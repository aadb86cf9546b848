// What a user should know about a server before anything is moved: one plain sentence each.
import type { Login } from './login.ts'

/** Sentences on what will not work, or works otherwise than people expect. */
export function notesOf({ capabilities, utf8 }: Login, isOneAtATime: boolean): readonly string[] {
  const notes: string[] = []
  if (capabilities === undefined) notes.push('The server does not say what it can do (no CAPA): things are tried out.')
  if (isOneAtATime) notes.push('No pipelining: every message costs a round trip of its own.')
  const seconds = Number(capabilities?.argumentsOf('LOGIN-DELAY')[0] ?? 0)
  if (seconds > 0) notes.push(`The server wants ${seconds} seconds between two logins (LOGIN-DELAY).`)
  const days = capabilities?.argumentsOf('EXPIRE')[0]
  if (days === '0') notes.push('The server says that it removes what has been retrieved (EXPIRE 0).')
  else if (Number(days) > 0) notes.push(`The server removes messages after ${Number(days)} days (EXPIRE).`)
  if (utf8 === false) notes.push('The server refused UTF8: messages with 8-bit headers may come rewritten.')
  return notes
}
