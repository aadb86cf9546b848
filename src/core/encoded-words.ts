// Writes 8-bit text of a header line as encoded words (RFC 2047).
import { textOfBytes } from './headers.ts'

/** Octets of an encoded word may be 75; the frame with the longest name of a charset takes 18 of them. */
const mostEncoded = 57

/**
 * The line with every word that holds 8-bit octets encoded: as UTF-8 where it is, else as unknown-8bit (RFC 1428), so that
 * nothing is guessed. A quoted string is encoded as a whole, without its quotes. The name of the field stays as it is.
 */
export function encodeHeaderLine(line: Uint8Array): Uint8Array {
  if (!line.some((byte) => byte >= 0x80)) return line
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1')
  const isContinuation = text.startsWith(' ') || text.startsWith('\t')
  const valueStart = isContinuation ? 0 : text.indexOf(':') + 1
  const name = text.slice(0, valueStart)
  return Buffer.from(name + encodeValue(text.slice(valueStart)), 'latin1')
}

/** Blanks between two encoded words are not shown (RFC 2047 §6.2), so they go into the second one. */
function encodeValue(value: string): string {
  let wasEncoded = false
  return value.replace(/([ \t]*)("(?:[^"\\]|\\.)*"|[^ \t"]+|")/g, (_all, blanks: string, word: string) => {
    const isEncoded = /[\x80-\xff]/.test(word)
    const isQuoted = word.length > 1 && word.startsWith('"') && word.endsWith('"')
    const content = isQuoted ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
    const carried = isEncoded && wasEncoded ? blanks : ''
    const gap = carried === '' ? blanks : ' '
    wasEncoded = isEncoded
    return isEncoded ? gap + encodedWords(carried + content) : blanks + word
  })
}

/** As many encoded words as it takes, none of them beginning within a character. */
function encodedWords(bytes: string): string {
  const text = textOfBytes(bytes)
  const isUtf8 = text !== bytes
  const characters = isUtf8 ? [...text].map((one) => Buffer.from(one, 'utf8').toString('latin1')) : [...bytes]
  const words: string[] = []
  let word = ''
  for (const character of characters) {
    const encoded = character.replace(/[^A-Za-z0-9!*+/-]/g, inHex)
    if (word.length + encoded.length > mostEncoded) {
      words.push(word)
      word = ''
    }
    word += encoded
  }
  return [...words, word].map((one) => `=?${isUtf8 ? 'utf-8' : 'unknown-8bit'}?Q?${one}?=`).join(' ')
}

function inHex(character: string): string {
  return character === ' ' ? '_' : `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
