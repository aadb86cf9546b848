// What can go wrong with the reply to RETR, and how that reply is put together.

import type { Gate } from './gate.ts'
import type { Ending } from './line-socket.ts'
import { endsWithCrlf } from './maildrop.ts'
import type { RetrievePlan } from './pop3-faults.ts'

/** One thing wrong with a reply to RETR; several can be combined. Offsets count from the status line's first byte. */
export type RetrieveFault =
  /** A42. */
  | { readonly kind: 'error'; readonly text?: string }
  /** A41: another client has removed the message since the login. */
  | { readonly kind: 'vanish' }
  /** A44: the connection ends at this byte of the reply; negative: from the end, where -2 falls inside the terminator. */
  | { readonly kind: 'drop'; readonly at: number; readonly how?: Ending }
  /** A33, D11: nothing more comes from this byte on; the server stands at the gate then. */
  | { readonly kind: 'hang'; readonly at: number; readonly gate?: Gate }
  /** A29 (first line only) and A32: leading dots are not doubled. */
  | { readonly kind: 'unstuffed'; readonly lines: 'first' | 'all' }
  /** A43: so many octets of the message, then a clean terminator. */
  | { readonly kind: 'truncate'; readonly at: number }
  /** A36, as Cyrus: what follows a NUL on its line is lost. */
  | { readonly kind: 'nul-truncates' }
  /** A33: the terminator's dot right behind the last character. */
  | { readonly kind: 'no-final-crlf' }
  /** A33: every line end a bare LF, those of the status line and terminator too. */
  | { readonly kind: 'lf-only' }
  /** A40. */
  | { readonly kind: 'empty' }
  /** A57, C08: other bytes than the stored ones. */
  | { readonly kind: 'rewrite'; readonly rewrite: (bytes: Uint8Array, earlier: number) => Uint8Array }
  /** D11: the message never ends. */
  | { readonly kind: 'endless' }
  /** D12: so many octets, made on the way out: see `generated`. */
  | { readonly kind: 'generated'; readonly octets: number }

const generatedLine = `${'x'.repeat(70)}\r\n`

/** A message of about so many octets in pieces that nobody has to hold together; it ends with a line end. */
export function* generated(octets: number): Generator<Buffer> {
  const block = Buffer.from(generatedLine.repeat(900))
  yield Buffer.from('Subject: large\r\n\r\n')
  for (let sent = 0; sent < octets; sent += block.length) yield block
}

/** A plan for the messages with these UIDLs; the others are served well. */
export function onlyFor(faults: Readonly<Record<string, RetrieveFault | readonly RetrieveFault[]>>): RetrievePlan {
  return (message) => faults[message.uidl]
}

/** A plan that holds for the first so many retrievals of each message. */
export function firstTimes(times: number, plan: RetrievePlan): RetrievePlan {
  return (message, earlier) => (earlier < times ? plan(message, earlier) : undefined)
}

const CRLF_DOT = Buffer.from('\r\n.')
const CRLF = Buffer.from('\r\n')
const DOT = Buffer.from('.')
const FULL_STOP = 0x2e
const stuffedForms = new WeakMap<Uint8Array, Buffer>()

/** The pieces of a multi-line reply: status line, stuffed content that ends in CRLF, terminator (RFC 1939 §3). */
export function replyPieces(stored: Uint8Array, faults: readonly RetrieveFault[], earlier: number): Buffer[] {
  if (faults.length === 0) return [statusLine(stored), stuffed(stored), Buffer.from('.\r\n')]
  const bytes = faults.reduce((content, fault) => altered(content, fault, earlier), asBuffer(stored))
  const unstuffed = faults.find((fault) => fault.kind === 'unstuffed')
  const content = terminated(bytes)
  const body = unstuffed?.lines === 'all' ? content : stuff(content, !unstuffed && content[0] === FULL_STOP)
  const isOpenEnded = has(faults, 'no-final-crlf') && endsWithCrlf(body)
  const pieces = [statusLine(bytes), isOpenEnded ? body.subarray(0, -2) : body, Buffer.from('.\r\n')]
  return has(faults, 'lf-only') ? [withoutCarriageReturns(Buffer.concat(pieces))] : pieces
}

/** The content as it travels: a CRLF added where the last is missing, and every leading dot doubled. */
export function stuffed(bytes: Uint8Array): Buffer {
  const known = stuffedForms.get(bytes)
  if (known) return known
  const content = terminated(asBuffer(bytes))
  const form = stuff(content, content[0] === FULL_STOP)
  stuffedForms.set(bytes, form)
  return form
}

function has(faults: readonly RetrieveFault[], kind: RetrieveFault['kind']): boolean {
  return faults.some((fault) => fault.kind === kind)
}

function statusLine(bytes: Uint8Array): Buffer {
  return Buffer.from(`+OK ${bytes.length} octets\r\n`)
}

function altered(bytes: Buffer, fault: RetrieveFault, earlier: number): Buffer {
  switch (fault.kind) {
    case 'truncate':
      return bytes.subarray(0, fault.at)
    case 'empty':
      return bytes.subarray(0, 0)
    case 'rewrite':
      return asBuffer(fault.rewrite(bytes, earlier))
    case 'nul-truncates':
      return Buffer.from(bytes.toString('latin1').replace(/\0[^\n]*?(?=\r?\n|$)/g, ''), 'latin1')
    default:
      return bytes
  }
}

function terminated(bytes: Buffer): Buffer {
  return bytes.length === 0 || endsWithCrlf(bytes) ? bytes : Buffer.concat([bytes, CRLF])
}

function stuff(content: Buffer, isFirstLineStuffed: boolean): Buffer {
  const pieces: Buffer[] = isFirstLineStuffed ? [DOT] : []
  let start = 0
  for (let at = content.indexOf(CRLF_DOT); at >= 0; at = content.indexOf(CRLF_DOT, start)) {
    pieces.push(content.subarray(start, at + 3), DOT)
    start = at + 3
  }
  if (pieces.length === 0) return content
  return Buffer.concat([...pieces, content.subarray(start)])
}

function withoutCarriageReturns(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
