// Everything the POP3 test server can do wrong, as one table that a test sets at the start or changes while it runs.

import type { Chunking } from './chunking.ts'
import type { Gate } from './gate.ts'
import type { Ending } from './line-socket.ts'
import type { MaildropMessage } from './maildrop.ts'
import type { RetrieveFault } from './pop3-retrieve-faults.ts'

/** An absent entry means: behave. Identifiers name the quirk being played. */
export type Pop3Faults = {
  /** A14. `error`: `-ERR [SYS/TEMP]`; a text replaces the whole greeting, line end included. */
  greeting?: 'error' | 'silent' | 'drop' | { readonly raw: string }
  /** A01. */
  capa?: 'error' | 'silent' | 'drop'
  /** A02: capability lists to show instead of the real ones, before TLS, after TLS and after login. */
  capabilities?: Partial<Record<CapabilityPhase, readonly string[]>>
  /** A03: everything received together with a command is thrown away. */
  pipelining?: 'discards-rest-of-input'
  /** A04: drops the connection when so many bytes wait behind the command being answered. */
  inputLimit?: number
  /** A05, A07, A08, A15. */
  login?: LoginFault
  /** A10, A11. */
  sasl?: SaslFault
  /** A13. `inject`: bytes in clear behind the `+OK`. */
  stls?: 'missing' | 'error' | 'silent' | 'drop' | { readonly inject: string }
  /** A16 to A24, A28. */
  uidl?: UidlFault
  /** A24, A25, A27, A28. */
  list?: ListFault
  /** A27, A28, and the drifting octets of GNU mailutils: what STAT says, given the truth and the STATs before it. */
  stat?: (truth: MaildropTotals, asked: number) => MaildropTotals
  /** A29 to A44, A57: what goes wrong with a message, given how often it was retrieved before. */
  retr?: RetrievePlan
  /** A45. `whole`: Stalwart's `TOP n 0`; a function replaces the message TOP is taken from. */
  top?: 'unsupported' | 'whole' | { readonly truncateAt: number } | ((bytes: Uint8Array) => Uint8Array)
  /** A49. `keeps`: `+OK`, and nothing is deleted; `deletes-silently`: deleted, but the answer never comes. */
  quit?: 'error' | 'silent' | 'drop' | 'keeps' | 'deletes-silently'
  /** A47, A50: a retrieved message is gone at once, or after QUIT. */
  consumes?: 'at-retr' | 'at-quit'
  /** A50: a retrieved message is shown to no later session, at once or after QUIT; it stays in the maildrop. */
  pops?: 'at-retr' | 'at-quit'
  /** A50, A53, A54: a session sees only so many messages. */
  window?: { readonly count: number; readonly of: 'oldest' | 'newest' }
  /** A38: messages with 8-bit headers come wrapped unless the client has sent UTF8 (RFC 6856 §2). */
  wrapsEightBit?: boolean
  /** A56: drops the connection instead of answering any more RETRs. */
  dropAfterRetrs?: number
  /** A56: drops the connection after so many milliseconds without traffic. */
  idleLimit?: number
  /** D11: answers this verb with a line, or a listing, without an end. */
  endless?: { readonly verb: string; readonly what: 'line' | 'listing' }
  /** A31. */
  chunking?: Chunking
  /** Holds the answers to a verb until the test opens the gate. */
  hold?: Readonly<Record<string, Gate>>
  /** The last resort: raw bytes, line ends included, as the answer to a command; undefined lets it be answered normally. */
  script?: (verb: string, argument: string) => string | Ending | 'silent' | undefined
}

/** Which of the three capability lists applies (RFC 2449 §5, RFC 2595 §4). */
export type CapabilityPhase = 'clear' | 'secure' | 'transaction'

/** A named refusal, a text of your own to answer PASS or AUTH with, a dropped connection, or no answer. */
export type LoginFault = keyof typeof loginRefusals | 'drop' | 'silent' | { readonly text: string }

/** What the refusals say. `user-refused` answers USER, the others PASS and AUTH. */
export const loginRefusals = {
  'wrong-password': '-ERR [AUTH] Authentication failed.',
  'wrong-password-without-code': '-ERR authentication failed',
  'user-refused': '-ERR unknown user',
  'in-use': '-ERR [IN-USE] Unable to lock maildrop',
  'locked-text': '-ERR mailbox already locked by another session, try again later',
  'login-delay': '-ERR [LOGIN-DELAY] Logins must be at least 2 minutes apart',
  temporary: '-ERR [SYS/TEMP] Could not open the mailbox, please try again',
  permanent: '-ERR [SYS/PERM] This account is closed',
} as const

/** `two-step-only` refuses an initial response (Microsoft), `initial-only` an exchange; `continuation` replaces the `+ `. */
export type SaslFault = {
  readonly xoauth2?: 'two-step-only' | 'initial-only'
  readonly continuation?: string
}

/** Count and octets, as STAT has them. */
export type MaildropTotals = { readonly count: number; readonly octets: number }

/** What goes wrong with one retrieval; `earlier` counts the RETRs of this message since the server started. */
export type RetrievePlan = (
  message: MaildropMessage,
  earlier: number,
) => RetrieveFault | readonly RetrieveFault[] | undefined

/** What goes wrong with LIST. */
export type ListFault = {
  /** The size claimed for a message. */
  readonly size?: (message: MaildropMessage) => number
  /** Messages that the listing leaves out although they are there. */
  readonly omits?: (message: MaildropMessage) => boolean
  /** A25: `LIST n` answers the size alone, or with the whole listing. */
  readonly argument?: 'size-only' | 'ignored'
}

/** What goes wrong with UIDL. */
export type UidlFault = {
  readonly unsupported?: boolean
  /** The line for a message, without its line end; undefined leaves it as it should be. See `uidlLines`. */
  readonly line?: UidlLine
  /** Put before every line, as `+OK ` (k9 issue 1237). */
  readonly prefix?: string
  readonly isShuffled?: boolean
  /** Every session has its own ids. */
  readonly isPerSession?: boolean
  readonly omits?: (message: MaildropMessage) => boolean
}

/** Writes a UIDL line. */
export type UidlLine = (position: number, uidl: string) => string | undefined

/** The malformed lines of A17, A18 and A22. */
export const uidlLines = {
  emptyId: (position) => `${position} `,
  missingId: (position) => `${position}`,
  duplicate: (position) => `${position} the-same-id`,
  overLong: (position, uidl) => `${position} ${uidl}${'x'.repeat(3000)}`,
  eightBit: (position, uidl) => `${position} ${uidl}\xe9\xff`,
  severalSpaces: (position, uidl) => `${position}   ${uidl}`,
  withSpaces: (position, uidl) => `${position} ${uidl} and more`,
  withNul: (position, uidl) => `${position} ${uidl}\0/../${position}`,
} satisfies Record<string, UidlLine>
