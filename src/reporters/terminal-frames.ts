// Stands between cli-progress and the terminal: each frame becomes one write, and a frame that changes nothing none.
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { widthOf } from './cells.ts'
import type { Streams } from './streams.ts'

/** How many lines more these lines take on a terminal that has become so narrow: most break them at its edge. */
export function brokenRows(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => {
    const width = widthOf(stripVTControlCharacters(line))
    return rows + Math.max(0, Math.ceil(width / Math.max(1, columns)) - 1)
  }, 0)
}

/** A terminal whose writes are held back until the frame is complete. */
export class TerminalFrames extends Writable {
  /** cli-progress moves the cursor only where it finds this. */
  readonly isTTY = true
  readonly #streams: Streams
  #frame = ''
  #last = ''

  constructor(streams: Streams) {
    super({ decodeStrings: false })
    this.#streams = streams
  }

  /** Asked by cli-progress at each drawing. */
  get columns(): number {
    return this.#streams.columns
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.#frame += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    done()
  }

  /** Moves up before the next frame is drawn. */
  up(rows: number): void {
    if (rows > 0) this.#frame += `\x1b[${rows}A`
  }

  /** Nothing is left of what stood here and below. */
  wipeBelow(): void {
    this.#frame += '\x1b[0J'
  }

  /** The frame is complete. One that is equal to the last ends where that ended, so leaving it out changes nothing. */
  flush(): void {
    const frame = this.#frame
    this.#frame = ''
    if (frame === '' || frame === this.#last) return
    this.#last = frame
    this.#streams.stderr.write(frame)
  }
}
