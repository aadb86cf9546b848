// The addresses in From, To and their kind (RFC 5322 §3.4), for comparing: display names and comments left behind.
import { quotedLength, withoutComments } from './comments.ts'
import { textOfBytes } from './headers.ts'

/**
 * The addresses of a header value in order, out of groups too: `local@domain` as spelled, without quotes, blanks,
 * comments and source routes. Takes a raw value, because encoded words may hide commas; never throws.
 */
export function addressesOf(value: string): string[] {
  const found: string[] = []
  let mailbox = new Mailbox()
  for (const { text, isSpecial } of piecesOf(withoutComments(value))) {
    if (isSpecial && mailbox.endsBefore(text)) {
      found.push(mailbox.address())
      mailbox = new Mailbox()
    }
    if (!isSpecial) mailbox.add(text)
    else if (text === '<') mailbox.open()
    else if (text === '>') mailbox.close()
    else if (blanks.has(text)) mailbox.endWord()
    // The name of a group ends here; in angle brackets it is the end of a source route.
    else if (text === ':' && !mailbox.isOpen) mailbox = new Mailbox()
    else if (mailbox.isOpen) mailbox.add(text)
  }
  return [...found, mailbox.address()].filter((address) => address !== '').map(textOfBytes)
}

const blanks: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n', '\0'])
const specials: ReadonlySet<string> = new Set([...blanks, '<', '>', ',', ';', ':'])

/** Characters, with what stands in quotes in one piece, and nothing in quotes or behind a backslash special. */
function* piecesOf(text: string): Generator<{ text: string; isSpecial: boolean }> {
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    if (character === '"') {
      const length = quotedLength(text, at)
      yield { text: text.slice(at + 1, at + length - 1).replace(/\\(.)/gs, '$1'), isSpecial: false }
      at += length
    } else if (character === '\\') {
      yield { text: text.charAt(at + 1), isSpecial: false }
      at += 2
    } else {
      yield { text: character, isSpecial: specials.has(character) }
      at += 1
    }
  }
}

/** One entry of the list while it is read. */
class Mailbox {
  isOpen = false
  // Words outside angle brackets: a display name, or the address itself.
  readonly #bare: string[] = []
  #inAngles: string[] | undefined
  #isNewWord = true
  #isBehindAt = false

  open(): void {
    this.isOpen = true
    this.#inAngles = []
    this.#isNewWord = true
    this.#isBehindAt = false
  }

  close(): void {
    this.isOpen = false
  }

  endWord(): void {
    this.#isNewWord = true
  }

  add(text: string): void {
    const words = (this.isOpen && this.#inAngles) || this.#bare
    const last = words.at(-1)
    // Obsolete syntax has blanks around the @ (RFC 5322 §4.4).
    const isSameWord = last !== undefined && (!this.#isNewWord || text === '@' || this.#isBehindAt)
    if (isSameWord) words[words.length - 1] = last + text
    else words.push(text)
    this.#isNewWord = false
    this.#isBehindAt = text === '@'
  }

  /** Whether this entry is over at a special character. */
  endsBefore(special: string): boolean {
    if (!this.isOpen) return special === ',' || special === ';'
    // Nobody closed the bracket, unless the comma is part of a source route: <@relay,@relay:local@domain>.
    return special === '<' || special === ';' || (special === ',' && !this.#inAngles?.[0]?.startsWith('@'))
  }

  /** The address; empty where there is none. */
  address(): string {
    if (this.#inAngles === undefined) {
      return this.#bare.findLast((word) => word.includes('@')) ?? (this.#bare.length === 1 ? this.#bare.join() : '')
    }
    const address = this.#inAngles.join('')
    return address.startsWith('@') ? address.slice(address.lastIndexOf(':') + 1) : address
  }
}
