// Makes what a server says fit for people.
import { escapeText } from '../../core/printable.ts'

/** Server text for errors and traces: nothing in it that a terminal obeys, and 200 characters at most (quirk E05). */
export function escaped(text: string): string {
  return escapeText(text, 200)
}
