// The sizes of what lies in a folder, by UID, read window by window.
import type { ImapFlow, MailboxObject } from 'imapflow'
import { MailhaulError } from '../../core/errors.ts'
import type { Folder } from '../../core/ports.ts'
import type { Control } from './control.ts'
import { escaped } from './server-text.ts'

/** UID and RFC822.SIZE of one message. */
export interface Sized {
  readonly uid: number
  readonly size: number
}

/** UIDs asked for at once, at first. Where most of them are gone the windows grow, so that a sparse folder ends too. */
const firstWindow = 10_000

/**
 * UID and RFC822.SIZE of every message from `fromUid` on that was there when the reading began. Nothing is in flight
 * while the caller works on a window. Errors: uidvalidity-changed, no-folder.
 */
export async function* sizesIn(
  control: Control,
  folder: Folder,
  fromUid: number,
  signal: AbortSignal,
): AsyncIterable<Sized> {
  let from = Math.max(1, fromUid)
  let count = firstWindow
  for (;;) {
    const { messages, end } = await control.run(signal, (client) => readWindow(client, folder, from, count))
    yield* messages
    from += count
    if (from >= end) return
    if (messages.length < count / 2) count *= 2
  }
}

/**
 * Opens a folder for reading, so that no flag changes, and checks that its UIDs still mean what they did. What is
 * open already is opened again: UIDNEXT has to be that of now.
 */
export async function examine(client: ImapFlow, folder: Folder): Promise<MailboxObject> {
  const mailbox = await client.mailboxOpen(folder.path, { readOnly: true })
  if (Number(mailbox.uidValidity) === folder.uidValidity) return mailbox
  throw new MailhaulError({
    code: 'uidvalidity-changed',
    scope: 'pair',
    retry: 'later',
    message: `The folder "${escaped(folder.path)}" was rebuilt at the destination: all its UIDs are new.`,
    hint: 'Run again: the messages are recognised by their content.',
  })
}

async function readWindow(
  client: ImapFlow,
  folder: Folder,
  from: number,
  count: number,
): Promise<{ messages: readonly Sized[]; end: number }> {
  const { uidNext, exists } = await examine(client, folder)
  const end = exists === 0 ? 0 : uidNext || Number.POSITIVE_INFINITY
  const messages: Sized[] = []
  if (from >= end) return { messages, end }
  // Without UIDNEXT nobody knows where the UIDs end, so everything is asked for at once.
  const last = Number.isFinite(end) ? Math.min(from + count, end) - 1 : '*'
  for await (const { uid, size } of client.fetch(`${from}:${last}`, { uid: true, size: true }, { uid: true })) {
    // Rows that nobody asked for have no size; `n:*` brings the last message even where its UID is below n.
    if (uid >= from && size !== undefined) messages.push({ uid, size })
  }
  return { messages, end: Number.isFinite(end) ? end : 0 }
}
