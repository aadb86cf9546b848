// Stands between cli-progress and the terminal: each frame becomes one write, and a frame that changes nothing none.
import { Writable } from 'node:stream'
import type { Streams } from './streams.ts'

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

  /** The frame is complete. One that is equal to the last ends where that ended, so leaving it out changes nothing. */
  flush(): void {
    const frame = this.#frame
    this.#frame = ''
    if (frame === '' || frame === this.#last) return
    this.#last = frame
    this.#streams.stderr.write(frame)
  }
}
