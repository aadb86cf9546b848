// Text measured in terminal cells: how wide it is, cut to a width, padded to a width.

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const ascii = /^[\x20-\x7e]*$/
// Unicode's East Asian wide and fullwidth blocks, and emoji that are drawn as pictures: two cells each.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/
const pictured = /\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u
const weightless = /^[\p{M}\p{Cf}]+$/u

/** Cells that printable text (no control characters, no colour codes) takes on a terminal. */
export function widthOf(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += cellsOf(segment)
  return width
}

/** The text in at most so many cells; what was cut off shows as an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  return `${headOf(text, width - 1)}…`
}

/** The longest beginning of a text that fits into so many cells. */
export function headOf(text: string, width: number): string {
  if (ascii.test(text)) return text.slice(0, Math.max(0, width))
  let head = ''
  let room = width
  for (const { segment } of segmenter.segment(text)) {
    room -= cellsOf(segment)
    if (room < 0) break
    head += segment
  }
  return head
}

/** Blanks added behind the text (`left`) or before it (`right`), until it is so wide. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return align === 'left' ? text + blanks : blanks + text
}

function cellsOf(grapheme: string): number {
  if (weightless.test(grapheme)) return 0
  return wide.test(grapheme) || pictured.test(grapheme) ? 2 : 1
}
