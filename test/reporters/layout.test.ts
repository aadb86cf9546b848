// Text on a page: cells, paragraphs, tables, lists.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { amountLines } from '../../src/reporters/amount-list.ts'
import { cut, headOf, pad, widthOf } from '../../src/reporters/cells.ts'
import { pageOf, paragraph, wrap } from '../../src/reporters/page.ts'
import { type Column, tableLines } from '../../src/reporters/table.ts'
import { counted, dateTime, grouped, isoTime, messageRate, shellWord } from '../../src/reporters/words.ts'

const page = pageOf({ columns: 80, colour: false })
const text = fc.string({ unit: 'grapheme', maxLength: 300 })

test('widths in cells', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['\u0301', 0],
    ['日本語', 6],
    ['한국', 4],
    ['👍', 2],
    ['👨‍👩‍👧', 2],
    ['ｆ', 2],
    ['—…“', 3],
  ]
  for (const [sample, width] of cases) assert.equal(widthOf(sample), width, sample)
})

test('what is cut fits, says so, and is never cut without need', () => {
  assert.equal(cut('abcdef', 6), 'abcdef')
  assert.equal(cut('abcdef', 5), 'abcd…')
  assert.equal(cut('日本語', 5), '日本…')
  assert.equal(cut('日本語', 4), '日…')
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 60 }), (sample, width) => {
      const short = cut(sample, width)
      assert.ok(widthOf(short) <= width)
      assert.equal(short === sample, widthOf(sample) <= width)
      assert.ok(sample.startsWith(headOf(sample, width)))
    }),
  )
})

test('padding fills on the side it is asked for, and never cuts', () => {
  assert.equal(pad('日', 4, 'left'), '日  ')
  assert.equal(pad('日', 4, 'right'), '  日')
  assert.equal(pad('abc', 2, 'left'), 'abc')
})

test('paragraphs keep every word, fit, and hang from their first line', () => {
  assert.deepEqual(wrap('one two three', 8, 8), ['one two', 'three'])
  assert.deepEqual(wrap('abcdefghijkl mno', 8, 8), ['abcdefgh', 'ijkl mno'])
  assert.deepEqual(
    paragraph('one two three four five six seven eight nine ten eleven twelve thirteen fourteen', page, {
      first: 2,
      rest: 4,
    }),
    ['  one two three four five six seven eight nine ten eleven twelve thirteen', '    fourteen'],
  )
  fc.assert(
    fc.property(text, fc.integer({ min: 8, max: 60 }), (sample, width) => {
      const lines = wrap(sample, width, width)
      for (const line of lines) assert.ok(widthOf(line) <= width, line)
      assert.equal(lines.join('').replaceAll(' ', ''), sample.replaceAll(/[ \u00a0]/g, '').trimEnd())
    }),
  )
})

const columns: readonly Column[] = [
  { title: 'name', align: 'left', whenTight: 'shrink' },
  { title: 'count', align: 'right' },
  { title: 'size', align: 'right', whenTight: 'drop' },
  { title: 'note', align: 'left', whenTight: 'drop' },
]

test('tables align, shrink names first, then drop columns from the right', () => {
  const rows = [
    { cells: ['a-rather-long-name-of-a-pair', '1,234', '45.3 MB', 'fine'] },
    { cells: ['b', '5', '6 B', ''] },
  ]
  const at = (width: number) => tableLines(columns, rows, { ...page, columns: width }, 0)
  assert.deepEqual(at(80), [
    'name                          count     size  note',
    'a-rather-long-name-of-a-pair  1,234  45.3 MB  fine',
    'b                                 5      6 B',
  ])
  assert.equal(at(40)[1], 'a-rather-long-nam…  1,234  45.3 MB  fine')
  assert.equal(at(30)[1], 'a-rather-long…  1,234  45.3 MB')
  assert.equal(at(29)[1], 'a-rather-long-name-of…  1,234')
  assert.equal(at(20)[1], 'a-rather-long…  1,2…')
  for (let width = 15; width < 60; width += 1) for (const line of at(width)) assert.ok(widthOf(line) <= width, line)
})

test('a column without content is not there', () => {
  const rows = [{ cells: ['a', '1', '', ''] }]
  assert.deepEqual(tableLines(columns, rows, page, 2), ['  name  count', '  a         1'])
})

test('lists put what something means beside the amount, or below it where it is narrow', () => {
  const rows = [{ label: 'copied', count: 1, bytes: 10, text: 'appended at the destination in this run' }]
  assert.deepEqual(amountLines(rows, page, 0), [
    'copied                1       10 B   appended at the destination in this run',
  ])
  assert.deepEqual(amountLines(rows, { ...page, columns: 42 }, 0), [
    'copied                1       10 B',
    '    appended at the destination in this',
    '    run',
  ])
})

test('numbers, times and names in words', () => {
  assert.equal(grouped(1_234_567), '1,234,567')
  assert.deepEqual(
    [counted(0, 'message'), counted(1, 'message'), counted(2000, 'message')],
    ['0 messages', '1 message', '2,000 messages'],
  )
  assert.deepEqual(
    [messageRate(1, 0), messageRate(49, 10_000), messageRate(12_000, 1000)],
    ['-', '4.9 messages/s', '12,000 messages/s'],
  )
  assert.equal(dateTime(Date.UTC(2026, 2, 1, 14, 5, 59)), '2026-03-01 14:05 UTC')
  assert.equal(isoTime(Number.NaN), '1970-01-01T00:00:00.000Z')
  assert.equal(isoTime(1e300), '+275760-09-13T00:00:00.000Z')
  assert.deepEqual(['alice@new', 'two words', "it's", '$(rm -rf)', ''].map(shellWord), [
    'alice@new',
    "'two words'",
    "'it'\\''s'",
    "'$(rm -rf)'",
    "''",
  ])
})
