// The one place where what goes wrong with an IMAP connection becomes a MailhaulError: sockets, TLS, login, imapflow.
import { type ErrorCode, MailhaulError, type Retry, type Scope } from '../../core/errors.ts'
import { formatBytes } from '../../core/format.ts'
import { signInAdvice, type WayIn, withSignIn } from '../../core/sign-in-advice.ts'
import { refusalOf } from './refusals.ts'
import { escaped } from './server-text.ts'
import { tlsError } from './tls-errors.ts'

/** What is known of a connection when something goes wrong on it. */
export interface Circumstances {
  /** `host:port`. */
  readonly where: string
  /** Whether this server has been reached before in this run: then trying again at once can help. */
  readonly hasWorked: boolean
  /** Which server it is, and how the login is tried. */
  readonly login?: { readonly host: string; readonly way: WayIn; readonly signIn?: string | undefined }
}

/** Translates whatever imapflow, node:net or node:tls threw; a MailhaulError stays as it is. */
export function translated(thrown: unknown, circumstances: Circumstances): MailhaulError {
  if (thrown instanceof MailhaulError) return thrown
  const failure = factsOf(thrown)
  return (
    authenticationError(failure, circumstances) ??
    tlsError(failure, circumstances.where) ??
    refusedCommand(failure) ??
    connectionError(failure, circumstances)
  )
}

/** The error of a connection that ended, with what the server said in BYE where it said anything. */
export function disconnected(where: string, bye: string | undefined, cause?: unknown): MailhaulError {
  if (bye) {
    const { code, retry } = refusalOf({ status: 'BYE', code: undefined, text: bye })
    const known = code === 'throttled' || code === 'temporary' ? { code, retry } : undefined
    const said = `The IMAP server ${where} ended the connection: ${escaped(bye)}`
    return error(known?.code ?? 'disconnected', 'pair', known?.retry ?? 'now', said, undefined, cause)
  }
  return error('disconnected', 'pair', 'now', `The IMAP server ${where} closed the connection.`, undefined, cause)
}

/** A wait that took too long. */
export function timedOut(where: string, what: string): MailhaulError {
  return error('timeout', 'pair', 'now', `The IMAP server ${where} ${what}.`, 'Check the network; run again.')
}

/** An answer without end, or with so much in it that it had better not be listened to. */
export function tooTalkative(where: string, most: number): MailhaulError {
  const said = `The IMAP server ${where} does not stop talking: more than ${formatBytes(most)} in one answer.`
  return error('protocol', 'pair', 'later', said, 'Ask its operator; run again with --verbose to see the conversation.')
}

/** The error of an append whose answer was lost: the only way on is to look whether it arrived (quirk B01). */
export function answerLost(cause: MailhaulError): MailhaulError {
  const { scope, retry, hint } = cause
  return error(
    'append-unknown',
    scope,
    retry,
    `Nobody knows whether a message was stored: ${cause.message}`,
    hint,
    cause,
  )
}

interface Failure {
  readonly message: string
  readonly code: string
  readonly responseStatus: string
  readonly responseCode: string
  readonly responseText: string
  readonly reason: string
  readonly authenticationFailed: boolean
  readonly tlsFailed: boolean
  readonly thrown: unknown
}

function factsOf(thrown: unknown): Failure {
  const of = (name: string): unknown => (typeof thrown === 'object' && thrown ? Reflect.get(thrown, name) : undefined)
  const text = (name: string): string => String(of(name) ?? '')
  return {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    code: text('code'),
    responseStatus: text('responseStatus'),
    responseCode: text('serverResponseCode'),
    responseText: text('responseText'),
    reason: text('reason'),
    authenticationFailed: of('authenticationFailed') === true,
    tlsFailed: of('tlsFailed') === true,
    thrown,
  }
}

// Trying these again would only help to lock the account (quirk E17).
const certainRefusals = /AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|locked|disabled|suspended/i

function authenticationError(failure: Failure, { where, login }: Circumstances): MailhaulError | undefined {
  const hasNoMechanism = failure.message === 'Unsupported authentication mechanism'
  if (!failure.authenticationFailed && !hasNoMechanism) return undefined
  if (hasNoMechanism && login?.way === 'token') return takesNoTokens(where)
  const said = escaped(failure.responseText || failure.message)
  const refusal = refusalOf({ status: 'NO', code: failure.responseCode || undefined, text: failure.responseText })
  // A login refused for the moment says nothing about the password (quirk A08).
  const isForNow = refusal.code === 'throttled' || refusal.code === 'temporary'
  if (isForNow && !certainRefusals.test(`${failure.responseCode} ${failure.responseText}`)) {
    const { code, retry, hint } = refusal
    const message = `The IMAP server ${where} refused the login for now: ${said}`
    return error(code, 'pair', retry, message, hint, failure.thrown)
  }
  const hint = /login is disabled|privacyrequired/i.test(`${failure.message} ${failure.responseCode}`)
    ? 'The server allows no login on an unencrypted connection: set tls to implicit or starttls.'
    : withSignIn((login && signInAdvice(said, login.way, login.host)) ?? usualHint, login?.signIn)
  return error('auth', 'pair', 'later', `The IMAP server ${where} refused the login: ${said}`, hint, failure.thrown)
}

const usualHint = 'Check user and password; many providers want an app password or OAuth for IMAP.'

function takesNoTokens(where: string): MailhaulError {
  const message = `The IMAP server ${where} takes no tokens: it offers neither XOAUTH2 nor OAUTHBEARER.`
  return error('unsupported', 'pair', 'never', message, 'Use a password instead of auth or token.')
}

function refusedCommand(failure: Failure): MailhaulError | undefined {
  const { responseStatus: status, responseCode, responseText, code } = failure
  if (status !== 'NO' && status !== 'BAD') return undefined
  const refusal = refusalOf({ status, code: code === 'ETHROTTLE' ? 'THROTTLED' : responseCode, text: responseText })
  // What the table knows only for messages is, for any other command, a server that does not do what it was asked.
  if (refusal.scope !== 'message') {
    const { hint, message, scope, retry } = refusal
    return error(refusal.code, scope, retry, message, hint, failure.thrown)
  }
  const said = `The IMAP server refused a command: ${escaped(responseText || status)}`
  return error(status === 'BAD' ? 'protocol' : 'temporary', 'pair', 'later', said, undefined, failure.thrown)
}

function connectionError(failure: Failure, { where, hasWorked }: Circumstances): MailhaulError {
  const { code, message, reason, thrown } = failure
  const unreached = hasWorked ? 'now' : 'later'
  switch (code) {
    case 'ENOTFOUND':
      return error('dns', 'host', unreached, `There is no host ${where}.`, 'Check the spelling of host.', thrown)
    case 'EAI_AGAIN':
      return error('dns', 'host', 'now', `The name of ${where} could not be looked up.`, 'Check the network.', thrown)
    case 'ECONNREFUSED':
      return error('connect', 'host', unreached, `Nobody answers at ${where}.`, 'Check host and port.', thrown)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return error('connect', 'host', 'now', `There is no way to ${where}.`, 'Check the network.', thrown)
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return error(
        'timeout',
        'host',
        'now',
        `No connection to ${where} in time.`,
        'Check host, port, firewall.',
        thrown,
      )
    case 'GREETING_TIMEOUT':
      return error(
        'timeout',
        'host',
        'now',
        `No greeting from ${where}.`,
        'Check port and tls: 993 is implicit.',
        thrown,
      )
    case 'UPGRADE_TIMEOUT':
    case 'ETIMEOUT':
      return error('timeout', 'pair', 'now', `The IMAP server ${where} fell silent.`, 'Check the network.', thrown)
    case 'NoConnection':
    case 'EConnectionClosed':
    case 'StateLogout':
    case 'ClosedAfterConnectText':
    case 'ClosedAfterConnectTLS':
    case 'ECONNRESET':
    case 'EPIPE':
      return disconnected(where, reason || undefined, thrown)
  }
  const said = `The conversation with ${where} failed: ${escaped(message)}.`
  return error('protocol', 'pair', 'later', said, 'Run again with --verbose for details.', thrown)
}

function error(
  code: ErrorCode,
  scope: Scope,
  retry: Retry,
  message: string,
  hint?: string,
  cause?: unknown,
): MailhaulError {
  return new MailhaulError({ code, scope, retry, message, ...(hint ? { hint } : {}), ...(cause ? { cause } : {}) })
}
