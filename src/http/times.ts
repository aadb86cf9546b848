// Points in time as people read them: how long ago, or how long yet, with the exact time beside it.
import { html, type Markup } from '../page/markup.ts'

/** `just now`, `42 s ago`, `5 min ago`, `3 h ago`, `12 d ago`. */
export function ago(milliseconds: number): string {
  return milliseconds < 5000 ? 'just now' : `${roughly(milliseconds)} ago`
}

/** `now`, `in 42 s`, `in 5 min`, `in 3 h`. */
export function ahead(milliseconds: number): string {
  return milliseconds < 1000 ? 'now' : `in ${roughly(milliseconds)}`
}

/** A length of time in its one unit that matters: `42 s`, `5 min`, `3 h`, `12 d`. */
export function roughly(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`
}

/** A time element: the words to read, the exact time (Unix milliseconds) for those who point at it. */
export function timeElement(at: number, words: string): Markup {
  const iso = isoTime(at)
  return html`<time datetime="${iso}" title="${iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}">${words}</time>`
}

/** ISO 8601 in UTC; a time that no calendar has becomes the first of 1970. */
export function isoTime(at: number): string {
  return new Date(Math.abs(at) <= 8.64e15 ? at : 0).toISOString()
}
