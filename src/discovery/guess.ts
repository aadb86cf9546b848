// A server that may be the right one for an address, and where that is known from.

/** Which of the two protocols a server is to speak. */
export type Protocol = 'pop3' | 'imap'

/** A server, how to log in there, and why it is thought to be the right one. */
export interface Guess {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls'
  /** Name to log in with. */
  readonly user: string
  /** Where it is known from, as the end of "found by …". */
  readonly origin: string
  /**
   * Whether somebody who can forge DNS answers could have named it: the name lies outside the domain of the address, and
   * nothing with a certificate vouches for it. Then no password goes there before its owner has seen the name.
   */
  readonly isForgeable: boolean
  /** What the origin says of logging in: `oauth` where it names nothing else. */
  readonly signIn: 'password' | 'oauth'
}

/** Ports with TLS from the first byte. */
export const tlsPorts = { pop3: 995, imap: 993 } as const

/** Whether a name is the domain or lies below it. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})+$`)

/** A host name as others give it, in lower case and without the final dot; undefined where it is none. */
export function cleanHost(text: string): string | undefined {
  const name = text.trim().toLowerCase().replace(/\.$/, '')
  return hostName.test(name) ? name : undefined
}
