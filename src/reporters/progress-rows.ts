// The rows of the progress display: one per pair that is being worked on, their columns under each other.
import { cut, pad, widthOf } from './cells.ts'
import { paint, type Tone } from './page.ts'

/** One row. */
export interface ProgressRow {
  readonly name: string
  /** What it is doing, instead of everything else; undefined once there are numbers. */
  readonly note: string | undefined
  /** From 0 to 1. */
  readonly share: number
  /** Messages (or pairs) done, octets, rate, time left, and what else there is to say, as text. */
  readonly cells: readonly [done: string, bytes: string, rate: string, left: string, more: string]
  readonly tone: Tone
}

/** A column that only grows, so that the columns behind it stay where they are. */
interface Widths {
  name: number
  readonly cells: number[]
}

// Room kept from the start for what usually comes: `1,040/2,000`, `45.3 MB`, `129.6 kB/s`, `10 min left`.
const usualWidths = [11, 8, 10, 11, 0] as const
// Which columns are worth most where there is no room for all: 'bar' stands for the bar and its percentage.
const byWorth = [0, 3, 2, 'bar', 1, 4] as const
const gap = 2
const percentWidth = 5
const narrowestBar = 8
const widestBar = 30

/** Makes the function that turns rows into lines for a width in cells; it remembers how wide its columns were. */
export function createRowLayout(
  colour: boolean,
): (rows: readonly (ProgressRow | undefined)[], columns: number) => string[] {
  const widths: Widths = { name: 0, cells: [...usualWidths] }
  return (rows, columns) => {
    grow(
      widths,
      rows.filter((row) => row !== undefined),
      columns,
    )
    const shown = columnsFor(widths, columns)
    return rows.map((row) => (row === undefined ? '' : rowLine(row, widths, shown, columns, colour)))
  }
}

function grow(widths: Widths, rows: readonly ProgressRow[], columns: number): void {
  for (const { name, note, cells } of rows) {
    widths.name = Math.max(widths.name, widthOf(name))
    if (note !== undefined) continue
    for (const [at, cell] of cells.entries()) widths.cells[at] = Math.max(widths.cells[at] ?? 0, widthOf(cell))
  }
  widths.name = Math.min(widths.name, Math.max(8, Math.floor(columns / 5)))
}

/** Which cells are shown, and how wide the bar is (0: none). */
interface Shown {
  readonly cells: ReadonlySet<number>
  readonly bar: number
}

function columnsFor(widths: Widths, columns: number): Shown {
  const cells = new Set<number>()
  // The last cell of the line stays free: some terminals wrap when it is written.
  let room = columns - 1 - widths.name
  let bar = 0
  for (const column of byWorth) {
    const width = column === 'bar' ? narrowestBar + percentWidth : (widths.cells[column] ?? 0)
    if (width === 0 || room < width + gap) continue
    room -= width + gap
    if (column === 'bar') bar = narrowestBar
    else cells.add(column)
  }
  return { cells, bar: bar === 0 ? 0 : Math.min(widestBar, bar + room) }
}

function rowLine(row: ProgressRow, widths: Widths, shown: Shown, columns: number, colour: boolean): string {
  const name = paint(pad(cut(row.name, widths.name), widths.name, 'left'), row.tone, colour)
  const blanks = ' '.repeat(gap)
  if (row.note !== undefined) {
    const note = cut(row.note, columns - 1 - widths.name - gap)
    return `${name}${blanks}${paint(note, 'faint', colour)}`
  }
  const cells = [...shown.cells].sort().map((at) => pad(row.cells[at] ?? '', widths.cells[at] ?? 0, 'right'))
  const bar = shown.bar === 0 ? [] : [barOf(row.share, shown.bar, colour)]
  return [name, ...bar, ...cells].join(blanks).trimEnd()
}

function barOf(share: number, width: number, colour: boolean): string {
  const full = Math.floor(share * width)
  const percent = `${Math.floor(share * 100)}%`.padStart(percentWidth)
  return `${paint('━'.repeat(full), 'good', colour)}${paint('─'.repeat(width - full), 'faint', colour)}${percent}`
}
