// What every rendering has to keep to: it fits the page, and nothing in it can act on a terminal.
import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { widthOf } from '../../src/reporters/cells.ts'
import type { ViewOptions } from '../../src/reporters/page.ts'

/** Eighty columns without colours: how goldens are rendered. */
export const plainPage: ViewOptions = { columns: 80, colour: false }

/** Asserts that every line fits and holds nothing but printable text. */
export function assertFits(text: string, columns = 80): void {
  assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'), 'ends with one line end')
  for (const line of text.slice(0, -1).split('\n')) {
    assert.ok(widthOf(line) <= columns, `${widthOf(line)} cells: ${line}`)
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    assert.ok(!line.endsWith(' '), `blanks at the end: ${JSON.stringify(line)}`)
  }
}

/** Renders with and without colours: the words must be the same, and colours appear only when asked for. */
export function assertColours(render: (options: ViewOptions) => string): void {
  const plain = render(plainPage)
  const coloured = render({ ...plainPage, colour: true })
  assert.ok(!plain.includes('\x1b'))
  assert.ok(coloured.includes('\x1b['))
  assert.equal(stripVTControlCharacters(coloured), plain)
}
