// Opens authenticated IMAP connections through imapflow, and translates everything that can go wrong on the way.
import { createHash } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import type { ImapFlow, ImapFlowOptions } from 'imapflow'
import { interrupted, MailhaulError } from '../../core/errors.ts'
import { Logins } from '../../core/logins.ts'
import type { TlsFacts } from '../../core/ports.ts'
import { within } from './deadline.ts'
import { type Circumstances, timedOut, translated } from './errors.ts'
import { type Deadlines, defaultDeadlines, type ImapDestinationOptions } from './options.ts'
import { refuseUnwantedPlaintext, tlsFactsOf, tlsSettings } from './tls.ts'
import { tracingLogger } from './trace.ts'

/** A connection that is logged in. Whoever opened it closes it. */
export interface Opened {
  readonly client: ImapFlow
  readonly tls: TlsFacts | undefined
  /** What broke the connection, where something did: commands only say that it is gone. */
  readonly broken: () => unknown
}

// Nothing this program fetches comes near: messages are read in small parts (digests.ts).
const longestLiteral = 8 * 1024 * 1024
const longestLine = 4 * 1024 * 1024

/** Opens connections to one account. */
export class Connector {
  readonly deadlines: Deadlines
  /** Octets a server may say in one errand. */
  readonly largestAnswer: number
  readonly clock: ImapDestinationOptions['clock']
  readonly #options: ImapDestinationOptions
  #hasWorked = false
  readonly #logins: Logins

  constructor(options: ImapDestinationOptions) {
    this.#options = options
    this.#logins = options.logins ?? new Logins(options.clock)
    this.clock = options.clock
    this.largestAnswer = options.largestAnswer ?? 64 * 1024 * 1024
    this.deadlines = { ...defaultDeadlines, ...options.deadlines }
  }

  /** Where errors say they happened. */
  get circumstances(): Circumstances {
    const { host, port, credentials } = this.#options
    return {
      where: `${host}:${port}`,
      hasWorked: this.#hasWorked,
      login: { host, way: credentials.kind, signIn: credentials.signIn },
    }
  }

  /**
   * Connects and logs in; where a token is refused, once more with another one, and no third time (quirk D15). Errors:
   * connect, dns, tls, auth, secret, temporary, timeout, throttled, protocol, unsupported, interrupted.
   */
  async open(signal: AbortSignal): Promise<Opened> {
    refuseUnwantedPlaintext(this.#options)
    if (signal.aborted) throw interrupted()
    const { credentials } = this.#options
    const { user } = credentials
    if (credentials.kind === 'password') return this.#openWith({ user, pass: await credentials.password() }, signal)
    const token = await credentials.token()
    try {
      return await this.#openWith({ user, accessToken: token }, signal)
    } catch (thrown) {
      if (!(thrown instanceof MailhaulError) || thrown.code !== 'auth') throw thrown
      const next = await credentials.token(token)
      if (next === token) throw thrown
      return this.#openWith({ user, accessToken: next }, signal)
    }
  }

  async #openWith(auth: NonNullable<ImapFlowOptions['auth']>, signal: AbortSignal): Promise<Opened> {
    const manners = { signal, hasWorked: this.#hasWorked }
    return this.#logins.attempt(this.#nameOf(auth), manners, () => this.#openNow(auth, signal))
  }

  async #openNow(auth: NonNullable<ImapFlowOptions['auth']>, signal: AbortSignal): Promise<Opened> {
    let certificate: PeerCertificate | undefined
    const options = this.#clientOptions(auth, (seen) => {
      certificate = seen
    })
    // A run that finds nothing new never comes here, and is spared a quarter of its time.
    const { ImapFlow } = await import('imapflow')
    const client = new ImapFlow(options)
    // Without a listener, an error between two commands would end the process (quirk B32).
    let broken: unknown
    client.on('error', (error) => {
      broken = error
    })
    await this.#connect(client, signal)
    this.#hasWorked = true
    const tls = client.tls && certificate ? tlsFactsOf(client.tls, certificate) : undefined
    return { client, tls, broken: () => broken }
  }

  async #connect(client: ImapFlow, signal: AbortSignal): Promise<void> {
    const { connect, greeting, command } = this.deadlines
    const { where } = this.circumstances
    const milliseconds = connect + greeting + command
    const overdue = () => timedOut(where, 'did not finish the login in time')
    try {
      await within({ clock: this.clock, signal, milliseconds, overdue, close: () => client.close() }, () =>
        client.connect(),
      )
    } catch (thrown) {
      client.close()
      throw translated(thrown, this.circumstances)
    }
    // A PREAUTH greeting has no OK text: it would spare the login, and with it the proof of whose account this is (B36).
    if (client.greeting !== undefined) return
    client.close()
    throw preauthenticated(where)
  }

  /** Names a login by account and secret, without telling them. */
  #nameOf({ user, pass, accessToken = '' }: NonNullable<ImapFlowOptions['auth']>): string {
    const { host, port } = this.#options
    const secret = pass ?? accessToken
    return createHash('sha256')
      .update(JSON.stringify([host.toLowerCase(), port, user, secret]))
      .digest('hex')
  }

  #clientOptions(
    auth: NonNullable<ImapFlowOptions['auth']>,
    seen: (certificate: PeerCertificate) => void,
  ): ImapFlowOptions {
    const { host, port, tls, tlsOptions = {}, trace } = this.#options
    const { connect, greeting, command } = this.deadlines
    return {
      ...{ host, port, auth, secure: tls === 'implicit', doSTARTTLS: tls === 'starttls' },
      ...(tlsOptions.servername ? { servername: tlsOptions.servername } : {}),
      tls: tlsSettings(tlsOptions, seen),
      clientInfo: { name: 'mailhaul', version: false, vendor: false, 'support-url': false },
      ...{ disableBinary: true, disableCompression: true, disableAutoIdle: true },
      // ENABLE would turn UTF8=ACCEPT on, and with it other rules for names and messages (quirk B34).
      ...{ disableAutoEnable: true, disableIMAP4rev2: true },
      ...{ connectionTimeout: connect, greetingTimeout: greeting, socketTimeout: command },
      ...{ maxLiteralSize: longestLiteral, maxResponseSize: 2 * longestLiteral, maxLineLength: longestLine },
      logger: trace ? tracingLogger(trace) : false,
    }
  }
}

function preauthenticated(where: string): MailhaulError {
  return new MailhaulError({
    code: 'protocol',
    scope: 'pair',
    retry: 'never',
    message: `The IMAP server ${where} skips the login, so nobody knows whose mailbox it would be.`,
    hint: 'Somebody on the way may be tampering; if the server is meant to do this, ask for an account with a login.',
  })
}
