// The fingerprints against a plain reference written with strings, cut in every way, and a table of what must agree.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createFingerprinter,
  type Fingerprinted,
  fingerprint as fingerprintOfWhole,
  fingerprintsOf,
  hexOf,
  isDerivedKey,
  keyFromFingerprint,
  verdictOf,
} from '../../src/core/fingerprint.ts'
import { keyFromBytes } from '../../src/core/message.ts'

const volatile =
  /^(?:content-length|lines|return-path|status|x-gmail-received|x-imap|x-imapbase|x-keywords|x-message-flag|x-offlineimap|x-status|x-tuid|x-uid|x-uidl|x-yahoo-newman-property)[ \t]*:/i

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const sha256 = (text: string) => `v1:sha256:${createHash('sha256').update(bytesOf(text)).digest('hex')}`

/** The canonical form the slow way. */
function canonicalReference(raw: string): string {
  const lines = raw.replace(/\r*\n/g, '\r\n').split(/(?<=\r\n)/)
  let result = ''
  let isHeader = true
  let isDropped = false
  for (const line of lines) {
    if (line === '\r\n') isHeader = false
    if (isHeader && !/^[ \t]/.test(line)) isDropped = volatile.test(line)
    if (!isHeader) result += line
    else if (!isDropped) result += line.replace(/[X\0\x80-\xff]/g, '?')
  }
  return raw === '' ? '' : `${result.replace(/[\r\n]+$/, '').replaceAll('\0', '\x80')}\r\n`
}

/** The header block as it counts, before 8-bit octets are folded. */
function headerReference(raw: string): string {
  const lines = raw.replace(/\r*\n/g, '\r\n').split(/(?<=\r\n)/)
  const end = lines.indexOf('\r\n')
  let result = ''
  let isDropped = false
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    if (!/^[ \t]/.test(line)) isDropped = volatile.test(line)
    if (!isDropped) result += line
  }
  return raw === '' ? '' : `${result.replace(/[\r\n]+$/, '').replaceAll('\0', '\x80')}\r\n`
}

function canonicalPrint(raw: string): string {
  const header = headerReference(raw)
  return printOf(canonicalReference(raw), header, /[\x80-\xff]/.test(header) ? '8' : '0')
}

function printOf(form: string, header: string, eightBit: '8' | '0'): string {
  const [first = '', second = ''] = [form, header].map((text) => sha256(text).slice('v1:sha256:'.length))
  return `v1:sha256:${first.slice(0, 32)}${second.slice(0, 31)}${eightBit}`
}

function foldedReference(raw: string): number {
  return (
    raw.length +
    [...raw.matchAll(/\r*\n/g)].reduce((sum, [end]) => sum + (end.length === 1 ? 1 : end.length > 2 ? -1 : 0), 0)
  )
}

function headersReference(raw: string): string {
  const end = /(?:^|\n)\r*\n/.exec(raw)
  return raw.slice(0, Math.min(end ? end.index + end[0].length : raw.length, 64 * 1024))
}

function fingerprint(raw: string, cuts: readonly number[] = []): Fingerprinted {
  const fingerprinter = createFingerprinter()
  const bytes = bytesOf(raw)
  let from = 0
  for (const cut of [...cuts.filter((cut) => cut <= bytes.length), bytes.length].sort((a, b) => a - b)) {
    // A buffer of its own that is overwritten afterwards: the fingerprinter may keep nothing of it.
    const chunk = new Uint8Array(bytes.subarray(from, cut))
    fingerprinter.update(chunk)
    chunk.fill(0x55)
    from = cut
  }
  return fingerprinter.finish()
}

function assertAsReference(raw: string, cuts: readonly number[]): void {
  assert.deepEqual(fingerprintOfWhole(bytesOf(raw)), fingerprint(raw, cuts), 'in one piece')
  const actual = fingerprint(raw, cuts)
  assert.equal(actual.fingerprints.exact, sha256(raw))
  assert.equal(actual.fingerprints.canonical, canonicalPrint(raw), JSON.stringify(raw))
  assert.equal(actual.size, raw.length)
  assert.equal(actual.foldedSize, foldedReference(raw), JSON.stringify(raw))
  assert.equal(Buffer.from(actual.headers).toString('latin1'), headersReference(raw))
}

const piece = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\r\n',
    '\0',
    ' ',
    '\t',
    ':',
    'x',
    '\x80',
    '\xff',
    'Status',
    'status ',
    'X-UID:',
    'x-uidl : 7',
  ],
  ...[
    'Return-Path: <a@b>\r\n',
    'X-UIDX: 1\r\n',
    'Subject: \xfcX?\r\n',
    'Subject: hello\r\n',
    'Lines',
    'X-',
    '\r\n\r\n',
    'a'.repeat(70),
    'b'.repeat(600),
  ],
)
const mail = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''))

test('any bytes, cut anywhere, give what the reference gives', () => {
  fc.assert(fc.property(mail, fc.array(fc.nat(400), { maxLength: 6 }), assertAsReference), { numRuns: 3000 })
})

test('every single cut and one byte at a time make no difference', () => {
  const raw =
    'Return-Path : <a@b>\r\n\tfolded\r\nSubject: x\0y\r\r\nx-uidl:1\nStatusless: 1\r\n\r\nline\r\n\r\n\rmore\r\r\n\0\n\r\n\r'
  for (let cut = 0; cut <= raw.length; cut += 1) assertAsReference(raw, [cut])
  assertAsReference(raw, [...raw].keys().toArray())
})

test('long headers and long lines give what the reference gives', () => {
  const header = Array.from(
    { length: 300 },
    (_, at) => `${at % 7 ? 'X-A' : 'X-UID'}: ${'v'.repeat((at * 37) % 900)}\r\n`,
  )
  const raw = `${header.join('')}\n\n${'\n'.repeat(3000)}${'\r'.repeat(3000)}x\0${'y'.repeat(5000)}\0\r\n${'z\n'.repeat(3000)}`
  assertAsReference(raw, [])
  assertAsReference(raw, [1, 1000, 1001, 70_000, 142_000, 150_000])
})

test('the canonical form does not depend on how line ends and NUL were served', () => {
  fc.assert(
    fc.property(mail, (raw) => {
      const { canonical } = fingerprint(raw).fingerprints
      assert.equal(fingerprint(raw.replace(/\r*\n/g, '\r\n')).fingerprints.canonical, canonical)
      assert.equal(fingerprint(raw.replace(/\r*\n/g, '\n')).fingerprints.canonical, canonical)
      assert.equal(fingerprint(raw.replaceAll('\0', '\x80')).fingerprints.canonical, canonical)
      assert.equal(fingerprint(`${raw}\r\n`).fingerprints.canonical, fingerprint(`${raw}\n\r\n`).fingerprints.canonical)
    }),
  )
})

const plain = 'From: a@example\r\nSubject: x\r\n\r\nhello\r\n'
const eightBit = plain.replace(': x', ': \xc3\xbcber \xfc')
const verdicts: readonly (readonly [string, string, string, ReturnType<typeof verdictOf>])[] = [
  ['the same bytes', plain, plain, 'identical'],
  ['bare LF (B15)', plain, plain.replaceAll('\r\n', '\n'), 'canonical-equal'],
  ['CR CR LF (B15)', plain, plain.replaceAll('\r\n', '\r\r\n'), 'canonical-equal'],
  ['a lone CR is text', plain, plain.replace('hel', 'hel\r'), 'different'],
  ['NUL served as 0x80 (B14)', `${plain}a\0b\r\n`, `${plain}a\x80b\r\n`, 'canonical-equal'],
  ['a final line end added (A34)', plain, plain.slice(0, -2), 'canonical-equal'],
  ['a final line end behind a CR', plain.replace(/\r\n$/, '\r'), plain, 'canonical-equal'],
  ['blank lines at the end (C15)', plain, `${plain}\r\n\n`, 'canonical-equal'],
  ['blank lines at the start of the body', plain, plain.replace('\r\n\r\n', '\r\n\r\n\r\n'), 'different'],
  ['other 8-bit header octets', eightBit, eightBit.replace('\xfc', '\xf6'), 'different'],
  ['X and ? in a header', plain.replace(': x', ': X'), plain.replace(': x', ': ?'), 'different'],
  ['8-bit header octets written over with X (B12)', eightBit, eightBit.replace(/[\x80-\xff]/g, 'X'), 'canonical-equal'],
  ['8-bit header octets served as ? (C02)', eightBit, eightBit.replace(/[\x80-\xff]/g, '?'), 'canonical-equal'],
  ['8-bit body octets written over', `${plain}\xfc\r\n`, `${plain}X\r\n`, 'different'],
  ['8-bit header octets left out', eightBit, eightBit.replace(/[\x80-\xff]/g, ''), 'different'],
  ['a status field (C08)', plain, `Status: RO\r\n${plain}`, 'canonical-equal'],
  ['names ignoring case, blanks before the colon', plain, `sTATUS \t: RO\r\n${plain}`, 'canonical-equal'],
  ['a folded volatile field', plain, `X-Keywords: a\r\n b\r\n\tc\r\n${plain}`, 'canonical-equal'],
  [
    'several volatile fields in the middle',
    plain,
    plain.replace('Subject', 'X-TUID: 1\r\nX-UID: 2\r\nSubject'),
    'canonical-equal',
  ],
  ['the mark of OfflineIMAP (C09)', plain, `X-OfflineIMAP: 1\r\n${plain}`, 'canonical-equal'],
  ['the mark of a POP fetcher (C15)', plain, `X-Gmail-Received: 1\r\n${plain}`, 'canonical-equal'],
  ['the counts of mbox writers', plain, `Content-Length: 7\r\nLines: 1\r\n${plain}`, 'canonical-equal'],
  ['another value of a field that counts', plain, plain.replace(': x', ': y'), 'different'],
  ['a longer name', plain, `X-Status-Of-Things: 1\r\n${plain}`, 'different'],
  ['a volatile name without a colon', plain, `Status\r\n${plain}`, 'different'],
  ['a volatile name in the body', plain, `${plain}Status: RO\r\n`, 'different'],
  ['a volatile name in a continuation', plain, plain.replace(': x', ': x\r\n Status: RO'), 'different'],
  ['more blanks before the colon than anybody writes', plain, `Status${' '.repeat(80)}: RO\r\n${plain}`, 'different'],
  ['another body', plain, plain.replace('hello', 'hallo'), 'different'],
]

for (const [name, a, b, expected] of verdicts) {
  test(`verdict: ${name}: ${expected}`, () => {
    assert.equal(verdictOf(fingerprintsOf(bytesOf(a)), fingerprintsOf(bytesOf(b))), expected)
  })
}

test('nothing stays nothing, and blank lines are one line end', () => {
  assert.equal(fingerprint('').fingerprints.canonical, printOf('', '', '0'))
  assert.equal(fingerprint('\n\r\n\r\r\n').fingerprints.canonical, printOf('\r\n', '\r\n', '0'))
  assert.equal(fingerprint('').foldedSize, 0)
  assert.equal(fingerprint('Status: RO').fingerprints.canonical, printOf('\r\n', '\r\n', '0'))
})

test('a large message is the same in one piece', () => {
  const lines = Array.from({ length: 40_000 }, (_, at) => (at % 7 === 0 ? `${at}\n` : `${at}\r\n`)).join('')
  for (const body of [
    lines,
    `${'y'.repeat(70_000)}\r\n${lines}`,
    `${lines}${'z\n'.repeat(600)}${'w'.repeat(200_000)}`,
  ]) {
    assertAsReference(`A: ${'x\r\n '.repeat(20_000)}\r\n\r\n${body}`, [100_000])
  }
})

/** Bytes that cannot be read to their end. */
class Unreadable extends Uint8Array {
  #left = 3000

  override indexOf(byte: number, from?: number): number {
    this.#left -= 1
    if (this.#left === 0) throw new Error('no more')
    return super.indexOf(byte, from)
  }
}

test('one that fails halfway leaves nothing behind for the next', () => {
  const many = 'Subject: gr\xfc\xdfe, and some more of it to fill the scratch space\r\n'.repeat(4000)
  const unreadable = new Unreadable(bytesOf(many))
  assert.throws(() => fingerprintOfWhole(unreadable), /no more/)
  assert.deepEqual(fingerprintOfWhole(bytesOf(plain)), fingerprint(plain))
})

test('headers are kept as served up to 64 KiB, without the body', () => {
  const raw = `A: ${'x'.repeat(65_520)}\r\nB: 1234567890\r\n\r\nbody`
  assertAsReference(raw, [])
  assertAsReference(raw, [10, 65_530, 65_536, 65_537, 65_545])
  assert.equal(fingerprint(raw).headers.length, 65_536)
  assert.equal(Buffer.from(fingerprint('A: 1\n\nbody').headers).toString(), 'A: 1\n\n')
  assert.equal(Buffer.from(fingerprint('\r\nbody').headers).toString(), '\r\n')
})

test('the fields left out are those of version 1: changing them needs another version', () => {
  const names =
    'Content-Length Lines Return-Path Status X-Gmail-Received X-IMAP X-IMAPbase X-Keywords X-Message-Flag X-OfflineIMAP X-Status X-TUID X-UID X-UIDL X-Yahoo-Newman-Property'
  const raw = names
    .split(' ')
    .map((name) => `${name}: 1\r\n`)
    .join('')
  const expected = printOf('A: 1\r\n\r\nb\r\n', 'A: 1\r\n', '0')
  assert.equal(fingerprint(`${raw}A: 1\r\n\r\nb\r\n`).fingerprints.canonical, expected)
})

test('a derived key names bytes and occurrence and is none that a server may send', () => {
  const { exact } = fingerprintsOf(bytesOf(plain))
  assert.equal(hexOf(exact), createHash('sha256').update(plain).digest('hex'))
  const key = keyFromFingerprint(exact, 2)
  assert.equal(key, `\0v1:${hexOf(exact)}:2`)
  assert.notEqual(key, keyFromFingerprint(exact, 1))
  assert.equal(isDerivedKey(key), true)
  assert.equal(isDerivedKey(keyFromBytes(bytesOf('v1:abc:1'))), false)
})
