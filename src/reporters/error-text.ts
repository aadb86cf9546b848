// An error as people read it: one sentence, what to do about it, and, where asked for, what was behind it.
import type { MailhaulError } from '../core/errors.ts'
import { type Page, pageOf, paragraph, type ViewOptions } from './page.ts'

const mostCauses = 8

/** An error by itself, ready to be written: for what ends a command before there is anything to report. */
export function renderError(error: MailhaulError, options: ViewOptions): string {
  return `${errorLines(error, 'mailhaul: ', pageOf(options), 0).join('\n')}\n`
}

/** The lines of an error; `about` stands before the sentence. Never a stack trace: causes give their messages only. */
export function errorLines(error: MailhaulError, about: string, page: Page, indent: number): string[] {
  // A configuration has all its problems told at once, one per line; anywhere else a line end is somebody's trick.
  const [first = '', ...more] = error.code === 'config' ? error.message.split('\n') : [error.message]
  const lines = paragraph(about + first, page, { first: indent, rest: indent + 2 }, 'bad')
  for (const line of more) lines.push(...paragraph(line.trim(), page, { first: indent + 2, rest: indent + 4 }, 'bad'))
  if (error.hint !== undefined) lines.push(...paragraph(error.hint, page, indent + 2))
  if (page.verbose) {
    for (const cause of causesOf(error)) {
      lines.push(...paragraph(`because: ${cause}`, page, { first: indent + 2, rest: indent + 4 }, 'faint'))
    }
  }
  return lines
}

/** An error in one line: what is wrong, and what to do about it. What a server says often ends without a full stop. */
export function errorSentences({ message, hint }: Pick<MailhaulError, 'message' | 'hint'>): string {
  return hint === undefined ? message : `${message}${/[.!?:]$/.test(message) ? '' : '.'} ${hint}`
}

/** The messages of the causes of an error, nearest first; what repeats the line before is left out. */
export function causesOf(error: MailhaulError): string[] {
  const causes: string[] = []
  let before = error.message
  let cause: unknown = error.cause
  for (let depth = 0; cause !== undefined && cause !== null && depth < mostCauses; depth += 1) {
    const text = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : ''
    if (text !== '' && text !== before) causes.push(text)
    before = text
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}
