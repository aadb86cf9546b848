// Reads a file of names: one a line, or the column `pair` or `name` of a table.
import { cutRows } from './rows.ts'

/** The names in a text, in order; empty lines and those that begin with # hold none. */
export function readNames(text: string): readonly string[] {
  const plain = text.replace(/^\ufeff/, '')
  const { rows } = cutRows(plain)
  const titles = rows[0]?.cells.map((cell) => cell.toLowerCase()) ?? []
  const column = titles.includes('pair') ? titles.indexOf('pair') : titles.indexOf('name')
  // A results file, or a list of accounts: its rows are the choice.
  if (titles.length > 1 && column >= 0) {
    return rows.slice(1).flatMap(({ cells }) => {
      const name = cells[column] ?? ''
      return name === '' ? [] : [withoutGuard(name)]
    })
  }
  return plain
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Results are written so that no spreadsheet takes a name for a formula. */
function withoutGuard(name: string): string {
  return /^'[=+\-@]/.test(name) ? name.slice(1) : name
}
