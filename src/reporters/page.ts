// The page that reports are written on: its width, its colours, and the paragraphs of text that fill it.
import { styleText } from 'node:util'
import { escapeText } from '../core/printable.ts'
import { headOf, widthOf } from './cells.ts'

/** How a report is to be rendered. */
export interface ViewOptions {
  /** Width of the terminal in cells. */
  readonly columns: number
  readonly colour: boolean
  /** Adds what is of use only when something has to be found out: causes of errors. */
  readonly verbose?: boolean
  /** How many messages are listed per pair, 20 unless told. */
  readonly limit?: number
  /** The table of results that is written besides, where there is one. */
  readonly results?: string | undefined
}

/** What a piece of text means, for the terminals that can show it. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad' | 'warn'

/** Options with everything filled in. */
export interface Page {
  readonly columns: number
  readonly colour: boolean
  readonly verbose: boolean
  readonly limit: number
  readonly results: string | undefined
}

/** Where a paragraph stands: blanks before its first line, and before the others. */
export interface Indent {
  readonly first: number
  readonly rest: number
}

// Room for every capability of a talkative server, and far less than a hostile one would like to fill.
const longestText = 1200
const noBreak = '\u00a0'
const styles = { strong: 'bold', faint: 'dim', good: 'green', bad: 'red', warn: 'yellow' } as const

/** The page for these options: never narrower than 40 cells, and no wider than is good to read. */
export function pageOf(options: ViewOptions): Page {
  const columns = Math.min(100, Math.max(40, options.columns))
  const { colour, verbose = false, limit = 20, results } = options
  return { columns, colour, verbose, limit, results }
}

/** Text in its colour, where colours are wanted. */
export function paint(text: string, tone: Tone, colour: boolean): string {
  return colour && tone !== 'plain' && text !== '' ? styleText(styles[tone], text, { validateStream: false }) : text
}

/** Text from anywhere, made safe to print: no controls, no line ends, no endless lines. */
export function safe(text: string): string {
  return escapeText(text, longestText)
}

/** Text from anywhere, made safe and broken into lines that fit the page. */
export function paragraph(text: string, page: Page, indent: Indent | number, tone: Tone = 'plain'): string[] {
  const { first, rest } = typeof indent === 'number' ? { first: indent, rest: indent } : indent
  return wrap(safe(text), page.columns - first, page.columns - rest).map((line, index) =>
    line === '' ? '' : ' '.repeat(index === 0 ? first : rest) + paint(line, tone, page.colour),
  )
}

/** Words that stay on one line. */
export function bound(text: string): string {
  return text.replaceAll(' ', noBreak)
}

/** Breaks text at blanks; a word longer than a line is broken where the line ends. */
export function wrap(text: string, firstWidth: number, restWidth: number): string[] {
  const lines: string[] = []
  let line = ''
  const width = () => Math.max(8, lines.length === 0 ? firstWidth : restWidth)
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width()) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (widthOf(line) > width()) {
      const head = headOf(line, width())
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  lines.push(line)
  return lines.map((whole) => whole.replaceAll(noBreak, ' ').trimEnd())
}
