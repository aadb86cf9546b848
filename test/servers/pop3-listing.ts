// LIST and UIDL of the POP3 test server, and all that can be wrong with them.

import { seededRandom } from '../corpus/random.ts'
import { type MaildropMessage, octetsOf } from './maildrop.ts'
import type { Pop3Session } from './pop3-session.ts'

/** LIST, with or without a message number (RFC 1939 §5). */
export async function list(session: Pop3Session, argument: string): Promise<void> {
  const fault = session.faults.list
  const sizeOf = (message: MaildropMessage) => fault?.size?.(message) ?? octetsOf(message)
  if (argument !== '' && fault?.argument !== 'ignored') {
    const message = await session.messageAt(argument)
    if (!message) return
    return session.ok(fault?.argument === 'size-only' ? `${sizeOf(message)}` : `${argument} ${sizeOf(message)}`)
  }
  const shown = numbered(session, fault?.omits)
  const lines = shown.map(([position, message]) => `${position} ${sizeOf(message)}`)
  await session.ok(`${lines.length} messages:`, lines)
}

/** UIDL, with or without a message number (RFC 1939 §7). */
export async function uidl(session: Pop3Session, argument: string): Promise<void> {
  const fault = session.faults.uidl
  if (fault?.unsupported) return session.error('Unknown command UIDL')
  const lineOf = ([position, message]: Numbered) => {
    const id = fault?.isPerSession ? `session-${session.number}-${position}` : message.uidl
    return fault?.line?.(position, id) ?? `${position} ${id}`
  }
  if (argument !== '') {
    const message = await session.messageAt(argument)
    return message ? session.ok(lineOf([Number(argument), message])) : undefined
  }
  const shown = numbered(session, fault?.omits)
  if (fault?.isShuffled) seededRandom(session.number).shuffle(shown)
  await session.ok(
    'Unique ids follow.',
    shown.map((one) => (fault?.prefix ?? '') + lineOf(one)),
  )
}

type Numbered = readonly [position: number, message: MaildropMessage]

function numbered(session: Pop3Session, omits: ((message: MaildropMessage) => boolean) | undefined): Numbered[] {
  return session.messages
    .map((message, index): Numbered => [index + 1, message])
    .filter(([, message]) => !session.deleted.has(message) && !omits?.(message))
}
