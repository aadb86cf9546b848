// Amounts under each other: a label, a count, octets, and what it means.
import { greatestOf } from '../core/extremes.ts'
import { formatBytes } from '../core/format.ts'
import { cut, pad, widthOf } from './cells.ts'
import { type Page, paint, paragraph, safe, type Tone } from './page.ts'
import { grouped } from './words.ts'

/** One line of the list. */
export interface AmountRow {
  readonly label: string
  readonly count: number
  /** Octets; undefined where they say nothing. */
  readonly bytes: number | undefined
  /** What it means; from anywhere. */
  readonly text?: string | undefined
  /** How deep it stands under the line before. */
  readonly level?: number
  readonly tone?: Tone
}

const narrowestText = 24

/** The lines of a list of amounts, with labels, counts and octets in columns and the texts wrapped beside them. */
export function amountLines(rows: readonly AmountRow[], page: Page, indent: number): string[] {
  const labels = rows.map((row) => ' '.repeat(indentOf(row)) + safe(row.label))
  const counts = rows.map((row) => grouped(row.count))
  const sizes = rows.map((row) => (row.bytes === undefined ? '' : formatBytes(row.bytes)))
  const widest = (texts: readonly string[], least: number) => Math.max(least, greatestOf(texts.map(widthOf)) ?? 0)
  const countWidth = widest(counts, 7)
  const sizeWidth = sizes.some((size) => size !== '') ? widest(sizes, 9) : 0
  const spare = page.columns - indent - countWidth - sizeWidth - 6
  const labelWidth = Math.min(widest(labels, 14), Math.max(14, Math.floor(spare / 2)))
  return rows.flatMap((row, index) => {
    const amount = [
      pad(cut(labels[index] ?? '', labelWidth), labelWidth, 'left'),
      pad(counts[index] ?? '', countWidth, 'right'),
      ...(sizeWidth === 0 ? [] : [pad(sizes[index] ?? '', sizeWidth, 'right')]),
    ].join('  ')
    return withText(' '.repeat(indent) + amount, row, page, indent)
  })
}

/** The text stands beside the amount, or below it where that would leave it too little room. */
function withText(amount: string, row: AmountRow, page: Page, indent: number): string[] {
  const head = paint(amount.trimEnd(), row.tone ?? 'plain', page.colour)
  if (!row.text) return [head]
  const beside = widthOf(amount) + 3
  const isBeside = page.columns - beside >= narrowestText
  const start = isBeside ? beside : indent + 4
  const lines = paragraph(row.text, page, start, 'faint')
  if (!isBeside) return [head, ...lines]
  const [first = '', ...rest] = lines
  return [head + ' '.repeat(start - widthOf(amount.trimEnd())) + first.slice(start), ...rest]
}

function indentOf(row: AmountRow): number {
  return 2 * (row.level ?? 0)
}
