// Where everything that goes wrong at a POP3 server becomes a MailhaulError: one clear sentence and a hint each.
import { type ErrorParts, interrupted, MailhaulError, type Retry } from '../../core/errors.ts'
import { formatDuration } from '../../core/format.ts'
import { escapeText } from '../../core/printable.ts'
import { signInAdvice, type WayIn, withSignIn } from '../../core/sign-in-advice.ts'
import type { Status } from './status.ts'

/** Server text as people may read it: escaped, at most 200 characters. */
export function printable(text: string): string {
  return escapeText(text, 200)
}

/** The error of an operation whose signal was aborted: the reason given, where it is one of ours. */
export function abortedBy(signal: AbortSignal): MailhaulError {
  return signal.reason instanceof MailhaulError ? signal.reason : interrupted()
}

/** Bytes that are no POP3, or an answer that nobody asked for: the session cannot be trusted any more. */
export function protocolViolation(message: string, hint?: string): MailhaulError {
  return failure({ code: 'protocol', message, ...(hint === undefined ? {} : { hint }) })
}

/** The connection ended, with what the server said last if it said anything. */
export function disconnected(saying?: string, cause?: unknown): MailhaulError {
  const message = saying ? `The server ended the session: ${saying}` : 'The server closed the connection.'
  return failure({ code: 'disconnected', message, cause })
}

/** The session is lost and could not be taken up again; another pass can. */
export function sessionLost(message: string, cause?: unknown): MailhaulError {
  return failure({ code: 'disconnected', message, cause })
}

/** A wait went on for too long; `message` says for what. */
export function timedOut(
  message: string,
  hint = 'The server may be overloaded, or the network may drop idle connections.',
): MailhaulError {
  return failure({ code: 'timeout', message, hint })
}

/** A negative answer to a command that the session cannot go on without. */
export function commandRefused(command: string, status: Status): MailhaulError {
  const known = temporaryCode(status)
  if (known !== undefined) return known
  const message = `The server refused ${command}: ${saidBy(status)}`
  return failure({ code: 'protocol', retry: 'later', message })
}

/** A negative greeting: the server is there but does not want us now. */
export function greetingRefused(status: Status): MailhaulError {
  const message = `The server is not available: ${saidBy(status)}`
  return temporaryCode(status) ?? temporaryText(status) ?? failure({ code: 'temporary', message })
}

/**
 * A negative answer to a login. Only [AUTH] (RFC 3206) is certain; without a code, locks and delays are told from wrong
 * passwords by their words, as every client before us had to.
 */
export function loginRefused(user: string, said: string, status: Status): MailhaulError {
  const known = temporaryCode(status)
  if (known !== undefined) return known
  const certain = status.code === 'AUTH' || status.code === 'SYS/PERM'
  if (!certain) {
    const guessed = temporaryText(status)
    if (guessed !== undefined) return guessed
  }
  return failure({
    code: 'auth',
    retry: certain ? 'never' : 'later',
    message: `The server refused the login of ${printable(user)}: ${said}`,
    hint: 'Check the user name and password; some providers want an app password, or POP3 to be switched on.',
  })
}

/** The same with what is known to help, for a provider or for the words it used. */
export function withAdvice(
  error: MailhaulError,
  host: string,
  login: { readonly kind: WayIn; readonly signIn?: string },
): MailhaulError {
  const advice = error.code === 'auth' ? signInAdvice(error.message, login.kind, host) : undefined
  if (advice === undefined) return error
  const { code, scope, retry, message, end, cause } = error
  return new MailhaulError({ code, scope, retry, message, hint: withSignIn(advice, login.signIn), end, cause })
}

/** The server hung up right after the password instead of answering (quirk A07). */
export function hungUpAtLogin(cause: MailhaulError): MailhaulError {
  return failure({
    code: 'login-delayed',
    retry: 'later',
    message: 'The server closed the connection right after the login instead of answering.',
    hint: 'Some servers do this when logins follow too soon upon each other: wait a few minutes.',
    cause,
  })
}

/** What is wrong with the configuration or the server's offer, so that no login was tried. */
export function loginImpossible(code: 'auth' | 'tls' | 'unsupported' | 'secret', message: string, hint: string) {
  return failure({ code, retry: 'never', message, hint })
}

/** A message that the server does not give out, or not in one piece; the others are not touched by it. */
export function messageFailed(code: ErrorParts['code'], message: string, hint?: string): MailhaulError {
  return failure({ code, scope: 'message', retry: 'later', message, ...(hint === undefined ? {} : { hint }) })
}

/** A maildrop that claims more messages than are listed: all of a listing is held in memory at once. */
export function tooManyMessages(count: number, most: number): MailhaulError {
  return failure({
    code: 'unsupported',
    retry: 'never',
    message: `The maildrop claims to hold ${count} messages: more than ${most} are not listed.`,
    hint: 'If it really does, move some of them to another maildrop; if not, ask its operator.',
  })
}

/** An `error` event of a socket that was connected already. */
export function connectionBroken(error: Error): MailhaulError {
  const code = systemCode(error)
  if (code === 'ETIMEDOUT') return failure({ code: 'timeout', message: 'The connection timed out.', cause: error })
  return failure({ code: 'disconnected', message: `The connection broke: ${code ?? error.message}.`, cause: error })
}

/** A connection that could not be made. */
export function connectFailed(host: string, port: number, error: Error): MailhaulError {
  const place = `${printable(host)}:${port}`
  const code = systemCode(error)
  const parts = { scope: 'host', cause: error } as const
  switch (code) {
    case 'ENOTFOUND':
      return failure({
        ...parts,
        code: 'dns',
        retry: 'later',
        message: `Host not found: ${printable(host)}.`,
        hint: 'Check the spelling of source.host.',
      })
    case 'EAI_AGAIN':
      return failure({
        ...parts,
        code: 'dns',
        message: `The name ${printable(host)} cannot be looked up now.`,
        hint: 'Check the network and the name servers.',
      })
    case 'ECONNREFUSED':
      return failure({
        ...parts,
        code: 'connect',
        message: `Nothing answers at ${place} (connection refused).`,
        hint: 'Check source.host, source.port and that POP3 is switched on: 995 is usual with TLS, 110 without.',
      })
    case 'ETIMEDOUT':
      return connectTimedOut(host, port)
    default:
      return failure({ ...parts, code: 'connect', message: `Cannot connect to ${place}: ${code ?? error.message}.` })
  }
}

/** A connection that was not made in time. */
export function connectTimedOut(host: string, port: number): MailhaulError {
  return failure({
    code: 'timeout',
    scope: 'host',
    message: `No connection to ${printable(host)}:${port} in time.`,
    hint: 'A firewall may drop packets to this port: check source.host and source.port.',
  })
}

/** The system's code of an error; where several addresses were tried, that of the last one. */
export function systemCode(error: Error): string | undefined {
  if (error instanceof AggregateError && error.errors.at(-1) instanceof Error) return systemCode(error.errors.at(-1))
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What a negative answer said, or that it said nothing. */
export function saidBy(status: Status): string {
  return printable(status.text) || '(no reason given)'
}

function temporaryCode(status: Status): MailhaulError | undefined {
  const said = saidBy(status)
  switch (status.code) {
    case 'IN-USE':
      return inUse(said)
    case 'LOGIN-DELAY':
      return loginDelayed(said)
    case 'SYS/TEMP':
      return failure({ code: 'temporary', message: `The server has a passing problem: ${said}` })
    default:
      return undefined
  }
}

function temporaryText(status: Status): MailhaulError | undefined {
  const said = saidBy(status)
  if (/(account|user|login).*(locked|blocked|disabled)/i.test(said)) return undefined
  if (/too (often|frequent|soon)|at least \d+ (second|minute)|login delay/i.test(said)) return loginDelayed(said)
  if (/\b(un)?lock(ed)?\b|in use|\bbusy\b|another (session|client|process|pop)|already (open|logged)/i.test(said)) {
    return inUse(said)
  }
  if (/temporar|try (again|later)|unavailable|too many|overload|\bwait\b/i.test(said)) {
    return failure({ code: 'temporary', message: `The server has a passing problem: ${said}` })
  }
  return undefined
}

function inUse(said: string): MailhaulError {
  return failure({
    code: 'in-use',
    message: `The maildrop is in use by another session: ${said}`,
    hint: 'Another mail program may be reading it; a session that broke off can hold it for some minutes.',
  })
}

function loginDelayed(said: string): MailhaulError {
  return failure({
    code: 'login-delayed',
    retry: 'later',
    message: `The server wants more time between two logins: ${said}`,
    hint: 'Run less often.',
  })
}

/** A refusal after which it is known how long to wait, in milliseconds. */
export function waitingFor(error: MailhaulError, retryAfter: number): MailhaulError {
  const { code, scope, message, hint = 'Run less often.' } = error
  return new MailhaulError({ code, scope, retry: 'now', message, hint, retryAfter, end: 'source', cause: error.cause })
}

/** A login that the server would refuse, so it is not tried; `rest` in milliseconds. */
export function loginTooSoon(rest: number): MailhaulError {
  return failure({
    code: 'login-delayed',
    retryAfter: rest,
    message: `The server wants more time between two logins: ${formatDuration(rest)} are left.`,
    hint: 'Run less often.',
  })
}

function failure(parts: Partial<ErrorParts> & Pick<ErrorParts, 'code' | 'message'>): MailhaulError {
  const usual: { scope: 'pair'; retry: Retry; end: 'source' } = { scope: 'pair', retry: 'now', end: 'source' }
  return new MailhaulError({ ...usual, ...parts })
}
