// Changing messages that are in a selected folder: STORE, COPY, MOVE, EXPUNGE (RFC 3501 §6.4, RFC 4315, RFC 6851).

import { parseFlags } from './imap-flags.ts'
import { folderOf } from './imap-folders.ts'
import { textOf, wordsOf } from './imap-parser.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { formatSet } from './imap-view.ts'

/** STORE, with numbers or UIDs. */
export async function store(session: ImapSession, { tag, verb, values }: ImapCommand): Promise<void> {
  const { view } = session
  const isUid = verb.startsWith('UID ')
  const messages = view?.select(textOf(values[0]) ?? '', isUid)
  const [, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(values[1]) ?? '') ?? []
  const flags = parseFlags(values.slice(2).flatMap(wordsOf))
  if (!view || !messages || sign === undefined || !flags) return session.complete(tag, `BAD Malformed ${verb}`)
  if (view.isReadOnly) return session.complete(tag, 'NO [READ-ONLY] Mailbox is read-only')
  for (const { number, message } of messages) {
    if (sign === '') message.flags.clear()
    for (const flag of flags) sign === '-' ? message.flags.delete(flag) : message.flags.add(flag)
    if (silent) continue
    await session.untagged(
      `${number} FETCH (${isUid ? `UID ${message.uid} ` : ''}FLAGS (${[...message.flags].join(' ')}))`,
    )
  }
  await session.complete(tag, `OK ${verb} completed`, isUid)
}

/** COPY and MOVE, with numbers or UIDs; COPYUID where UIDPLUS is offered. */
export async function copy(session: ImapSession, { tag, verb, values }: ImapCommand): Promise<void> {
  const { view } = session
  const messages = view?.select(textOf(values[0]) ?? '', verb.startsWith('UID '))
  const target = folderOf(session, values[1])
  if (!view || !messages) return session.complete(tag, `BAD Malformed ${verb}`)
  if (!target) return session.complete(tag, 'NO [TRYCREATE] Mailbox does not exist')
  const copies = messages.map(({ message }) => target.append(message))
  const sources = messages.map(({ message }) => message.uid)
  const uids = `[COPYUID ${target.uidValidity} ${formatSet(sources)} ${formatSet(copies.map(({ uid }) => uid))}] `
  const code = session.has('UIDPLUS') && copies.length > 0 ? uids : ''
  if (!verb.endsWith('MOVE')) return session.complete(tag, `OK ${code}${verb} completed`)
  if (code) await session.untagged(`OK ${code}Moved`)
  view.folder.remove(new Set(sources))
  await session.complete(tag, `OK ${verb} completed`)
}

/** EXPUNGE, and UID EXPUNGE (RFC 4315 §2.1). */
export async function expunge(session: ImapSession, { tag, verb, values }: ImapCommand): Promise<void> {
  const { view } = session
  const chosen = verb === 'EXPUNGE' ? view?.all() : view?.select(textOf(values[0]) ?? '', true)
  if (!view || !chosen) return session.complete(tag, `BAD Malformed ${verb}`)
  if (view.isReadOnly) return session.complete(tag, 'NO [READ-ONLY] Mailbox is read-only')
  const deleted = chosen.filter(({ message }) => message.flags.has('\\Deleted'))
  if (deleted.length > 0) view.folder.remove(new Set(deleted.map(({ message }) => message.uid)))
  await session.complete(tag, `OK ${verb} completed`)
}
