// Writes the message that tells the owner of a mailbox, in plain words, what has happened and what to do (RFC 5322).
import { shortHash } from '../core/fingerprint.ts'
import { paragraphsOf, subjectOf, type Telling } from './telling.ts'

/** Nobody can answer there (RFC 6761 §6.4). */
const domain = 'mailhaul.invalid'
const longestLine = 76

/** The message, ready to be appended: ASCII in its header, lines of at most 76 characters. */
export function inboxMessage(telling: Telling): Uint8Array {
  const { pair, kind, since, at } = telling
  const header = [
    `Date: ${dateOf(at)}`,
    `From: mailhaul <watch@${domain}>`,
    `To: undisclosed-recipients:;`,
    `Subject: ${encodeWords(subjectOf(telling), 'Subject: '.length)}`,
    // The same change has the same name, wherever it is told from.
    `Message-ID: <${shortHash(`${pair}\n${kind}\n${since}`)}.${at}@${domain}>`,
    'Auto-Submitted: auto-generated',
    'X-Auto-Response-Suppress: All',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ]
  const footer = 'Written by mailhaul, which moves your mail here. It was not sent by anybody.'
  const text = [...paragraphsOf(telling).map(wrap), '-- ', footer, '']
    .join('\r\n\r\n')
    .replace('-- \r\n\r\n', '-- \r\n')
  const body = Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}\r\n`, 'latin1')
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function dateOf(milliseconds: number): string {
  const date = new Date(milliseconds)
  const day = `${days[date.getUTCDay()]}, ${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  return `${day} ${date.toISOString().slice(11, 19)} +0000`
}

/** Text for a header: as it is where it is short ASCII, else as encoded words (RFC 2047 §2), each of whole characters. */
function encodeWords(text: string, before: number): string {
  if (/^[\x20-\x7e]*$/.test(text) && before + text.length <= longestLine && !text.includes('=?')) return text
  const words: string[] = []
  let chunk = ''
  for (const character of text) {
    // 45 octets make 60 characters of base64, and 72 with the frame.
    if (Buffer.byteLength(chunk + character) > 39) {
      words.push(chunk)
      chunk = ''
    }
    chunk += character
  }
  words.push(chunk)
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

function wrap(paragraph: string): string {
  const lines = ['']
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > longestLine) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\r\n')
}
