// mpop's list of unique-ids: comments, then per account a line ` COUNT HOST USER` and so many lines with one unique-id each.
import { isSameAccount, linesOf, type SeenAccount, WrongLine } from './seen-account.ts'

/** The accounts of a file. Comments stand before all of them: behind that, a unique-id may begin with #. */
export function parseMpop(text: string): readonly SeenAccount[] {
  const lines = linesOf(text)
  const accounts: SeenAccount[] = []
  let at = lines.findIndex((line) => !line.startsWith('#'))
  if (at === -1) return []
  while (at < lines.length) {
    const [, count, host = '', user = ''] = /^ (\d{1,9}) ([^ \0]+) ([^ \0]+)$/.exec(lines[at] ?? '') ?? []
    if (count === undefined || Number(count) < 1) throw new WrongLine(at + 1)
    const names = lines.slice(at + 1, at + 1 + Number(count))
    const wrong = names.findIndex((name) => name === '' || name.startsWith(' ') || name.includes('\0'))
    if (wrong !== -1) throw new WrongLine(at + 2 + wrong)
    // Cut short: the line that is missing is the one at fault.
    if (names.length < Number(count)) throw new WrongLine(lines.length + 1)
    accounts.push({ title: `${user}@${host}`, isOf: (other) => isSameAccount({ host, user }, other), names })
    at += 1 + names.length
  }
  return accounts
}

/** mpop writes unique-ids as they are. */
export function seenByMpop(key: string): string {
  return key
}
