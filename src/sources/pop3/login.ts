// From nothing to a session in transaction state: connect, greeting, CAPA, STLS, login, CAPA again (RFC 1939 §4).
import { asMailhaulError, type MailhaulError } from '../../core/errors.ts'
import { shortHash } from '../../core/fingerprint.ts'
import type { Logins } from '../../core/logins.ts'
import type { Clock, Habits } from '../../core/ports.ts'
import { askCapabilities, type Capabilities } from './capabilities.ts'
import { Connection } from './connection.ts'
import { type Deadlines, within } from './deadlines.ts'
import { dial, type Endpoint } from './dial.ts'
import { connectTimedOut, greetingRefused, loginImpossible, timedOut, waitingFor, withAdvice } from './errors.ts'
import { LoginDelays } from './login-delay.ts'
import { authenticate, type Credentials } from './sasl.ts'
import { secure } from './tls.ts'

/** Everything a login needs. */
export interface LoginOptions extends Endpoint {
  readonly credentials: Credentials
  /** Lets the password travel unencrypted beyond this machine. */
  readonly allowPlaintext: boolean
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly trace: ((line: string) => void) | undefined
  readonly habits: Habits
  /** Shared by all that may log in to the same maildrop. */
  readonly logins: Logins
  /** Whether this source has got in before. */
  readonly progress: { hasLoggedIn: boolean }
}

/** A connection that is logged in. */
export interface Login {
  readonly connection: Connection
  /** As of after the login; undefined where the server knows no CAPA, so that everything may be tried. */
  readonly capabilities: Capabilities | undefined
  /** Whether messages with UTF-8 headers come as they are (RFC 6856); undefined where the server has no such mode. */
  readonly utf8: boolean | undefined
}

/** Logs in. Errors: connect, dns, tls, auth, in-use, login-delayed, temporary, timeout, protocol, disconnected. */
export async function logIn(options: LoginOptions, signal: AbortSignal): Promise<Login> {
  const { habits, clock, progress } = options
  const delays = new LoginDelays(habits, clock, accountOf(options))
  delays.hold()
  try {
    const login = await openRenewing(options, delays, signal)
    progress.hasLoggedIn = true
    return login
  } catch (thrown) {
    const error = withAdvice(asMailhaulError(thrown), options.host, options.credentials)
    const delay =
      error.code === 'login-delayed' && error.retryAfter === undefined ? delays.learn(error.message) : undefined
    throw delay === undefined ? error : waitingFor(error, delay)
  }
}

/**
 * With a token, which is asked for before anything is connected: no server waits for its provider. Where it is refused,
 * one more login with another one, and no third (quirk D15).
 */
async function openRenewing(options: LoginOptions, delays: LoginDelays, signal: AbortSignal): Promise<Login> {
  const { credentials } = options
  if (credentials.kind === 'password') {
    const secret = await credentials.password()
    return openInTurn(options, secret, delays, signal)
  }
  const { user } = credentials
  const openWith = (token: string) => {
    const given = { kind: 'token', user, token: async () => token } as const
    return openInTurn({ ...options, credentials: given }, token, delays, signal)
  }
  const token = await credentials.token()
  try {
    return await openWith(token)
  } catch (thrown) {
    const error = asMailhaulError(thrown)
    const next = error.code === 'auth' ? await credentials.token(token) : token
    if (next === token) throw error
    return openWith(next)
  }
}

/** Other pairs may be logging in to the same maildrop: with what is refused now, and with what the server wants between two. */
function openInTurn(options: LoginOptions, secret: string, delays: LoginDelays, signal: AbortSignal): Promise<Login> {
  const { logins, progress } = options
  const name = shortHash(JSON.stringify([accountOf(options), options.port, secret]))
  const manners = { signal, hasWorked: progress.hasLoggedIn, isOneByOne: delays.isMinded }
  return logins.attempt(name, manners, async () => {
    delays.hold()
    const login = await open(options, signal)
    delays.note(login.capabilities)
    return login
  })
}

function accountOf({ host, credentials }: LoginOptions): string {
  return shortHash(`${host.toLowerCase()}\n${credentials.user}`)
}

async function open(options: LoginOptions, signal: AbortSignal): Promise<Login> {
  const hasCapa = options.habits.get('capa') !== 'none'
  const first = await greeted(options, signal)
  if (!hasCapa) return proceed(first, undefined, options, signal)
  const answer = await firstCapabilities(first, options, signal)
  if (answer !== 'lost') return proceed(first, answer, options, signal)
  // CAPA was met with silence or a hang-up (quirk A01): once more without, and remember it if that works.
  const login = await proceed(await greeted(options, signal), undefined, options, signal)
  options.habits.set('capa', 'none')
  return login
}

/** What it takes to talk to a server before anybody logs in. */
type Reaching = Pick<LoginOptions, 'host' | 'port' | 'tls' | 'tlsOptions' | 'clock' | 'deadlines' | 'trace'>

/** A connection whose server has greeted. Errors: those of `logIn` up to there. */
export async function greeted(options: Reaching, signal: AbortSignal): Promise<Connection> {
  const { host, port, clock, deadlines } = options
  const tooLate = () => connectTimedOut(host, port)
  const socket = await within(clock, deadlines.connect, signal, tooLate, (limit) => dial(options, limit))
  const connection = new Connection(socket, options)
  const isTlsPort = options.tls !== 'implicit' && port === 995
  const hint = isTlsPort ? 'Port 995 usually wants TLS from the first byte: use tls: implicit.' : undefined
  const silent = () => timedOut('The server did not greet.', hint)
  const status = await within(clock, deadlines.greeting, signal, silent, (limit) =>
    connection.during(limit, () => connection.greeting()),
  ).catch((thrown: unknown) => {
    connection.close()
    throw thrown
  })
  if (status.kind === 'ok') return connection
  connection.close()
  throw greetingRefused(status)
}

async function firstCapabilities(connection: Connection, options: LoginOptions, signal: AbortSignal) {
  const silent = () => timedOut('The server did not answer CAPA.')
  const step = (limit: AbortSignal) => connection.during(limit, () => askCapabilities(connection))
  return within(options.clock, options.deadlines.probe, signal, silent, step).catch((error: MailhaulError) => {
    if (!signal.aborted && (error.code === 'timeout' || error.code === 'disconnected')) return 'lost' as const
    connection.close()
    throw error
  })
}

async function proceed(
  connection: Connection,
  capabilities: Capabilities | undefined,
  options: LoginOptions,
  signal: AbortSignal,
): Promise<Login> {
  try {
    return await connection.during(signal, async () => {
      const offered =
        options.tls === 'starttls' ? await startTls(connection, capabilities, options, signal) : capabilities
      refuseCleartext(connection, options)
      const early = offered?.has('UTF8') ? await setUtf8(connection) : undefined
      await authenticate(connection, offered, options.credentials)
      const final = capabilities && ((await askCapabilities(connection)) ?? offered)
      // AUTHORIZATION is the state RFC 6856 §2 gives to UTF8, but some servers listen to it later only.
      const utf8 = early !== true && final?.has('UTF8') ? await setUtf8(connection) : early
      connection.keepAlive()
      return { connection, capabilities: final, utf8 }
    })
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

/** STLS (RFC 2595 §4), required. Returns what the server offers under TLS; what it said before counts for nothing. */
export async function startTls(
  connection: Connection,
  capabilities: Capabilities | undefined,
  options: Reaching,
  signal: AbortSignal,
): Promise<Capabilities | undefined> {
  const { host, clock, deadlines, tlsOptions } = options
  if (capabilities !== undefined && !capabilities.has('STLS')) throw notOffered('does not offer it')
  const status = await connection.ask('STLS')
  if (status.kind !== 'ok') throw notOffered(`refused it: ${connection.trace.said(status)}`)
  // A byte behind the +OK was not sent by the server we are about to verify (CVE-2021-39272 and its family).
  if (connection.failure !== undefined) throw injected(connection.failure)
  const tooLate = () => timedOut('The TLS handshake did not come to an end.')
  await within(clock, deadlines.connect, signal, tooLate, (limit) =>
    connection.upgrade((socket) => secure(socket, host, tlsOptions, limit)),
  )
  return capabilities === undefined ? undefined : askCapabilities(connection)
}

function refuseCleartext(connection: Connection, { tls, allowPlaintext }: LoginOptions): void {
  if (tls !== 'none' || allowPlaintext || connection.isLoopback) return
  throw loginImpossible(
    'tls',
    'Without TLS the password could be read on the way, so it was not sent.',
    'Use tls: implicit or starttls, or add allowPlaintext: true if you accept that.',
  )
}

async function setUtf8(connection: Connection): Promise<boolean> {
  return (await connection.ask('UTF8')).kind === 'ok'
}

function notOffered(how: string): MailhaulError {
  return loginImpossible(
    'tls',
    `TLS is required, but the server ${how}. Nothing was sent.`,
    'Try tls: implicit (port 995). If STLS worked before, somebody on the way may be removing it.',
  )
}

function injected(cause: MailhaulError): MailhaulError {
  return loginImpossible(
    'tls',
    'Unencrypted bytes came between STLS and the TLS handshake: somebody may be tampering. Nothing was sent.',
    `${cause.message} Use tls: implicit, which leaves no room for this.`,
  )
}
