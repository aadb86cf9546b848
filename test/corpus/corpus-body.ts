// Bodies of made-up messages, cut from pools of text and base64 that are made once per corpus.

import type { Random } from './random.ts'

/** What a body is made of. */
export type BodyKind =
  | 'plain'
  | 'plain-latin1'
  | 'plain-utf8'
  | 'html'
  | 'alternative'
  | 'attachment'
  | 'dots'
  | 'long-lines'

/** Ready-made lines, each pool a few hundred kilobytes long. */
export type TextPool = { readonly [name in 'text' | 'latin1' | 'utf8' | 'html' | 'dots' | 'long' | 'base64']: Buffer }

/** A body in pieces, ending in CRLF, and the header fields that describe it. */
export type Body = { readonly headers: readonly string[]; readonly body: readonly Buffer[] }

const poolSize = 256 * 1024
const words = [
  'the',
  'letter',
  'is',
  'about',
  'a',
  'meeting',
  'on',
  'Monday',
  'please',
  'bring',
  'your',
  'own',
  'chair',
] as const
const accented = ['Grüße', 'naïve', 'café', 'Straße', 'déjà', 'señor', 'Ærø', 'über'] as const

/** Makes the pools. */
export function textPool(random: Random): TextPool {
  return {
    text: pool(() => sentence(random, words), 'latin1'),
    latin1: pool(() => sentence(random, [...words, ...accented]), 'latin1'),
    utf8: pool(() => sentence(random, [...words, ...accented, 'こんにちは', '😀']), 'utf8'),
    html: pool(() => `<p class="x">${sentence(random, words)}</p>`, 'latin1'),
    dots: pool(
      () => random.pick(['.', '..', '.hidden line', '. a dot and a blank', sentence(random, words)]),
      'latin1',
    ),
    long: pool(() => sentence(random, words).repeat(1 + random.below(60)), 'latin1'),
    base64: pool(() => base64Line(random), 'latin1'),
  }
}

/** A body of about `size` octets. */
export function messageBody(random: Random, pools: TextPool, kind: BodyKind, size: number): Body {
  const cut = (from: Buffer, share = 1) => lines(random, from, size * share)
  switch (kind) {
    case 'plain-latin1':
      return { headers: textHeaders('text/plain; charset=iso-8859-1', '8bit'), body: cut(pools.latin1) }
    case 'plain-utf8':
      return { headers: textHeaders('text/plain; charset=utf-8', '8bit'), body: cut(pools.utf8) }
    case 'html':
      return { headers: textHeaders('text/html; charset=us-ascii', '7bit'), body: cut(pools.html) }
    case 'dots':
      return { headers: [], body: cut(pools.dots) }
    case 'long-lines':
      return { headers: textHeaders('text/plain; charset=us-ascii', '7bit'), body: cut(pools.long) }
    case 'alternative':
      return multipart(random, 'alternative', [
        ['Content-Type: text/plain; charset=us-ascii', cut(pools.text, 0.4)],
        ['Content-Type: text/html; charset=us-ascii', cut(pools.html, 0.6)],
      ])
    case 'attachment':
      return multipart(random, 'mixed', [
        ['Content-Type: text/plain; charset=us-ascii', lines(random, pools.text, 400)],
        [attachmentHeader(random), cut(pools.base64)],
      ])
    default:
      return { headers: [], body: cut(pools.text) }
  }
}

function pool(line: () => string, encoding: BufferEncoding): Buffer {
  const bytes = Buffer.alloc(poolSize)
  let length = 0
  for (;;) {
    const next = Buffer.from(`${line()}\r\n`, encoding)
    if (length + next.length > poolSize) return bytes.subarray(0, length)
    next.copy(bytes, length)
    length += next.length
  }
}

function sentence(random: Random, from: readonly string[]): string {
  return Array.from({ length: 4 + random.below(8) }, () => from[random.below(from.length)]).join(' ')
}

function base64Line(random: Random): string {
  return Buffer.from(Array.from({ length: 57 }, () => random.below(256))).toString('base64')
}

function textHeaders(type: string, encoding: string): string[] {
  return ['MIME-Version: 1.0', `Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`]
}

function attachmentHeader(random: Random): string {
  const name = random.pick(['report.pdf', 'IMG_0042.jpg', 'budget.xlsx', 'Foto vom See.jpg'])
  return `Content-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64`
}

function multipart(random: Random, type: string, parts: readonly (readonly [string, readonly Buffer[]])[]): Body {
  const boundary = `=_${random.below(2 ** 31).toString(36)}`
  const body = parts.flatMap(([header, content]) => [Buffer.from(`--${boundary}\r\n${header}\r\n\r\n`), ...content])
  return {
    headers: ['MIME-Version: 1.0', `Content-Type: multipart/${type}; boundary="${boundary}"`],
    body: [...body, Buffer.from(`--${boundary}--\r\n`)],
  }
}

/** Whole lines from a random place of a pool, going round it as often as the size asks for. */
function lines(random: Random, from: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  let start = from.indexOf('\r\n', random.below(from.length - 8192)) + 2
  for (let wanted = Math.max(20, Math.floor(size)); wanted > 0; start = 0) {
    const end = from.indexOf('\r\n', Math.min(start + wanted, from.length - 2)) + 2
    pieces.push(from.subarray(start, end))
    wanted -= end - start
  }
  return pieces
}
