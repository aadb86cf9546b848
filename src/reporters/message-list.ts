// Messages that people have to know of, one by one: key and size, under the reason they share.
import { formatBytes } from '../core/format.ts'
import { type Key, printableKey } from '../core/message.ts'
import { cut, pad, widthOf } from './cells.ts'
import { type Page, paragraph } from './page.ts'
import { counted, grouped } from './words.ts'

/** One message of the list. */
export interface MessageNote {
  /** Undefined where the source gave no usable name. */
  readonly key: Key | undefined
  /** Octets; undefined where nobody knows. */
  readonly size: number | undefined
  /** What is the matter, in words; from anywhere. Messages with the same text are listed together. */
  readonly text: string
  /** What would mend it. */
  readonly remedy?: string | undefined
}

/** Messages with the same reason, and how many of them are shown. */
interface Group {
  readonly text: string
  readonly notes: MessageNote[]
  shown: number
}

/**
 * The messages by reason, in order of first appearance. The page's limit holds for all of them together and is shared
 * out evenly, so that every reason shows; what is not shown is counted.
 */
export function messageLines(notes: readonly MessageNote[], page: Page, indent: number): string[] {
  const groups = groupsOf(notes)
  shareOut(groups, page.limit)
  const shown = groups.filter((group) => group.shown > 0)
  const lines = shown.flatMap((group, at) => [
    ...groupLines(group, page, indent),
    ...remedyLines(group, shown[at + 1], page, indent + 2),
  ])
  const hidden = groups.filter((group) => group.shown === 0)
  if (hidden.length === 0) return lines
  const count = hidden.reduce((sum, group) => sum + group.notes.length, 0)
  const words = `and ${counted(count, 'more message')} for ${counted(hidden.length, 'more reason')}`
  return [...lines, ...paragraph(words, page, indent, 'faint')]
}

function groupsOf(notes: readonly MessageNote[]): Group[] {
  const groups = new Map<string, Group>()
  for (const note of notes) {
    const group = groups.get(note.text)
    if (group) group.notes.push(note)
    else groups.set(note.text, { text: note.text, notes: [note], shown: 0 })
  }
  return [...groups.values()]
}

/** Gives each group one line after the other until nothing is left to give or to show. */
function shareOut(groups: readonly Group[], limit: number): void {
  let room = limit
  let open = groups
  while (room > 0 && open.length > 0) {
    const each = Math.max(1, Math.floor(room / open.length))
    for (const group of open) {
      const more = Math.min(each, room, group.notes.length - group.shown)
      group.shown += more
      room -= more
    }
    open = open.filter((group) => group.shown < group.notes.length)
  }
}

function groupLines(group: Group, page: Page, indent: number): string[] {
  const shown = group.notes.slice(0, group.shown).map(({ key, size }) => ({
    key: key === undefined ? '(no key)' : cut(printableKey(key), page.columns - indent - 14),
    size: size === undefined ? '' : formatBytes(size),
  }))
  const keyWidth = shown.reduce((widest, { key }) => Math.max(widest, widthOf(key)), 0)
  const sizeWidth = shown.reduce((widest, { size }) => Math.max(widest, widthOf(size)), 0)
  const lines = paragraph(group.text, page, { first: indent, rest: indent + 2 })
  for (const { key, size } of shown) {
    lines.push(`${' '.repeat(indent + 2)}${pad(key, keyWidth, 'left')}  ${pad(size, sizeWidth, 'right')}`.trimEnd())
  }
  const more = group.notes.length - group.shown
  if (more > 0) lines.push(...paragraph(`and ${grouped(more)} more`, page, indent + 2, 'faint'))
  return lines
}

/** What would mend it, once behind all groups in a row for which it is the same. */
function remedyLines(group: Group, next: Group | undefined, page: Page, indent: number): string[] {
  const remedy = remedyOf(group)
  if (remedy === undefined || (next && remedyOf(next) === remedy)) return []
  return paragraph(remedy, page, { first: indent, rest: indent + 2 })
}

function remedyOf(group: Group): string | undefined {
  return group.notes.find((note) => note.remedy !== undefined)?.remedy
}
