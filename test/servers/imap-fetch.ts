// FETCH and UID FETCH of the IMAP test server (RFC 3501 §6.4.5).

import { textOf, wordsOf } from './imap-parser.ts'
import { bodySection, envelope } from './imap-sections.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import { contentId, type StoredMessage, splitMessage } from './mailbox-store.ts'

/** FETCH, with numbers or UIDs. */
export async function fetch(session: ImapSession, { tag, verb, values }: ImapCommand): Promise<void> {
  const { view } = session
  const isUid = verb === 'UID FETCH'
  const words = wordsOf(values[1]).flatMap((word) => macros[word.toUpperCase()] ?? [word])
  const hasUid = words.some((word) => word.toUpperCase() === 'UID')
  const items = (isUid && !hasUid ? ['UID', ...words] : words).map((word) => fetchItem(session, word))
  const messages = view?.select(textOf(values[0]) ?? '', isUid)
  if (!view || !messages || items.length === 0 || items.some((item) => item === undefined)) {
    return session.complete(tag, `BAD Malformed ${verb}`)
  }
  const marksSeen = !view.isReadOnly && items.some((item) => item?.marksSeen)
  for (const { number, message } of messages) {
    if (marksSeen) message.flags.add('\\Seen')
    await session.socket.send(`* ${number} FETCH (`)
    for (const [index, item] of items.entries()) {
      if (index > 0) await session.socket.send(' ')
      await session.socket.send(...(item?.pieces(message) ?? []))
    }
    await session.socket.send(')\r\n')
  }
  await session.complete(tag, `OK ${verb} completed`, isUid)
}

/** What one fetch item answers. */
type FetchItem = { readonly marksSeen?: boolean; readonly pieces: (message: StoredMessage) => (string | Buffer)[] }

const macros: Readonly<Record<string, string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
}

function fetchItem(session: ImapSession, word: string): FetchItem | undefined {
  const name = word.toUpperCase()
  switch (name) {
    case 'UID':
      return { pieces: (message) => [`UID ${message.uid}`] }
    case 'FLAGS':
      return { pieces: (message) => [`FLAGS (${[...message.flags].join(' ')})`] }
    case 'INTERNALDATE':
      return { pieces: (message) => [`INTERNALDATE "${message.internalDate}"`] }
    case 'RFC822.SIZE':
      return { pieces: (message) => [`RFC822.SIZE ${message.bytes.length}`] }
    case 'RFC822':
      return { marksSeen: true, pieces: (message) => literal(name, message.bytes) }
    case 'RFC822.HEADER':
      return { pieces: (message) => literal(name, splitMessage(message.bytes).header) }
    case 'ENVELOPE':
      return { pieces: (message) => [`ENVELOPE ${envelope(message.bytes)}`] }
    case 'EMAILID':
      return session.has('OBJECTID') ? { pieces: ({ bytes }) => [`EMAILID (M${contentId(bytes)})`] } : undefined
    case 'X-GM-MSGID':
      return session.has('X-GM-EXT-1') ? { pieces: ({ bytes }) => [`X-GM-MSGID ${contentId(bytes)}`] } : undefined
    default:
      return bodyItem(word)
  }
}

function bodyItem(word: string): FetchItem | undefined {
  const [, peek, section = '', offset, count] = /^BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?$/is.exec(word) ?? []
  const partOf = word.includes('[') ? bodySection(section) : undefined
  if (!partOf) return undefined
  const name = `BODY[${section.toUpperCase()}]`
  const pieces = (message: StoredMessage) => {
    const part = partOf(message.bytes)
    if (offset === undefined) return literal(name, part)
    return literal(`${name}<${offset}>`, part.subarray(Number(offset), Number(offset) + Number(count)))
  }
  return { marksSeen: peek === undefined, pieces }
}

function literal(name: string, bytes: Buffer): (string | Buffer)[] {
  return [`${name} {${bytes.length}}\r\n`, bytes]
}
