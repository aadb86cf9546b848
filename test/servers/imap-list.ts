// LIST and LSUB of the IMAP test server (RFC 3501 §6.3.8, RFC 5258, RFC 5819, RFC 6154).

import { type ImapValue, quoted, textOf, wordsOf } from './imap-parser.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { statusItems } from './imap-status.ts'
import type { Account, Folder } from './mailbox-store.ts'

/** LIST, plain or extended. */
export async function list(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const asked = parseList(session, values)
  if (!asked || !session.account) return session.complete(tag, 'BAD Malformed LIST')
  const { delimiter } = session.account.naming
  if (asked.patterns.every((pattern) => pattern === '')) {
    await session.untagged(`LIST (\\Noselect) ${quoted(delimiter)} ""`)
    return session.complete(tag, 'OK LIST completed')
  }
  for (const folder of matching(session.account, asked.patterns)) {
    if (asked.selects.includes('SUBSCRIBED') && !folder.isSubscribed) continue
    if (asked.selects.includes('SPECIAL-USE') && !folder.specialUse) continue
    const name = session.nameOf(folder.path)
    await session.untagged(`LIST (${attributes(session, folder, asked).join(' ')}) ${quoted(delimiter)} ${name}`)
    if (asked.status) await session.untagged(`STATUS ${name} (${statusItems(session, folder, asked.status)})`)
  }
  await session.complete(tag, 'OK LIST completed')
}

/** LSUB. */
export async function lsub(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const asked = parseList(session, values)
  if (!asked || !session.account) return session.complete(tag, 'BAD Malformed LSUB')
  for (const folder of matching(session.account, asked.patterns)) {
    if (!folder.isSubscribed) continue
    await session.untagged(`LSUB () ${quoted(session.account.naming.delimiter)} ${session.nameOf(folder.path)}`)
  }
  await session.complete(tag, 'OK LSUB completed')
}

type ListRequest = {
  readonly selects: readonly string[]
  readonly patterns: readonly string[]
  readonly returns: readonly string[]
  readonly status: readonly string[] | undefined
}

function parseList(session: ImapSession, values: readonly ImapValue[]): ListRequest | undefined {
  const isExtended = values[0]?.kind === 'list'
  const [reference, pattern, word, options] = isExtended ? values.slice(1) : values
  const prefix = textOf(reference)
  if (prefix === undefined || !pattern) return undefined
  if ((isExtended || word) && !session.has('LIST-EXTENDED')) return undefined
  const returns = textOf(word)?.toUpperCase() === 'RETURN' && options?.kind === 'list' ? options.items : []
  const statusAt = returns.findIndex((option) => textOf(option)?.toUpperCase() === 'STATUS')
  if (statusAt >= 0 && !session.has('LIST-STATUS')) return undefined
  return {
    selects: isExtended ? wordsOf(values[0]).map((one) => one.toUpperCase()) : [],
    patterns: wordsOf(pattern).map((one) => (one === '' ? '' : `${prefix}${one}`)),
    returns: returns.filter((one) => one.kind === 'atom').map((one) => one.text.toUpperCase()),
    status: statusAt >= 0 ? wordsOf(returns[statusAt + 1]) : undefined,
  }
}

function matching(account: Account, patterns: readonly string[]): Folder[] {
  const tests = patterns.map((pattern) => patternTest(pattern, account.naming.delimiter))
  return [...account.folders.values()].filter((folder) => tests.some((test) => test.test(folder.path)))
}

function patternTest(pattern: string, delimiter: string): RegExp {
  const source = pattern.replace(/[.*+?^${}()|[\]\\%]/g, (special) => {
    if (special === '*') return '.*'
    return special === '%' ? `[^${delimiter === '\\' ? '\\\\' : delimiter}]*` : `\\${special}`
  })
  return new RegExp(`^${source}$`, /^inbox$/i.test(pattern) ? 'is' : 's')
}

function attributes(session: ImapSession, folder: Folder, asked: ListRequest): string[] {
  const inside = `${folder.path}${session.account?.naming.delimiter}`
  const hasChildren = [...(session.account?.folders.keys() ?? [])].some((path) => path.startsWith(inside))
  const isSubscriptionAsked = asked.returns.includes('SUBSCRIBED') || asked.selects.includes('SUBSCRIBED')
  return [
    ...(session.has('CHILDREN') ? [hasChildren ? '\\HasChildren' : '\\HasNoChildren'] : []),
    ...(session.has('SPECIAL-USE') && folder.specialUse ? [folder.specialUse] : []),
    ...(isSubscriptionAsked && folder.isSubscribed ? ['\\Subscribed'] : []),
  ]
}
