// What a POP3 user owns on the test server: credentials and messages, changeable while sessions are running.

/** One message of a maildrop; a session refers to it by identity, so the same bytes may be there twice. */
export type MaildropMessage = {
  /** Sent as latin1, so that every byte can occur. */
  readonly uidl: string
  readonly bytes: Uint8Array
  /** What LIST and STAT claim, where that differs from the octets sent (A27). */
  readonly size?: number
}

/** How a maildrop is set up. */
export type MaildropOptions = {
  readonly user: string
  readonly password: string
  /** Accepted as a bearer token by XOAUTH2 and OAUTHBEARER. */
  readonly token?: string
  readonly messages?: readonly MaildropMessage[]
}

/** A user's maildrop; its list of messages is replaced, never changed. A session works on the messages that were here when it logged in. */
export class Maildrop {
  readonly user: string
  password: string
  token: string | undefined
  /** How many sessions have it open. */
  sessions = 0
  /** May be replaced by a test, in any order (A26). */
  messages: readonly MaildropMessage[] = []
  /** Here, but shown to no session any more (A50). */
  readonly popped = new Set<MaildropMessage>()

  constructor(options: MaildropOptions) {
    this.user = options.user
    this.password = options.password
    this.token = options.token
    this.add(...(options.messages ?? []))
  }

  add(...messages: readonly MaildropMessage[]): void {
    this.messages = [...this.messages, ...messages.map((message) => ({ ...message }))]
  }

  /** Removes one message as another client would; later sessions do not see it. */
  remove(uidl: string): void {
    const gone = this.messages.find((message) => message.uidl === uidl)
    if (!gone) throw new Error(`no message with UIDL ${uidl}`)
    this.expunge(new Set([gone]))
  }

  /** Removes exactly these messages, as QUIT does. */
  expunge(gone: ReadonlySet<MaildropMessage>): void {
    this.messages = this.messages.filter((message) => !gone.has(message))
  }

  /** Gives every message another UIDL, as a lost UIDL database does (A20). */
  renumber(
    uidlOf: (position: number, old: string) => string = (position, old) => `renumbered-${position}-${old}`,
  ): void {
    this.messages = this.messages.map((message, index) => ({ ...message, uidl: uidlOf(index + 1, message.uidl) }))
  }
}

/** Octets of the message as RETR sends it, before dot-stuffing: a missing final CRLF is added (A34). */
export function octetsOf(message: MaildropMessage): number {
  if (message.size !== undefined) return message.size
  const { length } = message.bytes
  return length === 0 || endsWithCrlf(message.bytes) ? length : length + 2
}

/** Whether the bytes end in a line end. */
export function endsWithCrlf(bytes: Uint8Array): boolean {
  return bytes.at(-1) === 0x0a && bytes.at(-2) === 0x0d
}
