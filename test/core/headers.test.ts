// Header blocks good and bad: what fields they hold, and how values read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodedValue, headerValues, parseHeaders, textOfBytes } from '../../src/core/headers.ts'

const parse = (text: string) => parseHeaders(Buffer.from(text, 'latin1')).map(({ name, value }) => [name, value])

const blocks: readonly (readonly [string, string, string[][]])[] = [
  [
    'plain fields',
    'A: 1\r\nB: 2\r\n\r\n',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  [
    'bare LF and CR CR LF',
    'A: 1\nB: 2\r\r\n\n',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  [
    'no blank line at the end',
    'A: 1\r\nB: 2',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  ['nothing behind the blank line', 'A: 1\r\n\r\nB: 2\r\n', [['A', '1']]],
  ['nothing behind a blank line of CRs', 'A: 1\r\n\r\r\nB: 2\r\n', [['A', '1']]],
  [
    'unfolded values',
    'A: 1\r\n 2\r\n\t3\r\nB: 4\r\n',
    [
      ['A', '1 2\t3'],
      ['B', '4'],
    ],
  ],
  ['a line of blanks is a continuation', 'A: 1\r\n \r\n 2\r\n', [['A', '1  2']]],
  [
    'an empty value',
    'A:\r\nB: \r\n',
    [
      ['A', ''],
      ['B', ''],
    ],
  ],
  ['blanks before the colon', 'A \t: 1\r\n', [['A', '1']]],
  ['a second colon', 'A: b: c\r\n', [['A', 'b: c']]],
  ['a leading continuation', ' 1\r\n\t2\r\nA: 3\r\n', [['A', '3']]],
  [
    'a line without colon and its continuation',
    'A: 1\r\nnonsense\r\n more\r\nB: 2\r\n',
    [
      ['A', '1'],
      ['B', '2'],
    ],
  ],
  ['a colon without name', ': 1\r\n 2\r\nB: 2\r\n', [['B', '2']]],
  ['an mbox From line', 'From a@b Mon Jan 1\r\nA: 1\r\n', [['A', '1']]],
  ['NUL, lone CR and 8-bit bytes stay', 'A: a\0b\rc\xe9\xa0\r\n', [['A', 'a\0b\rc\xe9\xa0']]],
  ['nothing at all', '', []],
]

for (const [name, text, fields] of blocks) {
  test(`fields: ${name}`, () => assert.deepEqual(parse(text), fields))
}

test('the number of fields is bounded', () => {
  assert.equal(parse('A: 1\r\n'.repeat(5000)).length, 1000)
})

test('values are found ignoring case, in order', () => {
  const fields = parseHeaders(Buffer.from('Received: 1\r\nX: 2\r\nRECEIVED: 3\r\n'))
  assert.deepEqual(headerValues(fields, 'received'), ['1', '3'])
  assert.deepEqual(headerValues(fields, 'absent'), [])
})

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
const values: readonly (readonly [string, string, string])[] = [
  ['plain', 'hello', 'hello'],
  ['quoted-printable', '=?iso-8859-1?Q?caf=E9_x?=', 'café x'],
  ['base64', '=?UTF-8?B?w7xiZXI=?=', 'über'],
  ['two words with a blank between', '=?utf-8?q?a?= =?utf-8?q?b?=', 'ab'],
  ['one character in two words', '=?utf-8?B?w7w=?= =?utf-8?q?=C3?= =?utf-8?q?=BC?=', 'üü'],
  ['a language tag (RFC 2231)', '=?utf-8*en?q?a?=', 'a'],
  ['raw UTF-8 (RFC 6532)', utf8('größe 漢'), 'größe 漢'],
  ['raw UTF-8 beside a word', `${utf8('ü')} =?utf-8?q?=C3=A4?=`, 'ü ä'],
  ['raw Latin-1', 'caf\xe9', 'café'],
  ['an unknown charset', '=?x-nonsense?q?abc?=', 'abc'],
  ['no word though it looks like one', '=?utf-8?q?a', '=?utf-8?q?a'],
  ['broken base64', '=?utf-8?b?!!!?= x', ' x'],
  ['NUL', 'a\0b', 'a\0b'],
]

for (const [name, value, expected] of values) {
  test(`value: ${name}`, () => assert.equal(decodedValue(value), expected))
}

const bytes = fc.uint8Array({ maxLength: 300 })
const token = fc.constantFrom(
  '=?',
  '?=',
  'utf-8',
  'iso-2022-jp',
  '?q?',
  '?B?',
  ' ',
  '\t',
  '=C3',
  'w7w',
  '\xff',
  '\0',
  ':',
  '\r\n',
  '*',
)

test('no bytes make the parsers throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.array(token, { maxLength: 40 }).map((all) => Buffer.from(all.join(''), 'latin1')),
      ),
      (block) => {
        for (const { name, value } of parseHeaders(block)) {
          assert.ok(name !== '' && !/[\r\n]$/.test(value))
          assert.equal(typeof decodedValue(value), 'string')
        }
        assert.equal(typeof decodedValue(Buffer.from(block).toString('latin1')), 'string')
      },
    ),
    { numRuns: 2000 },
  )
})

test('text of bytes is UTF-8 where it is and Latin-1 where it is not', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(textOfBytes(utf8(text)), text)))
  assert.equal(textOfBytes('\xc3\x28'), '\xc3\x28')
})
