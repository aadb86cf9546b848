// Everything the IMAP test server can do wrong, as one table that a test sets at the start or changes while it runs.

import type { Chunking } from './chunking.ts'
import type { Gate } from './gate.ts'
import type { Ending } from './line-socket.ts'
import { splitMessage } from './mailbox-store.ts'

/** An absent entry means: behave. Identifiers name the quirk being played. */
export type ImapFaults = {
  /** B36 (`preauth`: logged in as the first user); a text replaces the greeting, line end included. */
  greeting?: 'silent' | 'drop' | 'bye' | 'preauth' | { readonly raw: string }
  /** B36. `inject`: bytes in clear behind the tagged OK. */
  starttls?: 'missing' | 'refused' | 'silent' | { readonly inject: string }
  /** A text of your own is the answer to LOGIN and AUTHENTICATE, without its tag. */
  login?: keyof typeof imapLoginRefusals | 'drop' | { readonly text: string }
  /** B30: more connections than this are turned away with BYE, or with NO at login. */
  connectionLimit?: { readonly max: number; readonly answer: 'bye' | 'no' }
  /** B35: every folder is selected read-only and takes no message. */
  isReadOnly?: boolean
  /** B07, B08: the answer to every CREATE, without its tag. */
  create?: string
  /** B24: flags other than these are dropped without a word. */
  permanentFlags?: readonly string[]
  /** B20: a folder shows only its newest messages when it is selected. */
  visible?: number
  /** B01, B02, B06, B09: what goes wrong with a message on its way in. */
  append?: AppendPlan
  /** B10 to B12, B22, B29: the answer, without its tag, to an APPEND with these bytes in it. */
  refuse?: (bytes: Buffer, message: AppendedMessage) => string | undefined
  /** D12: of what is appended only the SHA-256 is kept, as 64 hexadecimal digits in place of the message. */
  keepsDigests?: boolean
  /** B14, B15, B17: what is stored in place of what was sent. */
  rewrite?: (bytes: Buffer) => Uint8Array
  /** B04, and a server that is simply wrong. */
  appendUid?: 'missing' | 'wrong'
  /** B03: a message of somebody else's, stored right before ours. */
  intruder?: (message: AppendedMessage) => Uint8Array | undefined
  /** B18: a message whose bytes are there already gets a UID and is thrown away. */
  discardsDuplicates?: boolean
  /**
   * B18, B19: folders are labels, as at Gmail. Every message lies in the \All folder once; one that is there already
   * only gets the label, and one that has the label already gets a UID and is thrown away.
   */
  hasLabels?: boolean
  /** B06: Cyrus hangs up on a non-synchronising literal over its limit, instead of reading it to the end. */
  oversizedLiteral?: 'disconnects'
  /** B31: BYE after so many milliseconds without traffic. */
  idleLimit?: number
  /** B32: answers cut into pieces. */
  chunking?: Chunking
  /** Holds the answers to a verb; `+` holds the continuation of a literal. APPEND is held after storing. */
  hold?: Readonly<Record<string, Gate>>
  /** The last resort: raw bytes as the answer to a command other than APPEND, `{tag}` standing for its tag. */
  script?: (verb: string, line: string) => string | Ending | 'silent' | undefined
}

/** What the refusals of a login say, without the tag. */
export const imapLoginRefusals = {
  'authentication-failed': 'NO [AUTHENTICATIONFAILED] Authentication failed.',
  unavailable: 'NO [UNAVAILABLE] Temporary authentication failure.',
  'without-code': 'NO Invalid credentials',
} as const

/** A message being appended, as far as it is known when its literal is announced. */
export type AppendedMessage = {
  readonly user: string
  readonly folder: string
  /** Octets announced. */
  readonly size: number
  /** Messages offered to the server since it started, this one included. */
  readonly index: number
  /** APPEND commands since the server started, this one included. */
  readonly command: number
  /** Position in its command, from 1. */
  readonly part: number
}

/** Decides per message; in a MULTIAPPEND the last fault planned holds for what happens behind the literals. */
export type AppendPlan = (message: AppendedMessage) => AppendFault | undefined

/** One thing wrong with an APPEND. */
export type AppendFault =
  /**
   * B01, F10: the connection ends inside the command, at a byte of the literal or around it. Nothing is stored. Having
   * read so far, the server stands at the gate first.
   */
  | {
      readonly kind: 'drop'
      readonly at: 'before-literal' | 'after-literal' | number
      readonly how?: Ending
      readonly gate?: Gate
    }
  /** B01, F9: everything is stored, but the tagged answer never comes. */
  | { readonly kind: 'drop-answer'; readonly how?: Ending }
  /** D19: `* BYE` in place of the answer. */
  | { readonly kind: 'bye'; readonly isStored: boolean; readonly text?: string }
  /** B02. */
  | { readonly kind: 'silent'; readonly isStored: boolean }
  /** The answer, without its tag; by default in place of the `+`, that is before the literal. */
  | { readonly kind: 'refuse'; readonly text: string; readonly when?: 'before-literal' | 'after-literal' }

/** A fault for the n-th message offered to the server, from 1. */
export function onMessage(index: number, fault: AppendFault): AppendPlan {
  return (message) => (message.index === index ? fault : undefined)
}

/** A fault for the n-th APPEND command, from 1. */
export function onAppend(command: number, fault: AppendFault): AppendPlan {
  return (message) => (message.command === command ? fault : undefined)
}

/** What Cyrus refuses, in its words (B12). */
export function cyrusRefusal(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  if (text.includes('\0')) return 'NO Message contains NUL characters'
  if (/(?:^|[^\r])\n/.test(text)) return 'NO Message contains bare newlines'
  const header = splitMessage(bytes).header.toString('latin1')
  const isValid = header.split('\r\n').every((line) => line === '' || /^(?:[!-9;-~]+:|[ \t])/.test(line))
  return isValid ? undefined : 'NO Message contains invalid header'
}
