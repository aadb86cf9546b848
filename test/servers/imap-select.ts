// Opening and leaving folders on the IMAP test server, and being told what happens in them.

import { systemFlags } from './imap-flags.ts'
import { folderOf } from './imap-folders.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { ImapView } from './imap-view.ts'

/** SELECT. */
export async function select(session: ImapSession, command: ImapCommand): Promise<void> {
  await open(session, command, session.faults.isReadOnly ?? false)
}

/** EXAMINE. */
export async function examine(session: ImapSession, command: ImapCommand): Promise<void> {
  await open(session, command, true)
}

/** CLOSE: what is marked as deleted goes without a word. */
export async function close(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  const { view } = session
  session.view = undefined
  if (view && !view.isReadOnly) {
    const deleted = view.folder.messages.filter((message) => message.flags.has('\\Deleted'))
    view.folder.remove(new Set(deleted.map((message) => message.uid)))
  }
  await session.complete(tag, 'OK CLOSE completed')
}

/** UNSELECT (RFC 3691). */
export async function unselect(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  session.view = undefined
  await session.complete(tag, 'OK UNSELECT completed')
}

/** IDLE (RFC 2177): changes are sent as they happen, until DONE. */
export async function idle(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  await session.socket.send('+ idling\r\n')
  const stopWatching = session.view?.folder.watch(() => void announce(session))
  try {
    await announce(session)
    const line = (await session.socket.readLine()).toString('latin1')
    session.shared.log.record('', line)
    await session.complete(tag, line.toUpperCase() === 'DONE' ? 'OK IDLE completed' : 'BAD DONE expected')
  } finally {
    stopWatching?.()
  }
}

async function announce(session: ImapSession): Promise<void> {
  await session.announceChanges(true)
  await session.socket.flush()
}

async function open(session: ImapSession, { tag, verb, values }: ImapCommand, isReadOnly: boolean): Promise<void> {
  session.view = undefined
  const folder = folderOf(session, values[0])
  if (!folder) return session.complete(tag, 'NO [NONEXISTENT] Mailbox does not exist')
  const view = new ImapView(folder, isReadOnly, session.faults.visible)
  const allowed = session.faults.permanentFlags ?? [...systemFlags, '\\*']
  await session.untagged(`FLAGS (${systemFlags.join(' ')})`)
  await session.untagged(`${view.size} EXISTS`)
  await session.untagged('0 RECENT')
  await session.untagged(`OK [PERMANENTFLAGS (${isReadOnly ? '' : allowed.join(' ')})] Flags permitted`)
  await session.untagged(`OK [UIDVALIDITY ${folder.uidValidity}] UIDs valid`)
  await session.untagged(`OK [UIDNEXT ${folder.uidNext}] Predicted next UID`)
  session.view = view
  await session.complete(tag, `OK [${isReadOnly ? 'READ-ONLY' : 'READ-WRITE'}] ${verb} completed`)
}
