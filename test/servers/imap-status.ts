// What the IMAP test server tells about folders without selecting them: NAMESPACE, STATUS, quota, rights.

import { folderOf } from './imap-folders.ts'
import { quoted, textOf, wordsOf } from './imap-parser.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import type { Account, Folder } from './mailbox-store.ts'

/** NAMESPACE (RFC 2342): one personal namespace. */
export async function namespace(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  const { prefix = '', delimiter = '' } = session.account?.naming ?? {}
  await session.untagged(`NAMESPACE ((${quoted(prefix)} ${quoted(delimiter)})) NIL NIL`)
  await session.complete(tag, 'OK NAMESPACE completed')
}

/** STATUS. */
export async function status(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const folder = folderOf(session, values[0])
  if (!folder) return session.complete(tag, 'NO [NONEXISTENT] Mailbox does not exist')
  const items = statusItems(session, folder, wordsOf(values[1]))
  if (items === undefined) return session.complete(tag, 'BAD Unknown status item')
  await session.untagged(`STATUS ${session.nameOf(folder.path)} (${items})`)
  await session.complete(tag, 'OK STATUS completed')
}

/** The status items asked for, with their values; undefined when one of them is unknown. */
export function statusItems(session: ImapSession, folder: Folder, items: readonly string[]): string | undefined {
  const counted = (flag: string) => folder.messages.filter((message) => message.flags.has(flag)).length
  const known: Record<string, () => number | string | undefined> = {
    MESSAGES: () => folder.messages.length,
    RECENT: () => 0,
    UIDNEXT: () => folder.uidNext,
    UIDVALIDITY: () => folder.uidValidity,
    UNSEEN: () => folder.messages.length - counted('\\Seen'),
    DELETED: () => counted('\\Deleted'),
    SIZE: () => (session.has('STATUS=SIZE') ? folder.octets : undefined),
    APPENDLIMIT: () =>
      session.capabilities().some((one) => one.startsWith('APPENDLIMIT')) ? (session.appendLimit ?? 'NIL') : undefined,
  }
  const values = items.map((item) => [item.toUpperCase(), known[item.toUpperCase()]?.()])
  return values.some(([, value]) => value === undefined) ? undefined : values.flat().join(' ')
}

/** GETQUOTAROOT (RFC 9208): one root for all folders, without a name. */
export async function getQuotaRoot(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const folder = folderOf(session, values[0])
  const { account } = session
  if (!folder || !account) return session.complete(tag, 'NO [NONEXISTENT] Mailbox does not exist')
  await session.untagged(`QUOTAROOT ${session.nameOf(folder.path)}${account.quota ? ' "User quota"' : ''}`)
  if (account.quota) await session.untagged(`QUOTA "User quota" (${quotaItems(account)})`)
  await session.complete(tag, 'OK GETQUOTAROOT completed')
}

/** GETQUOTA (RFC 9208). */
export async function getQuota(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const { account } = session
  if (!account?.quota || textOf(values[0]) !== 'User quota') return session.complete(tag, 'NO No such quota root')
  await session.untagged(`QUOTA "User quota" (${quotaItems(account)})`)
  await session.complete(tag, 'OK GETQUOTA completed')
}

/** MYRIGHTS (RFC 4314). */
export async function myRights(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const folder = folderOf(session, values[0])
  if (!folder) return session.complete(tag, 'NO [NONEXISTENT] Mailbox does not exist')
  await session.untagged(`MYRIGHTS ${session.nameOf(folder.path)} ${session.faults.isReadOnly ? 'lr' : 'lrswipkxtea'}`)
  await session.complete(tag, 'OK MYRIGHTS completed')
}

function quotaItems(account: Account): string {
  const { octets, messages } = account.usage()
  const limits = account.quota ?? {}
  // STORAGE counts in units of 1,024 octets (RFC 9208 §5.1).
  const storage =
    limits.octets === undefined ? [] : ['STORAGE', Math.ceil(octets / 1024), Math.floor(limits.octets / 1024)]
  const count = limits.messages === undefined ? [] : ['MESSAGE', messages, limits.messages]
  return [...storage, ...count].join(' ')
}
