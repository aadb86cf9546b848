// What each repair changes, and that nothing else is changed, however the message is cut.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFingerprinter, fingerprintsOf } from '../../src/core/fingerprint.ts'
import { decodedValue, parseHeaders } from '../../src/core/headers.ts'
import type { Message } from '../../src/core/message.ts'
import { type Repair, repaired, repairFor, repairNames } from '../../src/core/repair.ts'

function messageOf(text: string, pieceSize: number): Message {
  const bytes = Buffer.from(text, 'latin1')
  const fingerprinter = createFingerprinter()
  fingerprinter.update(bytes)
  return {
    ...fingerprinter.finish(),
    bytes: undefined,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize)
    },
    release: () => undefined,
  }
}

async function after(text: string, repairs: readonly Repair[], pieceSize = 1000): Promise<string> {
  const message = await repaired(messageOf(text, pieceSize), repairs)
  const pieces: Uint8Array[] = []
  for await (const chunk of message.chunks()) pieces.push(Buffer.from(chunk))
  const whole = Buffer.concat(pieces)
  assert.equal(message.size, whole.length)
  assert.deepEqual(message.fingerprints, fingerprintsOf(whole))
  return whole.toString('latin1')
}

const long = 'x'.repeat(1500)
const table: readonly (readonly [string, Repair, string, string])[] = [
  ['NUL', 'nul', 'A: \0b\r\n\r\n\0\r\n', 'A: \x80b\r\n\r\n\x80\r\n'],
  ['bare LF', 'bare-newlines', 'A: b\nC: d\n\nx\ny', 'A: b\r\nC: d\r\n\r\nx\r\ny'],
  ['CR CR LF', 'bare-newlines', 'A: b\r\r\n\r\nx\r\r\ny\r\n', 'A: b\r\n\r\nx\r\ny\r\n'],
  ['a lone CR', 'bare-newlines', 'A: b\rc\r\n\r\nx\ry\r', 'A: b c\r\n\r\nx\r\ny\r\n'],
  [
    'a long body line',
    'long-lines',
    `A: b\r\n\r\n${long}\r\n`,
    `A: b\r\n\r\n${long.slice(0, 998)}\r\n${long.slice(998)}\r\n`,
  ],
  [
    'a long header with blanks',
    'long-lines',
    `A: ${'y'.repeat(900)} ${'z'.repeat(900)}\r\n\r\nx\r\n`,
    `A: ${'y'.repeat(900)}\r\n ${'z'.repeat(900)}\r\n\r\nx\r\n`,
  ],
  [
    'a long header without',
    'long-lines',
    `A:${long}\r\n\r\n`,
    `A:${long.slice(0, 995)}\r\n ${long.slice(995)}\r\n\r\n`,
  ],
  [
    'UTF-8',
    '8bit-headers',
    'Subject: a \xc3\xbcber b\r\n\r\n\xfc\r\n',
    'Subject: a =?utf-8?Q?=C3=BCber?= b\r\n\r\n\xfc\r\n',
  ],
  ['Latin-1', '8bit-headers', 'Subject: gr\xfc\xdfe\r\n\r\n', 'Subject: =?unknown-8bit?Q?gr=FC=DFe?=\r\n\r\n'],
  [
    'two words',
    '8bit-headers',
    'Subject: \xfc \xe4\r\n\r\n',
    'Subject: =?unknown-8bit?Q?=FC?= =?unknown-8bit?Q?_=E4?=\r\n\r\n',
  ],
  [
    'a quoted name',
    '8bit-headers',
    'From: "M\xc3\xbcller, \\"J\\"" <a@b>\r\n\r\n',
    'From: =?utf-8?Q?M=C3=BCller=2C_=22J=22?= <a@b>\r\n\r\n',
  ],
]

for (const [name, repair, before, expected] of table) {
  test(`${repair}: ${name}, cut anywhere`, async () => {
    for (const pieceSize of [1, 2, 3, 1000]) assert.equal(await after(before, [repair], pieceSize), expected)
  })
}

const text = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '\0', ' ', ':', '"', 'A: ', 'word', '\xfc', '\xc3\xbc', 'w'.repeat(600)), {
    maxLength: 20,
  })
  .map((pieces) => pieces.join(''))

test('after all repairs there is nothing left to refuse, and doing them again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 700 }), async (before, pieceSize) => {
      const made = await after(before, repairNames, pieceSize)
      assert.equal(made, await after(before, repairNames, 100_000), 'cuts make no difference')
      assert.ok(!made.includes('\0') && !/(^|[^\r])\n|\r(?!\n)/.test(made))
      assert.ok(made.split('\r\n').every((line) => line.length <= 998))
      assert.equal(await after(made, ['nul', 'bare-newlines', 'long-lines'], pieceSize), made)
    }),
  )
})

test('lines longer than memory is spent on are broken as well', async () => {
  for (const endless of [`A: b\r\n\r\n${'x'.repeat(300_000)}`, `A: ${'x'.repeat(300_000)}\r\n\r\n`]) {
    const lines = (await after(endless, ['long-lines'], 50_000)).split('\r\n')
    assert.ok(lines.every((line) => line.length <= 998))
    assert.equal(lines.join('').replaceAll(' ', '').length, endless.replaceAll(/[\r\n ]/g, '').length)
  }
})

test('a message without faults is not changed by any repair', async () => {
  const sound = 'From: a\r\nSubject: b\r\n c\r\n\r\n\xfcber\r\n'
  assert.equal(await after(sound, repairNames), sound)
})

test('an encoded subject reads as before, however long', async () => {
  const subject = 'Über die Größe von Wörtern und Sätzen, '.repeat(12).trim()
  const bytes = Buffer.from(`Subject: ${subject}\r\n\r\n`, 'utf8').toString('latin1')
  const [field] = parseHeaders(Buffer.from(await after(bytes, ['8bit-headers']), 'latin1'))
  assert.equal(decodedValue(field?.value ?? ''), subject)
})

test('a repair answers its own refusal, once, and only where it is allowed', () => {
  assert.equal(repairFor('nul', ['nul'], []), 'nul')
  assert.equal(repairFor('nul', ['nul'], ['nul']), undefined)
  assert.equal(repairFor('nul', ['long-lines'], []), undefined)
  assert.equal(repairFor('quota', repairNames, []), undefined)
})
