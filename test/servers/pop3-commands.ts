// The table of POP3 commands, and those that are only a few lines long.

import { octetsOf } from './maildrop.ts'
import type { MaildropTotals } from './pop3-faults.ts'
import { list, uidl } from './pop3-listing.ts'
import { auth, pass, user } from './pop3-login.ts'
import { retr, top } from './pop3-retrieve.ts'
import type { Pop3Session } from './pop3-session.ts'

/** A command, and when it is allowed (RFC 1939 §3). */
export type Pop3Command = {
  readonly when: 'before-login' | 'after-login' | 'always'
  readonly run: (session: Pop3Session, argument: string) => Promise<void>
}

/** Every command the server knows, by its verb in capitals. */
export const pop3Commands: Readonly<Record<string, Pop3Command>> = {
  CAPA: { when: 'always', run: capa },
  QUIT: { when: 'always', run: quit },
  STLS: { when: 'before-login', run: stls },
  USER: { when: 'before-login', run: user },
  PASS: { when: 'before-login', run: pass },
  AUTH: { when: 'before-login', run: auth },
  UTF8: { when: 'always', run: utf8 },
  STAT: { when: 'after-login', run: stat },
  LIST: { when: 'after-login', run: list },
  UIDL: { when: 'after-login', run: uidl },
  RETR: { when: 'after-login', run: retr },
  TOP: { when: 'after-login', run: top },
  DELE: { when: 'after-login', run: dele },
  RSET: { when: 'after-login', run: rset },
  NOOP: { when: 'after-login', run: (session) => session.ok('Done nothing.') },
}

async function capa(session: Pop3Session): Promise<void> {
  const { capa: fault } = session.faults
  if (fault === 'error') return session.error('Unknown command.')
  if (fault === 'silent') return session.socket.hang()
  if (fault === 'drop') return session.socket.end()
  await session.ok('Capability list follows.', session.capabilities())
}

async function stls(session: Pop3Session): Promise<void> {
  const { socket, shared } = session
  const fault = session.faults.stls
  if (fault === 'silent') return socket.hang()
  if (fault === 'drop') return socket.end()
  const { secure } = shared.listener
  if (fault === 'error' || !session.offersStls || !secure) return session.error('TLS is not available.')
  await socket.send('+OK Begin TLS negotiation.\r\n', typeof fault === 'object' ? fault.inject : '')
  await socket.startTls(secure)
  session.user = undefined
}

async function utf8(session: Pop3Session): Promise<void> {
  if (!session.capabilities().some((capability) => /^UTF8\b/.test(capability))) return session.error('Unknown command.')
  session.hasUtf8 = true
  await session.ok('UTF8 enabled.')
}

async function stat(session: Pop3Session): Promise<void> {
  const left = session.messages.filter((message) => !session.deleted.has(message))
  const truth: MaildropTotals = { count: left.length, octets: left.reduce((sum, one) => sum + octetsOf(one), 0) }
  const { count, octets } = session.faults.stat?.(truth, session.stats++) ?? truth
  await session.socket.send(`+OK ${count} ${octets}\r\n`)
}

async function dele(session: Pop3Session, argument: string): Promise<void> {
  const message = await session.messageAt(argument)
  if (!message) return
  session.deleted.add(message)
  await session.ok('Marked to be deleted.')
}

async function rset(session: Pop3Session): Promise<void> {
  session.deleted.clear()
  session.retrieved.clear()
  await session.ok('Nothing is marked any more.')
}

async function quit(session: Pop3Session): Promise<void> {
  const { socket, maildrop } = session
  const { quit: fault, consumes } = session.faults
  if (fault === 'silent') return socket.hang()
  if (fault === 'drop') return socket.end()
  if (fault === 'error') {
    await session.error('[SYS/TEMP] Some deleted messages not removed.')
    return socket.end()
  }
  if (fault !== 'keeps') maildrop?.expunge(session.deleted)
  if (consumes === 'at-quit') maildrop?.expunge(session.retrieved)
  if (session.faults.pops === 'at-quit') for (const message of session.retrieved) maildrop?.popped.add(message)
  session.shared.log.changed()
  if (fault === 'deletes-silently') return socket.end()
  await session.ok('Bye.')
  await socket.end()
}
