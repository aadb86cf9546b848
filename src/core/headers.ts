// Header fields out of a header block, tolerating whatever real mail has in place of RFC 5322.
import { createRequire } from 'node:module'
import type Libmime from 'libmime'

// Far above real mail; a block of 64 KiB could hold thirty times as many.
const mostFields = 1000

// Loaded with the first word: it is large, and many runs meet none.
let words: typeof Libmime | undefined

/** One header field. */
export interface HeaderField {
  /** As spelled in the message, without blanks before the colon. */
  readonly name: string
  /** Unfolded and trimmed, one character (U+0000 to U+00FF) per byte: nothing is decoded yet. */
  readonly value: string
}

/**
 * The fields of a header block in order (RFC 5322 §2.2), up to its empty line or the first thousand. Lines without a
 * colon and continuations of nothing are left out. Never throws; takes time in proportion to the block.
 */
export function parseHeaders(block: Uint8Array): HeaderField[] {
  const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString('latin1')
  const fields: { name: string; lines: string[] }[] = []
  let isContinuable = false
  for (let at = 0; at < text.length; ) {
    const lineFeed = text.indexOf('\n', at)
    const line = withoutReturns(text.slice(at, lineFeed === -1 ? text.length : lineFeed))
    if (line === '') break
    at = lineFeed === -1 ? text.length : lineFeed + 1
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (isContinuable) fields.at(-1)?.lines.push(line)
      continue
    }
    if (fields.length === mostFields) break
    const colon = line.indexOf(':')
    const name = colon === -1 ? '' : withoutBlanks(line.slice(0, colon))
    isContinuable = name !== ''
    if (isContinuable) fields.push({ name, lines: [line.slice(colon + 1)] })
  }
  return fields.map(({ name, lines }) => ({ name, value: withoutBlanks(lines.join('')) }))
}

/** The values of every field of that name, ignoring case, in order. */
export function headerValues(fields: readonly HeaderField[], name: string): string[] {
  const wanted = name.toLowerCase()
  return fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => field.value)
}

/**
 * A value as people read it: bytes taken as UTF-8 where they are (RFC 6532), else as Latin-1, and encoded words decoded
 * (RFC 2047). Never throws: what cannot be decoded stays as it is.
 */
export function decodedValue(value: string): string {
  const text = textOfBytes(value)
  if (!text.includes('=?')) return text
  try {
    words ??= createRequire(import.meta.url)('libmime') as typeof Libmime
    return words.decodeWords(text)
  } catch {
    return text
  }
}

/** A string of bytes as text: UTF-8 if it is valid, Latin-1 otherwise. */
export function textOfBytes(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}

// By hand instead of by pattern: a pattern anchored at the end takes quadratic time on long runs in the middle.
function withoutReturns(line: string): string {
  let end = line.length
  while (end > 0 && line[end - 1] === '\r') end -= 1
  return line.slice(0, end)
}

/** Trims spaces and tabs only: `trim()` would take NBSP and others, which are bytes of 8-bit text here. */
function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start += 1
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
  return text.slice(start, end)
}
