// Proves who we are: USER and PASS (RFC 1939 §7), or AUTH with PLAIN, XOAUTH2 and OAUTHBEARER (RFC 5034).
import type { MailhaulError } from '../../core/errors.ts'
import type { AskToken } from '../../core/token.ts'
import type { Capabilities } from './capabilities.ts'
import type { Connection } from './connection.ts'
import { hungUpAtLogin, loginImpossible, loginRefused, printable } from './errors.ts'
import type { Status } from './status.ts'

/** Whose maildrop, and how to prove it. Secrets are asked for when a login needs them. */
export type Credentials = (
  | { readonly kind: 'password'; readonly user: string; readonly password: () => Promise<string> }
  | { readonly kind: 'token'; readonly user: string; readonly token: AskToken }
) & {
  /** The command that signs in, where there is one: what people are told to run. */
  readonly signIn?: string
}

/** Logs in. Errors: auth, in-use, login-delayed, temporary, unsupported, secret. */
export async function authenticate(
  connection: Connection,
  capabilities: Capabilities | undefined,
  credentials: Credentials,
): Promise<void> {
  const { user } = credentials
  if (/[\r\n\0]/.test(user)) throw unusable('The user name holds a line break.')
  if (credentials.kind === 'token') return withToken(connection, capabilities, user, await credentials.token())
  const password = await credentials.password()
  if (/[\r\n\0]/.test(password)) throw unusable(`The password of ${printable(user)} holds a line break.`)
  const response = `\0${user}\0${password}`
  conceal(connection, password, response)
  if (capabilities?.offersMechanism('PLAIN')) {
    const status = await exchange(connection, 'PLAIN', response)
    if (status !== 'mechanism refused') return accept(connection, user, status)
  }
  await withPassword(connection, user, password)
}

// One after the other, in two round trips: a PASS behind a refused USER would be a password for nobody (quirk A15).
async function withPassword(connection: Connection, user: string, password: string): Promise<void> {
  const named = await connection.ask(`USER ${user}`)
  if (named.kind !== 'ok') return accept(connection, user, named)
  const status = await connection.ask(`PASS ${password}`, 'PASS ****').catch(hungUp)
  accept(connection, user, status)
}

async function withToken(
  connection: Connection,
  capabilities: Capabilities | undefined,
  user: string,
  token: string,
): Promise<void> {
  if (/[\r\n\0\x01]/.test(token)) throw unusable(`The token of ${printable(user)} holds a control character.`)
  refuseWithoutTokens(capabilities)
  const isBearer = capabilities?.offersMechanism('OAUTHBEARER') && !capabilities.offersMechanism('XOAUTH2')
  const mechanism = isBearer ? 'OAUTHBEARER' : 'XOAUTH2'
  const response = isBearer ? bearerResponse(user, token) : `user=${user}\x01auth=Bearer ${token}\x01\x01`
  conceal(connection, token, response)
  const status = await exchange(connection, mechanism, response)
  if (status !== 'mechanism refused') return accept(connection, user, status)
  // Microsoft wants the mechanism and the token on two lines, Google takes them on one (quirk A10).
  const oneLine = await connection
    .ask(`AUTH ${mechanism} ${base64(response)}`, `AUTH ${mechanism} ****`, true)
    .catch(hungUp)
  accept(connection, user, await afterChallenge(connection, oneLine, mechanism))
}

/** A server that lists its mechanisms and no such one among them cannot be logged in to with any token. */
function refuseWithoutTokens(capabilities: Capabilities | undefined): void {
  if (!capabilities || capabilities.argumentsOf('SASL').length === 0) return
  if (capabilities.offersMechanism('XOAUTH2') || capabilities.offersMechanism('OAUTHBEARER')) return
  const message = 'The server takes no tokens: it offers neither XOAUTH2 nor OAUTHBEARER.'
  throw loginImpossible('unsupported', message, 'Use a password instead of auth or token.')
}

/**
 * Names the mechanism, waits for the server to go on, and sends the response on its own line: an initial response could
 * be longer than the server's line (quirk A11).
 */
async function exchange(
  connection: Connection,
  mechanism: string,
  response: string,
): Promise<Status | 'mechanism refused'> {
  const offered = await connection.ask(`AUTH ${mechanism}`, undefined, true)
  // Some servers say +OK where they mean +; it cannot mean that we are in already (quirk A11).
  if (offered.kind === 'err') return offered.code === undefined ? 'mechanism refused' : offered
  const status = await connection.ask(base64(response), '****', true).catch(hungUp)
  return afterChallenge(connection, status, mechanism)
}

// A refused token is first explained in a challenge; an answer that says nothing brings the -ERR (RFC 7628 §3.2.3).
async function afterChallenge(connection: Connection, status: Status, mechanism: string): Promise<Status> {
  if (status.kind !== 'continue') return status
  return connection.ask(mechanism === 'OAUTHBEARER' ? 'AQ==' : mechanism === 'XOAUTH2' ? '' : '*')
}

function accept(connection: Connection, user: string, status: Status): void {
  if (status.kind !== 'ok') throw loginRefused(user, connection.trace.said(status), status)
}

// RFC 7628 §3.1; the user name is a saslname (RFC 5801 §4).
function bearerResponse(user: string, token: string): string {
  const name = user.replaceAll('=', '=3D').replaceAll(',', '=2C')
  return `n,a=${name},\x01auth=Bearer ${token}\x01\x01`
}

function hungUp(error: MailhaulError): never {
  throw error.code === 'disconnected' ? hungUpAtLogin(error) : error
}

function unusable(message: string): MailhaulError {
  return loginImpossible('secret', message, 'Check where it comes from: a command may print more than the secret.')
}

// A server may echo what it was sent, or what it made of it.
function conceal(connection: Connection, secret: string, response: string): void {
  connection.trace.conceal(base64(response), base64(secret), encodeURIComponent(secret), secret)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
