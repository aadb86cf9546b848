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
  let mailbox: MailboxObject | undefined
  let end: number | undefined
  do {
    const messages = await control.run(signal, async (client) => {
      mailbox = await examine(client, folder, mailbox)
      end ??= endOf(mailbox)
      // Without an end, everything is asked for at once.
      return readWindow(client, from, Number.isFinite(end) ? Math.min(from + count, end) : end)
    })
    yield* messages
    from += count
    if (messages.length < count / 2) count *= 2
  } while (end !== undefined && Number.isFinite(end) && from < end)
}

/**
 * Opens a folder for reading, so that no flag changes, and checks that its UIDs still mean what they did. With `known`
 * it stays open where it still is; what has come since then may not show.
 */
export async function examine(client: ImapFlow, folder: Folder, known?: MailboxObject): Promise<MailboxObject> {
  if (known && client.mailbox === known) return known
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

/** The UID behind the last one; infinite where the server does not tell. */
function endOf({ exists, uidNext }: MailboxObject): number {
  return exists === 0 ? 0 : uidNext || Number.POSITIVE_INFINITY
}

async function readWindow(client: ImapFlow, from: number, to: number): Promise<readonly Sized[]> {
  // By UID: a server that repeats itself fills nothing.
  const sizes = new Map<number, number>()
  if (from >= to) return []
  const range = `${from}:${Number.isFinite(to) ? to - 1 : '*'}`
  for await (const { uid, size } of client.fetch(range, { uid: true, size: true }, { uid: true })) {
    // Rows that nobody asked for have no size; `n:*` brings the last message even where its UID is below n.
    if (uid >= from && uid < to && size !== undefined) sizes.set(uid, size)
  }
  return Array.from(sizes, ([uid, size]) => ({ uid, size }))
}
