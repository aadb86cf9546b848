// Numbers, times and names in the words that reports use.
import { counted, grouped } from '../core/format.ts'
import type { OutcomeKind } from '../core/outcome.ts'

export { counted, grouped }

/** Milliseconds since the epoch as `2026-03-01 14:05 UTC`. */
export function dateTime(instant: number): string {
  return `${isoTime(instant).slice(0, 16).replace('T', ' ')} UTC`
}

/** Milliseconds since the epoch as `2026-03-01`, in UTC. */
export function day(instant: number): string {
  return isoTime(instant).slice(0, 10)
}

/** Milliseconds since the epoch in ISO 8601; what no calendar holds (certificates may say so) becomes its nearest end. */
export function isoTime(instant: number): string {
  const limit = 8.64e15
  return new Date(Math.min(limit, Math.max(-limit, Number.isNaN(instant) ? 0 : instant))).toISOString()
}

/** An outcome as people read it: `already there`. */
export function outcomeWords(kind: OutcomeKind): string {
  return kind.replaceAll('-', ' ')
}

/** Messages per second over a time in milliseconds: `4.9 messages/s`; nothing can be said of no time. */
export function messageRate(count: number, milliseconds: number): string {
  if (milliseconds <= 0) return '-'
  const perSecond = (count * 1000) / milliseconds
  const shown = perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond)
  return `${grouped(shown)} messages/s`
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** Said of a kept run that may have had more pairs than were kept of it. */
export const partWords =
  'Pairs that had nothing to tell are not kept: the run itself may have counted more pairs and messages than stand here.'
