// Logging in on the POP3 test server: USER and PASS (RFC 1939 §7), AUTH (RFC 5034).

import type { Maildrop } from './maildrop.ts'
import { loginRefusals } from './pop3-faults.ts'
import type { Pop3Session } from './pop3-session.ts'
import { accountOf, oauthChallenge, parseSaslResponse, saslMechanisms } from './sasl.ts'

/** USER: accepts any name, as servers do that do not want to tell who exists. */
export async function user(session: Pop3Session, argument: string): Promise<void> {
  if (!session.isLoginAllowed) return session.error('[AUTH] Plaintext authentication needs TLS.')
  if (session.faults.login === 'user-refused') return session.error(loginRefusals['user-refused'].slice(5))
  session.user = argument
  await session.ok('Send the password.')
}

/** PASS: takes the rest of the line, blanks included. */
export async function pass(session: Pop3Session, argument: string): Promise<void> {
  const name = session.user
  session.user = undefined
  if (name === undefined) return session.error('USER first.')
  const password = Buffer.from(argument, 'latin1').toString('utf8')
  await finish(session, accountOf(session.shared.maildrops.values(), { user: name, password }))
}

/** AUTH with or without an initial response; `=` stands for an empty one (RFC 5034 §4). */
export async function auth(session: Pop3Session, argument: string): Promise<void> {
  const [name = '', initial] = argument.split(' ')
  const mechanism = name.toUpperCase()
  const { sasl } = session.faults
  if (argument === '') return session.ok('Mechanisms follow.', saslMechanisms)
  if (!session.isLoginAllowed) return session.error('[AUTH] Plaintext authentication needs TLS.')
  if (!saslMechanisms.some((known) => known === mechanism)) return session.error('Unknown mechanism.')
  const isRefused = initial === undefined ? sasl?.xoauth2 === 'initial-only' : sasl?.xoauth2 === 'two-step-only'
  if (mechanism === 'XOAUTH2' && isRefused) return session.error('Protocol error. Connection is not changed.')
  const response = initial ?? (await exchange(session, ''))
  if (response === '*') return session.error('Authentication cancelled.')
  const maildrop = accountOf(session.shared.maildrops.values(), parseSaslResponse(mechanism, response))
  const challenge = oauthChallenge(mechanism)
  if (!maildrop && challenge) await exchange(session, challenge)
  await finish(session, maildrop)
}

async function exchange(session: Pop3Session, challenge: string): Promise<string> {
  const { sasl } = session.faults
  await session.socket.send(challenge === '' && sasl?.continuation ? sasl.continuation : `+ ${challenge}`, '\r\n')
  const line = (await session.socket.readLine()).toString('latin1')
  session.shared.log.record('', line === '*' || line === '' ? line : '****')
  return line
}

async function finish(session: Pop3Session, maildrop: Maildrop | undefined): Promise<void> {
  const fault = session.faults.login
  if (fault === 'drop') return session.socket.end()
  if (fault === 'silent') return session.socket.hang()
  if (typeof fault === 'object') return session.socket.send(`${fault.text}\r\n`)
  if (fault) return session.socket.send(`${loginRefusals[fault]}\r\n`)
  if (!maildrop) return session.socket.send(`${loginRefusals['wrong-password']}\r\n`)
  if (session.shared.isExclusive && maildrop.sessions > 0) return session.socket.send(`${loginRefusals['in-use']}\r\n`)
  session.open(maildrop)
  await session.ok('Logged in.')
}
