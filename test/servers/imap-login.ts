// Logging in on the IMAP test server: STARTTLS, LOGIN, AUTHENTICATE (RFC 3501 §6.2, RFC 4959).

import { imapLoginRefusals } from './imap-faults.ts'
import { textOf } from './imap-parser.ts'
import type { ImapCommand, ImapSession } from './imap-session.ts'
import type { Account } from './mailbox-store.ts'
import { accountOf, oauthChallenge, parseSaslResponse, saslMechanisms } from './sasl.ts'

/** STARTTLS; what the client has learnt and said before is forgotten. */
export async function starttls(session: ImapSession, { tag }: ImapCommand): Promise<void> {
  const fault = session.faults.starttls
  const { secure } = session.shared.listener
  if (fault === 'silent') return session.socket.hang()
  if (fault === 'refused' || !secure || !session.offersStarttls) return session.complete(tag, 'NO TLS is not available')
  await session.socket.send(`${tag} OK Begin TLS negotiation\r\n`, typeof fault === 'object' ? fault.inject : '')
  await session.socket.startTls(secure)
}

/** LOGIN with user name and password as strings. */
export async function login(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const [user, password] = values.map(textOf)
  if (user === undefined || password === undefined)
    return session.complete(tag, 'BAD LOGIN needs a name and a password')
  if (!session.isLoginAllowed) return session.complete(tag, 'NO [PRIVACYREQUIRED] Log in over TLS')
  await finish(session, tag, accountOf(session.shared.accounts.values(), { user, password }))
}

/** AUTHENTICATE, with an initial response where SASL-IR is offered. */
export async function authenticate(session: ImapSession, { tag, values }: ImapCommand): Promise<void> {
  const [mechanism = '', initial] = values.map((value) => textOf(value) ?? '')
  const name = mechanism.toUpperCase()
  if (!session.isLoginAllowed) return session.complete(tag, 'NO [PRIVACYREQUIRED] Log in over TLS')
  if (!saslMechanisms.some((known) => known === name)) return session.complete(tag, 'NO Unknown mechanism')
  if (initial !== undefined && !session.has('SASL-IR')) return session.complete(tag, 'BAD No initial response, please')
  const response = initial ?? (await exchange(session, ''))
  if (response === '*') return session.complete(tag, 'BAD Authentication cancelled')
  const account = accountOf(session.shared.accounts.values(), parseSaslResponse(name, response))
  const challenge = oauthChallenge(name)
  if (!account && challenge) await exchange(session, challenge)
  await finish(session, tag, account)
}

async function exchange(session: ImapSession, challenge: string): Promise<string> {
  await session.socket.send(`+ ${challenge}\r\n`)
  const line = (await session.socket.readLine()).toString('latin1')
  session.shared.log.record('', line === '*' || line === '' ? line : '****')
  return line
}

async function finish(session: ImapSession, tag: string, account: Account | undefined): Promise<void> {
  const { login: fault, connectionLimit } = session.faults
  if (fault === 'drop') return session.socket.end()
  if (typeof fault === 'object') return session.complete(tag, fault.text)
  if (fault) return session.complete(tag, imapLoginRefusals[fault])
  if (!account) return session.complete(tag, imapLoginRefusals['authentication-failed'])
  if (connectionLimit?.answer === 'no' && session.shared.sessions.size > connectionLimit.max) {
    return session.complete(tag, 'NO [LIMIT] Maximum number of connections from user exceeded')
  }
  session.account = account
  session.shared.logins++
  await session.complete(tag, `OK [CAPABILITY ${session.capabilities().join(' ')}] Logged in`)
}
