// Tables of text: aligned columns without lines around them, made to fit the page.
import { cut, pad, widthOf } from './cells.ts'
import { type Page, paint, safe, type Tone } from './page.ts'

/** One column of a table. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** `shrink`: cut to what room there is. `drop`: left out where there is no room for it. */
  readonly whenTight?: 'shrink' | 'drop'
}

/** One line of a table: a cell per column, from anywhere, and what the line means. */
export interface Row {
  readonly cells: readonly string[]
  readonly tone?: Tone
}

const gap = 2
const narrowest = 14

/**
 * Lines of a table with its header. Columns without content are left out, and those that may go are dropped from the
 * right until the rest fits.
 */
export function tableLines(columns: readonly Column[], rows: readonly Row[], page: Page, indent: number): string[] {
  const cells = rows.map((row) => row.cells.map((cell) => safe(cell)))
  const natural = columns.map((column, at) => {
    const widest = cells.reduce((width, row) => Math.max(width, widthOf(row[at] ?? '')), 0)
    return widest === 0 ? 0 : Math.max(widest, column.title.length)
  })
  const widths = fit(columns, natural, page.columns - indent)
  const line = (row: readonly string[], tone: Tone) => {
    const shown = columns.flatMap((column, at) => {
      const width = widths[at] ?? 0
      return width === 0 ? [] : [pad(cut(row[at] ?? '', width), width, column.align)]
    })
    const text = cut(shown.join(' '.repeat(gap)).trimEnd(), page.columns - indent)
    return ' '.repeat(indent) + paint(text, tone, page.colour)
  }
  const titles = columns.map((column) => column.title)
  return [line(titles, 'faint'), ...cells.map((row, index) => line(row, rows[index]?.tone ?? 'plain'))]
}

/** The width of each column, 0 for one that is dropped. */
function fit(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  const widths = [...natural]
  const excess = () => widths.reduce((sum, width) => sum + (width > 0 ? width + gap : 0), -gap) - room
  const shrink = columns.findIndex((column) => column.whenTight === 'shrink')
  const shrinkable = () => Math.max(0, (widths[shrink] ?? 0) - narrowest)
  for (let at = columns.length - 1; at >= 0 && excess() > shrinkable(); at -= 1) {
    if (columns[at]?.whenTight === 'drop') widths[at] = 0
  }
  const over = excess()
  if (over > 0 && shrink >= 0) widths[shrink] = Math.max(narrowest, (widths[shrink] ?? 0) - over)
  return widths
}
