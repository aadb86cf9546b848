// What an IMAP destination is made from.
import type { SecureVersion } from 'node:tls'
import type { Logins } from '../../core/logins.ts'
import type { Clock } from '../../core/ports.ts'
import type { AskToken } from '../../core/token.ts'

/** Who logs in, and with what; the secret is asked for at every login, so that a token can be renewed. */
export type Credentials = (
  | { readonly kind: 'password'; readonly user: string; readonly password: () => Promise<string> }
  | { readonly kind: 'token'; readonly user: string; readonly token: AskToken }
) & {
  /** The command that signs in, where there is one: what people are told to run. */
  readonly signIn?: string
}

/** How long anything may take, in milliseconds; and what is too slow, in octets per second. */
export interface Deadlines {
  /** Name, TCP and, where it is implicit, TLS. */
  readonly connect: number
  readonly greeting: number
  /** Silence while a command is being answered. */
  readonly command: number
  /** One errand on the control connection from its first command to its last answer, however much is talked. */
  readonly errand: number
  /** The tagged answer to an append (quirk B02), besides what its size allows for. */
  readonly append: number
  /** Octets per second that an upload must reach on average once `append` is used up: what its size allows for. */
  readonly slowestUpload: number
  /** An upload connection without work is closed, and opened again when there is some. */
  readonly idle: number
  /** Saying goodbye. */
  readonly logout: number
}

/** The deadlines unless told otherwise. */
export const defaultDeadlines: Deadlines = {
  connect: 30_000,
  greeting: 60_000,
  command: 300_000,
  errand: 3_600_000,
  append: 600_000,
  slowestUpload: 8 * 1024,
  idle: 120_000,
  logout: 3_000,
}

/** What to expect of the server's certificate. Chain and name are checked in any case. */
export interface TlsOptions {
  /** Certificate authorities in PEM, trusted besides the usual ones. */
  readonly ca?: readonly string[] | undefined
  /** SHA-256 of the public key (SPKI) in lower-case hex: where there are any, one must fit. */
  readonly fingerprints?: readonly string[] | undefined
  /** Default: TLSv1.2. */
  readonly minVersion?: SecureVersion | undefined
  /** The name in the certificate, where it is not the host. */
  readonly servername?: string | undefined
}

/** An account, the way to it, and how hard it may be used. */
export interface ImapDestinationOptions {
  readonly host: string
  readonly port: number
  /** TLS from the first byte, after STARTTLS (required, never opportunistic), or not at all. */
  readonly tls: 'implicit' | 'starttls' | 'none'
  /** Allows `tls: 'none'` beyond this machine. */
  readonly allowPlaintext?: boolean | undefined
  readonly tlsOptions?: TlsOptions | undefined
  readonly credentials: Credentials
  /** Upload connections; `auto` opens more while that makes it faster. */
  readonly connections: 'auto' | number
  /** One command at a time on one connection; what follows a message that was not stored is held back. */
  readonly keepsOrder?: boolean | undefined
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly deadlines?: Partial<Deadlines> | undefined
  /**
   * A login that was refused in this run is never tried again: the account might be locked (quirk E17). Shared by the
   * pairs of a run, which may feed one account.
   */
  readonly logins?: Logins | undefined
  /** Octets a server may say in one errand, messages that are read back not counted: 64 MiB unless told. */
  readonly largestAnswer?: number | undefined
  /** Takes the conversation line by line: no secrets, no message bytes. */
  readonly trace?: ((line: string) => void) | undefined
}
