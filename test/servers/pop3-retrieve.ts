// RETR and TOP of the POP3 test server: the reply's pieces, and where it breaks off.

import type { MaildropMessage } from './maildrop.ts'
import { generated, type RetrieveFault, replyPieces, stuffed } from './pop3-retrieve-faults.ts'
import type { Pop3Session } from './pop3-session.ts'

/** RETR (RFC 1939 §5), streamed with back pressure. */
export async function retr(session: Pop3Session, argument: string): Promise<void> {
  const { faults, shared, socket } = session
  const message = await session.messageAt(argument)
  if (!message) return
  if (faults.dropAfterRetrs !== undefined && session.retrs >= faults.dropAfterRetrs) return socket.end()
  session.retrs++
  const earlier = shared.retrievals.get(message) ?? 0
  shared.retrievals.set(message, earlier + 1)
  const planned = faults.retr?.(message, earlier) ?? []
  const wrong: readonly RetrieveFault[] = 'kind' in planned ? [planned] : planned
  const refusal = wrong.find((fault) => fault.kind === 'error' || fault.kind === 'vanish')
  if (refusal) return refuse(session, message, argument, refusal)
  if (wrong.some((fault) => fault.kind === 'endless')) return endless(session)
  const large = wrong.find((fault) => fault.kind === 'generated')
  if (large?.kind === 'generated') {
    await socket.send('+OK\r\n')
    for (const piece of generated(large.octets)) await socket.send(piece)
    return socket.send('.\r\n')
  }
  const served = faults.wrapsEightBit && !session.hasUtf8 ? wrapped(message.bytes) : message.bytes
  await sendReply(session, replyPieces(served, wrong, earlier), wrong)
  session.retrieved.add(message)
  if (faults.pops === 'at-retr') session.maildrop?.popped.add(message)
  if (faults.consumes === 'at-retr') session.maildrop?.expunge(new Set([message]))
}

/** TOP (RFC 1939 §7): the header, the blank line, and so many lines of the body. */
export async function top(session: Pop3Session, argument: string): Promise<void> {
  const fault = session.faults.top
  const [position = '', count = ''] = argument.split(' ')
  if (fault === 'unsupported') return session.error('Unknown command TOP')
  if (!/^\d+$/.test(count)) return session.error('TOP needs a message number and a line count.')
  const message = await session.messageAt(position)
  if (!message) return
  const bytes = typeof fault === 'function' ? fault(message.bytes) : message.bytes
  const head = fault === 'whole' && count === '0' ? bytes : firstLines(bytes, Number(count))
  const shown = typeof fault === 'object' ? head.subarray(0, fault.truncateAt) : head
  await session.socket.send('+OK\r\n', stuffed(shown), '.\r\n')
}

async function refuse(
  session: Pop3Session,
  message: MaildropMessage,
  argument: string,
  fault: RetrieveFault,
): Promise<void> {
  if (fault.kind === 'vanish') session.maildrop?.expunge(new Set([message]))
  const text = fault.kind === 'error' ? (fault.text ?? '[SYS/PERM] Message cannot be opened') : undefined
  await session.error(text ?? `Message ${argument} expunged.`)
}

async function sendReply(
  session: Pop3Session,
  pieces: readonly Buffer[],
  faults: readonly RetrieveFault[],
): Promise<void> {
  const { socket } = session
  const cut = faults.find((fault) => fault.kind === 'drop' || fault.kind === 'hang')
  if (cut?.kind !== 'drop' && cut?.kind !== 'hang') return socket.send(...pieces)
  await socket.send(Buffer.concat(pieces).subarray(0, cut.at))
  if (cut.kind === 'hang') {
    await socket.flush()
    await cut.gate?.pass()
    return socket.hang()
  }
  await socket.end(cut.how)
}

async function endless(session: Pop3Session): Promise<void> {
  const block = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(900))
  await session.socket.send('+OK 72 octets\r\n')
  while (!session.socket.isGone) await session.socket.send(block)
}

function firstLines(bytes: Uint8Array, count: number): Uint8Array {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blank = content.indexOf('\r\n\r\n')
  if (blank < 0) return bytes
  let end = blank + 4
  for (let line = 0; line < count; line++) {
    const next = content.indexOf('\r\n', end)
    if (next < 0) return bytes
    end = next + 2
  }
  return bytes.subarray(0, end)
}

function wrapped(bytes: Uint8Array): Uint8Array {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blank = content.indexOf('\r\n\r\n')
  const header = blank < 0 ? content : content.subarray(0, blank)
  if (!header.some((byte) => byte > 0x7f)) return bytes
  const opening =
    'From: Mail Delivery Subsystem <postmaster>\r\nSubject: Cannot display Unicode content\r\nMime-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary="=_99-1"\r\n\r\n\r\n--=_99-1\r\nContent-Type: text/plain\r\n\r\n' +
    'This message needs a newer mail program.\r\n--=_99-1\r\nContent-Type: message/global\r\n\r\n'
  return Buffer.concat([Buffer.from(opening), content, Buffer.from('\r\n--=_99-1--\r\n')])
}
