// Making, removing and subscribing folders on the IMAP test server (RFC 3501 §6.3.3 to §6.3.7, RFC 6154).

import { type ImapValue, textOf, wordsOf } from './imap-parser.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import type { Account, Folder } from './mailbox-store.ts'

/** CREATE, with USE where CREATE-SPECIAL-USE is offered. */
export async function create(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const { account } = session
  const path = session.pathOf(values[0])
  if (session.faults.create) return session.complete(tag, session.faults.create)
  if (!account || path === undefined)
    return session.complete(tag, 'NO [CANNOT] Mailbox name is not valid modified UTF-7')
  const fault = nameFault(account, path)
  if (fault) return session.complete(tag, fault)
  if (account.find(path)) return session.complete(tag, 'NO [ALREADYEXISTS] Mailbox already exists')
  const use = session.has('CREATE-SPECIAL-USE') ? specialUseOf(values[1]) : undefined
  account.create(path, use)
  await session.complete(tag, 'OK CREATE completed')
}

/** DELETE of a folder without children; INBOX stays (RFC 3501 §6.3.4). */
export async function remove(session: ImapSession, command: ImapCommand): Promise<void> {
  const { account } = session
  const folder = folderOf(session, command.values[0])
  if (!account || !folder) return session.complete(command.tag, 'NO [NONEXISTENT] Mailbox does not exist')
  if (folder.path === 'INBOX') return session.complete(command.tag, 'NO [CANNOT] INBOX cannot be deleted')
  const inside = `${folder.path}${account.naming.delimiter}`
  const hasChildren = [...account.folders.keys()].some((path) => path.startsWith(inside))
  if (hasChildren) return session.complete(command.tag, 'NO [HASCHILDREN] Mailbox has children')
  account.folders.delete(folder.path)
  await session.complete(command.tag, 'OK DELETE completed')
}

/** SUBSCRIBE. */
export async function subscribe(session: ImapSession, command: ImapCommand): Promise<void> {
  await setSubscription(session, command, true)
}

/** UNSUBSCRIBE. */
export async function unsubscribe(session: ImapSession, command: ImapCommand): Promise<void> {
  await setSubscription(session, command, false)
}

/** The folder that a mailbox name in a command refers to. */
export function folderOf(session: ImapSession, value: ImapValue | undefined): Folder | undefined {
  const path = session.pathOf(value)
  return path === undefined ? undefined : session.account?.find(path)
}

async function setSubscription(session: ImapSession, command: ImapCommand, isSubscribed: boolean): Promise<void> {
  const folder = folderOf(session, command.values[0])
  if (!folder) return session.complete(command.tag, 'NO [NONEXISTENT] Mailbox does not exist')
  folder.isSubscribed = isSubscribed
  await session.complete(command.tag, `OK ${command.verb} completed`)
}

function nameFault(account: Account, path: string): string | undefined {
  const { delimiter, prefix } = account.naming
  if (path === '' || path.length > 255) return 'NO [CANNOT] Mailbox name is empty or too long'
  if (path.split(delimiter).includes('')) return 'NO [CANNOT] Mailbox name has an empty part'
  if (!path.startsWith(prefix)) return `NO [CANNOT] Mailbox name must begin with ${prefix}`
  return undefined
}

function specialUseOf(value: ImapValue | undefined): string | undefined {
  if (value?.kind !== 'list' || textOf(value.items[0])?.toUpperCase() !== 'USE') return undefined
  return wordsOf(value.items[1])[0]
}
