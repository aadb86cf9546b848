// The addresses in From, To and their kind (RFC 5322 §3.4), for comparing: display names and comments left behind.
import { quotedLength, withoutComments } from './comments.ts'
import { textOfBytes } from './headers.ts'

/**
 * The addresses of a header value in order, out of groups too: `local@domain` as spelled, without quotes, blanks,
 * comments and source routes. Takes a raw value, because encoded words may hide commas; never throws.
 */
export function addressesOf(value: string): string[] {
  const text = withoutComments(value)
  const found: string[] = []
  let mailbox = emptyMailbox()
  function end(): void {
    const address = addressOf(mailbox)
    if (address !== undefined) found.push(textOfBytes(address))
    mailbox = emptyMailbox()
  }
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at)
    const length = character === '"' ? quotedLength(text, at) : character === '\\' ? 2 : 1
    const piece = text.slice(at, at + length)
    at += length
    if (length > 1) addPiece(mailbox, character === '"' ? unquoted(piece) : piece.slice(1))
    else if (character === ';' || (character === ',' && !mailbox.isOpen)) end()
    else if (character === ':' && !mailbox.isOpen) mailbox = emptyMailbox()
    else if (character === '<') {
      // An angle bracket within an angle bracket: the first was never closed.
      if (mailbox.isOpen) end()
      mailbox.isOpen = true
      mailbox.inAngles ??= []
      mailbox.isNewWord = true
    } else if (character === '>') mailbox.isOpen = false
    else if (blanks.has(character)) mailbox.isNewWord = true
    else if (character !== '"') addPiece(mailbox, character)
  }
  end()
  return found
}

interface Mailbox {
  /** Words outside angle brackets: a display name, or the address itself. */
  readonly bare: string[]
  /** Words inside; undefined while there were no brackets. */
  inAngles: string[] | undefined
  isOpen: boolean
  isNewWord: boolean
}

const blanks: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n', '\0'])

function emptyMailbox(): Mailbox {
  return { bare: [], inAngles: undefined, isOpen: false, isNewWord: true }
}

function addPiece(mailbox: Mailbox, piece: string): void {
  const words = mailbox.isOpen && mailbox.inAngles ? mailbox.inAngles : mailbox.bare
  const last = words.at(-1)
  // Obsolete syntax has blanks around the @ (RFC 5322 §4.4).
  const isSameWord = last !== undefined && (!mailbox.isNewWord || piece === '@' || last.endsWith('@'))
  if (isSameWord) words[words.length - 1] = last + piece
  else words.push(piece)
  mailbox.isNewWord = false
}

function addressOf({ bare, inAngles }: Mailbox): string | undefined {
  if (inAngles !== undefined) {
    const address = inAngles.join('')
    // A source route stands before the address: <@relay,@relay:local@domain>.
    return (address.startsWith('@') ? address.slice(address.lastIndexOf(':') + 1) : address) || undefined
  }
  return bare.findLast((word) => word.includes('@')) ?? (bare.length === 1 ? bare[0] : undefined)
}

function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, '$1')
}
