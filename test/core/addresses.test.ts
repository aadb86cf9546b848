// Address lists good and bad, and comments: what is found in them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressesOf } from '../../src/core/addresses.ts'
import { withoutComments } from '../../src/core/comments.ts'

const lists: readonly (readonly [string, string[]])[] = [
  ['bob@example.com', ['bob@example.com']],
  ['<bob@example.com>', ['bob@example.com']],
  ['Bob <bob@example.com>', ['bob@example.com']],
  ['Bob B. Bobson <Bob@Example.com>', ['Bob@Example.com']],
  ['"Bobson, Bob" <bob@example.com>, alice@example.com', ['bob@example.com', 'alice@example.com']],
  ['"a <x@y>" <bob@example.com>', ['bob@example.com']],
  ['"say \\"hi\\", <x@y>" <bob@example.com>', ['bob@example.com']],
  ['bob@example.com (Bob, the <builder@x>)', ['bob@example.com']],
  ['Bob (a (nested, one) "quote) <bob@example.com>', ['bob@example.com']],
  ['bob(comment)@(comment)example.com', ['bob@example.com']],
  ['bob @ example.com', ['bob@example.com']],
  ['< bob@example.com >', ['bob@example.com']],
  ['<@relay.example,@other.example:bob@example.com>', ['bob@example.com']],
  ['Friends: a@example.com, B <b@example.com>;, c@example.com', ['a@example.com', 'b@example.com', 'c@example.com']],
  ['undisclosed-recipients:;', []],
  ['Empty: ;, bob@example.com', ['bob@example.com']],
  ['"bob smith"@example.com', ['bob smith@example.com']],
  ['<"bob@home"@example.com>', ['bob@home@example.com']],
  ['=?utf-8?q?Bob=2C_x?= <bob@example.com>', ['bob@example.com']],
  ['"bob@example.com" <bob@real.example>', ['bob@real.example']],
  ['Bob bob@example.com', ['bob@example.com']],
  ['MAILER-DAEMON', ['MAILER-DAEMON']],
  ['<MAILER-DAEMON>', ['MAILER-DAEMON']],
  ['Just a name', []],
  ['<>', []],
  ['', []],
  [',,;,', []],
  ['a@example.com; b@example.com', ['a@example.com', 'b@example.com']],
  ['Bob <bob@example.com', ['bob@example.com']],
  ['Bob <bob@example.com, Alice <alice@example.com>', ['bob@example.com', 'alice@example.com']],
  ['"Bob <bob@example.com>', ['bob@example.com']],
  ['Bob (home <bob@example.com>', ['bob@example.com']],
  ['Bob) <bob@example.com>', ['bob@example.com']],
  ['a@example.com,\t\0b@example.com', ['a@example.com', 'b@example.com']],
  [Buffer.from('jürgen@exämple.com').toString('latin1'), ['jürgen@exämple.com']],
]

for (const [value, expected] of lists) {
  test(`addresses of ${JSON.stringify(value)}`, () => assert.deepEqual(addressesOf(value), expected))
}

const comments: readonly (readonly [string, string])[] = [
  ['a (b) c', 'a   c'],
  ['a (b (c) d) e', 'a   e'],
  ['a "(b)" c', 'a "(b)" c'],
  ['a (b \\) c) d', 'a   d'],
  ['a (b "c) d" e', 'a   d" e'],
  ['a (b', 'a (b'],
  ['a (b (c) d', 'a (b   d'],
  ['a b) c', 'a b) c'],
  ['a "b (c) d', 'a "b   d'],
  ['(a) (b)', '   '],
  ['no comment', 'no comment'],
]

for (const [value, expected] of comments) {
  test(`comments out of ${JSON.stringify(value)}`, () => assert.equal(withoutComments(value), expected))
}

const token = fc.constantFrom(
  '<',
  '>',
  '(',
  ')',
  '"',
  '\\',
  ',',
  ';',
  ':',
  '@',
  '.',
  ' ',
  'a',
  'b.example',
  '\xff',
  '\0',
)

test('no value makes them throw, and none is empty', () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
      for (const address of addressesOf(tokens.join(''))) assert.notEqual(address, '')
    }),
    { numRuns: 3000 },
  )
})

test('hostile values are read in one pass', () => {
  // Each of these takes very long if anything in it is tried again from every position.
  for (const unit of ['(', '((a)', '"', '\\"', '"\\"', '<', '"(', '("', ' ', ' @', 'a@ ', ':', '<@', ') (']) {
    const value = unit.repeat(65_536)
    addressesOf(value)
    addressesOf(`"${value}`)
    addressesOf(`(${value}`)
  }
})
