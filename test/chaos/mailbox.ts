// The mail of one iteration, and the comparison of what was to arrive with what did.
import { createHash } from 'node:crypto'
import { makeCorpus } from '../corpus/corpus.ts'
import { averageSize } from './plan.ts'

/**
 * `count` varied messages and then sets of identical ones, with and without Message-ID. None is one that Dovecot's POP3
 * server cannot serve: it leaves a lone dot in the first line unstuffed (quirks A29, A30).
 */
export function mailbox(seed: number, count: number): Uint8Array[] {
  const corpus = makeCorpus({ seed, count, averageSize, twins: Math.floor(count / 10), strange: true })
  return [...corpus.filter(canBeServed), ...identical()]
}

/** How two multisets of messages differ. */
export interface Difference {
  /** Messages that are missing, each copy counted. */
  readonly lost: number
  /** Messages that are there more often than they should be, or should not be there at all. */
  readonly doubled: number
}

/** Compares by SHA-256, with Dovecot's own folding of line ends undone at both ends. */
export function compare(expected: readonly Uint8Array[], stored: readonly Uint8Array[]): Difference {
  const balance = new Map<string, number>()
  const add = (messages: readonly Uint8Array[], by: number) => {
    for (const hash of messages.map(canonicalHash)) balance.set(hash, (balance.get(hash) ?? 0) + by)
  }
  add(expected, -1)
  add(stored, 1)
  let lost = 0
  let doubled = 0
  for (const surplus of balance.values()) {
    if (surplus < 0) lost -= surplus
    else doubled += surplus
  }
  return { lost, doubled }
}

/** Same size, same date, twice to four times: nothing but their number tells whether one has arrived. */
function identical(): Uint8Array[] {
  return Array.from({ length: 8 }, (_, index) => {
    const id = index % 2 === 0 ? '' : `Message-ID: <twin-${index}@old.example>\r\n`
    const text = `Subject: twin ${index}\r\nDate: Mon, 06 May 2013 10:00:00 +0000\r\n${id}\r\nthe same ${index}\r\n`
    return Array.from({ length: 2 + (index % 3) }, () => Buffer.from(text))
  }).flat()
}

function canBeServed(bytes: Uint8Array): boolean {
  return bytes.length > 0 && !/^\.\r*(\n|$)/.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))
}

/** Line ends folded to CRLF (quirk B15), NUL as 0x80 over IMAP (B14), a final line end where there was none (A34). */
function canonicalHash(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1').replaceAll('\0', '\x80')
  const whole = text.endsWith('\n') ? text : `${text}\r\n`
  return createHash('sha256')
    .update(Buffer.from(whole.replace(/\r*\n/g, '\r\n'), 'latin1'))
    .digest('hex')
}
