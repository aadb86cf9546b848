// The second half of APPEND: everything has been received; store all of it or nothing, and answer.

import type { AppendCommand, AppendPart } from './imap-append.ts'
import { formatDateTime } from './imap-date.ts'
import type { ImapSession } from './imap-session.ts'
import { formatSet } from './imap-view.ts'
import type { Account, Folder, NewMessage } from './mailbox-store.ts'

/** Stores the messages of a command (RFC 3502: all or none) and sends the answer that the faults leave of it. */
export async function storeAll(session: ImapSession, tag: string, command: AppendCommand): Promise<void> {
  const { folder, parts } = command
  const fault = parts.findLast((part) => part.fault)?.fault
  const refusal = command.refusal ?? refusalOf(session, parts)
  if (refusal || !folder) {
    await session.held('APPEND')
    return session.complete(tag, refusal ?? 'NO [TRYCREATE] Mailbox does not exist')
  }
  const isLost = (fault?.kind === 'bye' || fault?.kind === 'silent') && !fault.isStored
  if (!isLost) command.record.uids = parts.map((part) => storeOne(session, folder, part))
  session.shared.log.changed()
  await session.held('APPEND')
  if (fault?.kind === 'silent') return session.socket.hang()
  if (fault?.kind === 'drop-answer') return session.socket.end(fault.how)
  if (fault?.kind === 'bye') {
    await session.untagged(`BYE ${fault.text ?? '[UNAVAILABLE] Server shutting down'}`)
    return session.socket.end()
  }
  await session.complete(tag, `OK ${appendUid(session, folder, command.record.uids)}APPEND completed`)
}

function refusalOf(session: ImapSession, parts: readonly AppendPart[]): string | undefined {
  for (const { bytes, info, fault } of parts) {
    if (bytes.length === 0) return "NO Can't save a zero byte message."
    const refusal = session.faults.refuse?.(bytes, info)
    if (refusal) return refusal
    if (fault?.kind === 'refuse') return fault.text
  }
  return undefined
}

function storeOne(session: ImapSession, folder: Folder, part: AppendPart): number {
  const { faults, account } = session
  const internalDate = part.internalDate ?? formatDateTime(new Date())
  const intruder = faults.intruder?.(part.info)
  if (intruder) folder.append({ bytes: Buffer.from(intruder), flags: [], internalDate })
  const stored = faults.rewrite?.(part.bytes)
  const bytes = stored ? Buffer.from(stored) : part.bytes
  if (faults.discardsDuplicates && account?.holds(bytes)) return folder.uidNext++
  const message = { bytes, flags: part.flags, internalDate }
  return faults.hasLabels && account ? label(account, folder, message) : folder.append(message).uid
}

function label(account: Account, folder: Folder, message: NewMessage): number {
  if (folder.holds(message.bytes)) return folder.uidNext++
  const all = [...account.folders.values()].find(({ specialUse }) => specialUse === '\\All')
  if (all && !all.holds(message.bytes)) all.append(message)
  return folder.append(message).uid
}

function appendUid(session: ImapSession, folder: Folder, uids: readonly number[]): string {
  const { appendUid: fault } = session.faults
  if (!session.has('UIDPLUS') || fault === 'missing') return ''
  const told = fault === 'wrong' ? uids.map((uid) => uid + 1000) : uids
  return `[APPENDUID ${folder.uidValidity} ${formatSet(told)}] `
}
