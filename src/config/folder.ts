// Checks the folder that messages go to: a path, a special use (RFC 6154), or a template with {year} and {month}.
import { invisibleCharacters, type Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** What to write for a folder. */
export const folderInstead = String.raw`write a path such as Archive/2015, a special use such as '\Sent', or a template: Archive/{year}`

const specialUses = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash']
const views = ['\\all', '\\flagged', '\\important']

/** Parses a folder: special uses in their usual spelling, anything else as it is, `/` between its levels. */
export function parseFolder(folder: string): Parsed<string> {
  if (folder.startsWith('\\')) return parseSpecialUse(folder.replace(/^\\\\/, '\\'))
  const shown = quote(folder)
  const refuse = (problem: string, instead: string): Parsed<string> => ({ ok: false, problem, instead })
  if (folder.length > 255) return refuse('this folder name is longer than 255 characters', 'write a shorter one')
  if (invisibleCharacters.test(folder)) return refuse(`${shown} holds invisible characters`, folderInstead)
  if (folder.split('/').some((level) => level.trim() === '')) {
    return refuse(`${shown} has a level without a name`, 'write one / between levels, and none at the start or end')
  }
  const unknown = folder.match(/\{[^}]*\}?/g)?.find((word) => word !== '{year}' && word !== '{month}')
  if (unknown) return refuse(`${quote(unknown)} is not known in a folder name`, 'use {year} and {month}')
  return { ok: true, value: folder }
}

function parseSpecialUse(folder: string): Parsed<string> {
  const known = specialUses.find((use) => use.toLowerCase() === folder.toLowerCase())
  if (known) return { ok: true, value: known }
  const isView = views.includes(folder.toLowerCase())
  const problem = isView
    ? `${quote(folder)} is a view of other folders`
    : `${quote(folder)} is no special use of a folder`
  return { ok: false, problem, instead: `write one of ${specialUses.join(', ')}, or a folder's path` }
}
