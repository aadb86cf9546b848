// Hostile text made safe to print.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeText } from '../../src/core/printable.ts'

const texts: readonly (readonly [string, string])[] = [
  ['hello wörld 漢 👋', 'hello wörld 漢 👋'],
  ['\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
  ['a\r\nb\tc\0', 'a\\x0d\\x0ab\\x09c\\x00'],
  ['\x7f\x80\x9b31m', '\\x7f\\x80\\x9b31m'],
  ['abc\u202etxt.exe', 'abc\\u202etxt.exe'],
  ['\u2066\u2069\u200e\u200f\u061c', '\\u2066\\u2069\\u200e\\u200f\\u061c'],
  ['\u2028\u2029\ufeff\u200b', '\\u2028\\u2029\\ufeff\\u200b'],
  ['\ud800x\udc00', '\\ud800x\\udc00'],
]

for (const [text, expected] of texts) {
  test(`printable: ${expected}`, () => assert.equal(escapeText(text, 100), expected))
}

test('text is cut by characters, never inside one', () => {
  assert.equal(escapeText('abc', 3), 'abc')
  assert.equal(escapeText('abcd', 3), 'abc…')
  assert.equal(escapeText('👋👋👋', 2), '👋👋…')
  assert.equal(escapeText('\x1b\x1b', 1), '\\x1b…')
  assert.equal(escapeText('x'.repeat(10_000_000), 5), 'xxxxx…')
})

test('nothing that comes out moves a cursor or turns text around', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, limit) => {
      const escaped = escapeText(text, limit)
      assert.doesNotMatch(escaped, /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/)
      assert.ok(escaped.isWellFormed())
      assert.ok([...escaped].length <= limit * 6 + 1)
    }),
  )
})
