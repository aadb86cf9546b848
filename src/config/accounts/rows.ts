// Cuts the text of a list of accounts into rows and cells: separator, quotes, comments and line ends found out.
import { type CsvError, parse } from 'csv-parse/sync'

/** One row that holds something; `row` counts every line of the file from 1, as a spreadsheet does. */
export interface ListRow {
  readonly row: number
  /** Without the blanks around them, unless these stand in quotes. */
  readonly cells: readonly string[]
}

/** A row that cannot be cut into cells. */
export interface BrokenRow {
  readonly row: number
  readonly message: string
  readonly hint: string
}

/** The rows of a list, and the lines that are none. */
export interface ListRows {
  readonly rows: readonly ListRow[]
  readonly broken: readonly BrokenRow[]
}

const separators = [';', ',', '\t', '|'] as const

/**
 * Text in UTF-8, or in the UTF-16 that spreadsheets call Unicode text, without a byte order mark; the number of the
 * first line that is neither.
 */
export function decodeList(bytes: Uint8Array): string | number {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const encoding = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return isUtf16 ? 1 : firstBadLine(bytes)
  }
}

function firstBadLine(bytes: Uint8Array): number {
  let start = 0
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(10, start)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end < 0 ? undefined : end))
    } catch {
      return line
    }
    if (end < 0) return line
    start = end + 1
  }
}

/** Cuts a list. Lines that are empty, that begin with # or hold nothing but separators are passed over. */
export function cutRows(text: string): ListRows {
  const lines = text.split(/\r\n|\n|\r/)
  const named = /^"?sep=([;,|\t])"?$/i.exec(lines[0] ?? '')?.[1]
  // The line by which Excel tells its own separator is no row, but it is a line.
  if (named !== undefined) lines[0] = ''
  const separator = named ?? separatorOf(lines)
  const { rows, broken } = cutAtOnce(lines, separator) ?? cutByLine(lines, separator)
  return { rows: rows.filter(({ cells }) => cells.some((cell) => cell !== '')), broken }
}

/** The one that the first row has most of; where two are as many, the one that stands first in the table. */
function separatorOf(lines: readonly string[]): string {
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? ''
  const bare = first.replaceAll(/"[^"]*"/g, '')
  const counts = separators.map((separator) => ({ separator, count: bare.split(separator).length - 1 }))
  // imapsync's form has five at least, whatever else its passwords hold.
  if ((counts[0]?.count ?? 0) >= 5) return ';'
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).separator
}

const usual = {
  comment: '#',
  comment_no_infix: true,
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
} as const

/** All in one go, six times as fast; undefined where a quote is at fault or a cell goes on in the next line. */
function cutAtOnce(lines: readonly string[], delimiter: string): ListRows | undefined {
  try {
    const found: unknown = parse(lines.join('\n'), { ...usual, delimiter, record_delimiter: '\n', info: true })
    const rows = (Array.isArray(found) ? found : []).map(
      ({ record, info }): ListRow => ({ row: info.lines, cells: record }),
    )
    return rows.some(({ cells }) => cells.some((cell) => cell.includes('\n'))) ? undefined : { rows, broken: [] }
  } catch {
    return undefined
  }
}

function cutByLine(lines: readonly string[], delimiter: string): ListRows {
  const rows: ListRow[] = []
  const broken: BrokenRow[] = []
  for (const [at, line] of lines.entries()) {
    try {
      const [cells] = parse(line, { ...usual, delimiter, record_delimiter: '\n' })
      if (cells !== undefined) rows.push({ row: at + 1, cells })
    } catch (thrown) {
      broken.push({ row: at + 1, ...faultOf(thrown) })
    }
  }
  return { rows, broken }
}

// The parser's own messages quote the file, and what they quote may be a password.
function faultOf(thrown: unknown): { message: string; hint: string } {
  const code = thrown instanceof Error && 'code' in thrown ? (thrown as CsvError).code : undefined
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    const hint = 'close it on the same line; a cell that begins with " itself is written """like this"'
    return { message: 'a cell begins with a quote that is not closed', hint }
  }
  const hint = 'close the quote at the end of the cell, and write a quote inside twice: "like ""this"""'
  return { message: 'something stands behind the closing quote of a cell', hint }
}
