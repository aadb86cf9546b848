// What a server means by NO, BAD or BYE: response codes and well-known texts as one table.
import { type ErrorCode, MailhaulError, type Retry, type Scope } from '../../core/errors.ts'
import { escaped } from './server-text.ts'

/** A refusal as the server put it: `code` is the response code in capitals, where there was one. */
export interface Refusal {
  readonly status: 'NO' | 'BAD' | 'BYE'
  readonly code: string | undefined
  readonly text: string
}

interface Meaning {
  readonly end: readonly [ErrorCode, Scope, Retry]
  /** Response codes that say just this. */
  readonly codes?: readonly string[]
  /** Response codes that servers use for much: they count where the text says nothing. */
  readonly vague?: readonly string[]
  readonly text?: RegExp
  /** A plain sentence before the server's own words. */
  readonly sentence: string
  readonly hint?: string
}

// Order matters: the first line that knows a text decides.
const meanings: readonly Meaning[] = [
  {
    end: ['no-folder', 'pair', 'never'],
    codes: ['TRYCREATE', 'NONEXISTENT'],
    text: /(mailbox|folder) (doesn't|does not) exist|(unknown|no such|nonexistent) (mailbox|folder)/i,
    sentence: 'The folder does not exist',
    hint: 'Create the folder by hand, or choose another one.',
  },
  {
    end: ['throttled', 'pair', 'later'],
    codes: ['THROTTLED', 'ETHROTTLE'],
    text: /throttl|suggested backoff|too many (requests|commands|messages)|rate.?limit|bandwidth|slow down/i,
    sentence: 'The server asks for less at a time',
    hint: 'Run again later: what is done stays done.',
  },
  {
    end: ['throttled', 'pair', 'now'],
    text: /too many.*(connection|session|login)|(maximum|max|limit).{0,30}(connection|session)|connection limit/i,
    sentence: 'The server allows no further connection',
    hint: 'Set connections to a smaller number, or close other mail programs.',
  },
  {
    end: ['quota', 'pair', 'later'],
    codes: ['OVERQUOTA'],
    text: /quota|storage limit|(mailbox|store|disk|account).{0,12} full|no space|(not enough|insufficient).{0,12} (space|storage)|server unavailable\. 15/i,
    sentence: 'The mailbox is full',
    hint: 'Make room at the destination, then run again: it goes on where it stopped.',
  },
  {
    end: ['too-big', 'message', 'never'],
    codes: ['TOOBIG'],
    vague: ['LIMIT'],
    text: /too (big|large)|(exceed|over|maximum|max\b).{0,40}(size|bytes|octets)|size.{0,40}(exceed|limit)/i,
    sentence: 'The message is larger than the server takes',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /\bNULs?\b|null (char|byte)/i,
    sentence: 'The server takes no message with NUL octets',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /bare (newline|line ?feed|lf\b|cr\b)/i,
    sentence: 'The server takes no message with bare line ends',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /(invalid|bad|malformed|illegal).{0,20}header|header.{0,30}(invalid|malformed|8.?bit)/i,
    sentence: 'The server takes no message with such a header',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /line.{0,12}too long|(long|overlong) line|line length/i,
    sentence: 'The server takes no message with such long lines',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /zero.byte message|empty message/i,
    sentence: 'The server takes no empty message',
  },
  {
    end: ['permission-denied', 'pair', 'never'],
    codes: ['NOPERM', 'AUTHORIZATIONFAILED', 'PRIVACYREQUIRED', 'READ-ONLY'],
    text: /permission|access (is )?denied|not (permitted|allowed|authorized)|read.?only|\bACL\b/i,
    sentence: 'The account may not store mail in this folder',
    hint: 'Give it the right to insert (RFC 4314), or choose another folder.',
  },
  {
    end: ['temporary', 'pair', 'now'],
    codes: ['INUSE'],
    vague: ['UNAVAILABLE', 'CONTACTADMIN', 'SERVERBUG', 'CORRUPTION'],
    text: /try (it )?again|temporar|unavailable|shutting down|in use|locked|internal (server )?error/i,
    sentence: 'The server cannot do it for now',
  },
]

const unknown: Meaning = { end: ['append-refused', 'message', 'later'], sentence: 'The server refused the message' }

/** What a refusal of an APPEND means. Response codes win over texts: they are what servers say to programs. */
export function refusalOf(refusal: Refusal): MailhaulError {
  const { code: given, text } = refusal
  const meaning =
    meanings.find(({ codes }) => given !== undefined && codes?.includes(given)) ??
    meanings.find((line) => line.text?.test(text)) ??
    meanings.find(({ vague }) => given !== undefined && vague?.includes(given)) ??
    unknown
  const { sentence, hint } = meaning
  const [code, scope, retry] = meaning.end
  const said = `${given ? `[${given}] ` : ''}${text}`.trim()
  const message = said === '' ? `${sentence}.` : `${sentence}: ${escaped(said)}`
  return new MailhaulError({ code, scope, retry, message, ...(hint ? { hint } : {}) })
}

/** Whether the folder is missing, so that creating it and sending again can help (RFC 3501 §6.3.11, quirk B07). */
export function asksToCreate({ code }: Refusal): boolean {
  return code === 'TRYCREATE' || code === 'NONEXISTENT'
}
