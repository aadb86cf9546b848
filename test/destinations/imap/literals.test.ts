// How messages are announced: literals by style and size, dates as RFC 3501 writes them, flags that can be written.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dateTime, headOf, isStorable, isSynchronising } from '../../../src/destinations/imap/literals.ts'
import { heldMessage } from '../../engine/held-message.ts'

const mega = 1024 * 1024

describe('isSynchronising', () => {
  for (const [style, size, largestTaken, expected] of [
    ['plus', 1, 0, false],
    ['plus', mega, 0, false],
    ['plus', mega + 1, 0, true],
    ['plus', 5 * mega, 5 * mega, false],
    ['plus', 5 * mega + 1, 5 * mega, true],
    ['minus', 4096, 0, false],
    ['minus', 4097, 0, true],
    ['minus', 4097, mega, true],
    ['none', 1, mega, true],
  ] as const) {
    it(`${style}: ${size} octets after ${largestTaken} are ${expected ? 'asked about' : 'sent'}`, () => {
      assert.equal(isSynchronising(size, style, largestTaken), expected)
    })
  }
})

describe('dateTime', () => {
  for (const [date, expected] of [
    [Date.UTC(1996, 6, 7, 2, 44, 25), ' 7-Jul-1996 02:44:25 +0000'],
    [Date.UTC(1996, 6, 17, 2, 44, 25), '17-Jul-1996 02:44:25 +0000'],
    [Date.UTC(1970, 0, 2), ' 2-Jan-1970 00:00:00 +0000'],
    [Date.UTC(2024, 1, 29, 23, 59, 59, 999), '29-Feb-2024 23:59:59 +0000'],
    [Date.UTC(2026, 11, 31), '31-Dec-2026 00:00:00 +0000'],
  ] as const) {
    it(expected, () => assert.equal(dateTime(date), expected))
  }
})

describe('headOf', () => {
  const message = heldMessage(Buffer.from('Subject: x\r\n\r\n'))
  const internalDate = Date.UTC(2015, 2, 4)

  it('leaves the list out where there are no flags', () => {
    assert.equal(headOf({ message, flags: [], internalDate }, false), '" 4-Mar-2015 00:00:00 +0000" {14+}\r\n')
  })

  it('lists flags and asks', () => {
    const head = headOf({ message, flags: ['\\Seen', '$Forwarded'], internalDate }, true)
    assert.equal(head, '(\\Seen $Forwarded) " 4-Mar-2015 00:00:00 +0000" {14}\r\n')
  })
})

describe('isStorable', () => {
  for (const flag of ['\\Seen', '\\Flagged', '$Forwarded', 'NonJunk', 'a-b.c']) {
    it(`takes ${flag}`, () => assert.ok(isStorable(flag)))
  }
  for (const flag of [
    '',
    '\\',
    '\\Recent',
    '\\recent',
    'a b',
    'a)',
    'a\r\nM2 LOGOUT',
    '"x"',
    'grün',
    '\\\\Seen',
    '*',
  ]) {
    it(`refuses ${JSON.stringify(flag)}`, () => assert.ok(!isStorable(flag)))
  }
})
