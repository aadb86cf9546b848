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
    end: ['nul', 'message', 'never'],
    text: /\bNULs?\b|null (char|byte|octet)|contains? (a )?zero bytes?|binary zero/i,
    sentence: 'The server takes no message with NUL octets',
    hint: 'To have such messages stored changed, list nul under destination.repair.',
  },
  {
    end: ['bare-newlines', 'message', 'never'],
    text: /(bare|lone|naked|stray).{0,4}(newline|line ?feed|carriage return|lf\b|cr\b)|\bCRLF (line endings? )?(required|expected)/i,
    sentence: 'The server takes no message with bare line ends',
    hint: 'To have such messages stored changed, list bare-newlines under destination.repair.',
  },
  {
    end: ['8bit-headers', 'message', 'never'],
    text: /(non.?ascii|8.?bit|eight.?bit|utf-?8).{0,30}header|header.{0,40}(non.?ascii|8.?bit|eight.?bit|utf-?8)/i,
    sentence: 'The server takes no message with 8-bit characters in its header',
    hint: 'To have such messages stored changed, list 8bit-headers under destination.repair.',
  },
  {
    end: ['bad-header', 'message', 'never'],
    text: /(invalid|bad|malformed|illegal|broken).{0,20}header|header.{0,30}(invalid|malformed|broken)|no header.{0,3}body separator/i,
    sentence: 'The server takes no message with such a header',
  },
  {
    end: ['long-lines', 'message', 'never'],
    text: /line.{0,12}too long|(too long|overlong|long) (header )?lines?|line length|maximum line/i,
    sentence: 'The server takes no message with such long lines',
    hint: 'To have such messages stored changed, list long-lines under destination.repair.',
  },
  {
    end: ['append-refused', 'message', 'never'],
    text: /zero.byte message|empty message/i,
    sentence: 'The server takes no empty message',
  },
  {
    // Exchange says this of messages that are too large, of lines over some ten thousand octets, and of a full mailbox.
    end: ['append-refused', 'message', 'later'],
    text: /command (argument )?error\. ?1[01]/i,
    sentence: 'The server refused the message for its size, for a line that is too long, or for lack of room',
    hint: 'Look at the size of the message and at the room left in the mailbox.',
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

/** A server is obeyed within the run when it asks for no more than this. Milliseconds. */
const longestWait = 60_000

/** How long Dovecot took: it would make every refusal one of its own, where reports add up equal ones. */
const timing = / \(\d+\.\d+( \+ \d+\.\d+)* secs\)\.?\s*$/

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
  const [code, scope, whenever] = meaning.end
  const retryAfter = code === 'throttled' ? waitAskedFor(text) : undefined
  const retry = retryAfter === undefined ? whenever : retryAfter <= longestWait ? 'now' : 'later'
  const said = `${given ? `[${given}] ` : ''}${text.replace(timing, '')}`.trim()
  const message = said === '' ? `${sentence}.` : `${sentence}: ${escaped(said)}`
  const more = { ...(hint ? { hint } : {}), ...(retryAfter === undefined ? {} : { retryAfter }) }
  return new MailhaulError({ code, scope, retry, message, ...more })
}

/** Milliseconds, as Exchange Online tells them (quirk B22). */
function waitAskedFor(text: string): number | undefined {
  const [, milliseconds] = /suggested backoff time: (\d{1,9}) milliseconds/i.exec(text) ?? []
  return milliseconds === undefined ? undefined : Number(milliseconds)
}

/** Whether the folder is missing, so that creating it and sending again can help (RFC 3501 §6.3.11, quirk B07). */
export function asksToCreate({ code }: Refusal): boolean {
  return code === 'TRYCREATE' || code === 'NONEXISTENT'
}
