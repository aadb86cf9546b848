// fetchmail's .fetchids: one line per message, USER@HOST, a blank, and its unique-id; several accounts in one file.
import { type Account, isSameAccount, linesOf, type SeenAccount, WrongLine } from './seen-account.ts'

/** The accounts of a file, in the order in which they first occur. */
export function parseFetchmail(text: string): readonly SeenAccount[] {
  const accounts = new Map<string, { readonly account: Account; readonly names: string[] }>()
  linesOf(text).forEach((line, at) => {
    if (line.trim() === '') return
    const { account, name } = entryOf(line) ?? wrong(at + 1)
    const title = `${account.user}@${account.host}`
    const known = accounts.get(title) ?? { account, names: [] }
    accounts.set(title, known)
    known.names.push(name)
  })
  return Array.from(accounts, ([title, { account, names }]) => {
    return { title, isOf: (other) => isSameAccount(account, other), names }
  })
}

/** fetchmail takes a unique-id to end at the first blank. */
export function seenByFetchmail(key: string): string {
  return /^[^ \t]*/.exec(key)?.[0] ?? ''
}

/**
 * Read as fetchmail reads it: both fields may contain @, and a user's name blanks, though none behind its first @. So
 * the first blank behind the first @ parts the two, and the host stands behind the last @ before it.
 */
function entryOf(line: string): { readonly account: Account; readonly name: string } | undefined {
  const [, who = '', name = ''] = /^[ \t]*([^@]*@[^ ]*) +([^ \t]+)[ \t]*$/.exec(line) ?? []
  const at = who.lastIndexOf('@')
  const account = { user: who.slice(0, at), host: who.slice(at + 1).trim() }
  return name === '' || account.user === '' || account.host === '' || line.includes('\0')
    ? undefined
    : { account, name }
}

function wrong(line: number): never {
  throw new WrongLine(line)
}
