// A terminal in memory: enough of one to see what people would see, and to count how often it was written to.
import type { Streams } from '../../src/reporters/streams.ts'

// The commands that a display may use: cursor movement, erasing, cursor on and off, wrapping on and off, colours.
const command = /\x1b\[(\??)(\d*)([A-Za-z])/y

/** Text as a terminal shows it. */
export class Screen {
  /** Everything written, as it came. */
  readonly writes: string[] = []
  hasCursor = true
  wraps = true
  #lines: string[][] = [[]]
  #row = 0
  #column = 0

  write(text: string): void {
    this.writes.push(text)
    for (let at = 0; at < text.length; ) {
      command.lastIndex = at
      const found = command.exec(text)
      if (found) {
        this.#obey(found[1] === '?', Number(found[2] || (found[3] === 'J' || found[3] === 'K' ? 0 : 1)), found[3] ?? '')
        at = command.lastIndex
      } else {
        const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
        this.#put(character)
        at += character.length
      }
    }
  }

  /** The lines down to the last that holds something, without blanks at their ends. */
  text(): string {
    const lines = this.#lines.map((line) =>
      Array.from(line, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    return lines.join('\n').trimEnd()
  }

  /** Where the next character would go. */
  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column }
  }

  /** Becomes narrower, as most terminals do: longer lines are broken at the edge, and the cursor stays with its character. */
  narrow(columns: number): void {
    const lines: string[][] = []
    let [row, column] = [this.#row, this.#column]
    for (const [at, line] of this.#lines.entries()) {
      const parts = Math.max(1, Math.ceil(line.length / columns))
      if (at === this.#row) {
        const part = Math.min(parts - 1, Math.floor(this.#column / columns))
        row = lines.length + part
        column = this.#column - part * columns
      }
      for (let part = 0; part < parts; part += 1) lines.push(line.slice(part * columns, (part + 1) * columns))
    }
    this.#lines = lines
    this.#row = row
    this.#column = column
  }

  #put(character: string): void {
    if (character === '\n') {
      this.#row += 1
      this.#column = 0
      this.#lines[this.#row] ??= []
    } else if (character === '\r') this.#column = 0
    else if (character < ' ' || character === '\x7f') throw new Error(`control character ${JSON.stringify(character)}`)
    else {
      const line = this.#lines[this.#row]
      if (line) line[this.#column] = character
      this.#column += 1
    }
  }

  #obey(isPrivate: boolean, count: number, letter: string): void {
    if (isPrivate && count === 25) this.hasCursor = letter === 'h'
    else if (isPrivate && count === 7) this.wraps = letter === 'h'
    else if (letter === 'A') this.#row = Math.max(0, this.#row - count)
    else if (letter === 'B') this.#row += count
    else if (letter === 'G') this.#column = count - 1
    else if (letter === 'K') this.#lines[this.#row]?.splice(this.#column)
    else if (letter === 'J') {
      this.#lines[this.#row]?.splice(this.#column)
      this.#lines.splice(this.#row + 1)
    } else if (letter !== 'm') throw new Error(`unexpected command ${letter}`)
  }
}

/** Streams that end on a screen. */
export function streamsOn(screen: Screen, more: Partial<Streams> = {}): Streams {
  const untouched = {
    write: () => {
      throw new Error('stdout belongs to the result')
    },
  }
  return { stdout: untouched, stderr: screen, isTerminal: true, columns: 80, rows: 24, colour: false, ...more }
}

/** A clock that stands still until it is moved. */
export class StillClock {
  time = 0

  monotonic(): number {
    return this.time
  }
}
