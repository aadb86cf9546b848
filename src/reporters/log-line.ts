// One line of a log: safe to print, coloured on a terminal, dated where nobody else does that.
import type { Line } from './event-words.ts'
import { paint, safe } from './page.ts'
import type { Streams } from './streams.ts'
import { isoTime } from './words.ts'

/** Writes a line to stderr; `at`: its date in milliseconds since the epoch, undefined for none. */
export function writeLogLine({ text, tone }: Line, { stderr, colour }: Streams, at: number | undefined): void {
  const date = at === undefined ? '' : `${isoTime(at).slice(0, 19)}Z `
  stderr.write(`${date}${paint(safe(text), tone, colour)}\n`)
}
