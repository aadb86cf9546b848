// getmail's oldmail-HOST-PORT-USER (getmail 4 to 6): one line per message, its unique-id, NUL, and when it was first seen.
import { type Account, linesOf, type SeenAccount, WrongLine } from './seen-account.ts'

/** The one account of a file, which only its name tells. */
export function parseGetmail(text: string, fileName: string): readonly SeenAccount[] {
  const names = linesOf(text).flatMap((line, at) => nameIn(line, at + 1))
  return [{ title: fileName, isOf: (account, isGiven) => isNamedAfter(fileName, account, isGiven), names }]
}

/** getmail knows a slash only in files of IMAP accounts, and writes a hyphen in its place. */
export function seenByGetmail(key: string): string {
  return key.replaceAll('/', '-').trim()
}

function nameIn(line: string, number: number): string[] {
  if (line.trim() === '') return []
  const [, name] = /^([^\0]+)\0\d{1,19}$/.exec(line.trim()) ?? []
  // A slash stands between the UIDVALIDITY and the UID of an IMAP account's message.
  if (name === undefined || name.includes('/')) throw new WrongLine(number)
  return [name]
}

/** The same rule by which getmail names the file. */
function isNamedAfter(fileName: string, { host, user }: Account, isGiven: boolean): boolean {
  if (!fileName.startsWith('oldmail-')) return isGiven
  const quoted = (text: string) => text.replace(/[/:;<>|]+/g, '-').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${quoted(`oldmail-${host}-`)}\\d{1,5}${quoted(`-${user}`)}$`, 'i').test(fileName)
}
