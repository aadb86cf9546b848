// Progress bars on a terminal: a row for each pair being worked on and one for all of them. Events only change
// numbers; cli-progress asks for the rows a few times a second.
import { MultiBar } from 'cli-progress'
import type { Event, Report } from '../core/events.ts'
import type { Clock } from '../core/ports.ts'
import { cut } from './cells.ts'
import { endLines, type Line, outcomeLine, wordsOf } from './event-words.ts'
import { Forecast, Pace } from './pace.ts'
import { pageOf, paint, paragraph, safe } from './page.ts'
import { PairProgress } from './pair-progress.ts'
import { createRowLayout } from './progress-rows.ts'
import { Slots } from './progress-slots.ts'
import { allRow, many, pairRow } from './progress-text.ts'
import type { Streams } from './streams.ts'
import { brokenRows, TerminalFrames } from './terminal-frames.ts'
import { countOfUnmade } from './unmade.ts'
import { counted } from './words.ts'

const framesPerSecond = 5
/** Pairs that are shown one by one. */
const mostPairs = 8
const mostNews = 3
/** A terminal with fewer lines shows one line of news. */
const lowTerminal = 14
const silence: readonly Line[] = []
/** Wipes what is left of an older line behind the text. */
const wipe = '\x1b[K'

/** What the display works with. */
export interface ProgressOptions {
  readonly streams: Streams
  readonly clock: Pick<Clock, 'monotonic'>
  readonly verbose: boolean
  /** How many pairs the run has; undefined where nobody knows. */
  readonly pairs: number | undefined
}

/** The display, alive from the first pair until `stop`, which leaves the screen as it was found. */
export class Progress {
  readonly #options: ProgressOptions
  readonly #frames: TerminalFrames
  #bars: MultiBar
  readonly #layout: ReturnType<typeof createRowLayout>
  readonly #active = new Map<string, PairProgress>()
  readonly #all = { started: 0, finished: 0, failed: 0, bytes: 0, pace: new Pace(0, 0), forecast: new Forecast(0, 0) }
  readonly #slots = new Slots<PairProgress>()
  /** The last of what was worth knowing, where there are many pairs. */
  readonly #news: Line[] = []
  #lines: readonly string[] = []
  #rows = 0
  #drawn = { columns: 0, rows: 0 }
  #isShrunk = false
  #state: 'idle' | 'drawing' | 'paused' | 'stopped' = 'idle'
  /** What is said once the rows are back. */
  readonly #held: Line[] = []

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#frames = new TerminalFrames(options.streams)
    this.#layout = createRowLayout(options.streams.colour)
    this.#bars = this.#makeBars()
  }

  /** Takes an event: a few additions for those that come by the thousand. */
  readonly report: Report = (event) => {
    if (this.#state === 'stopped') return
    const now = this.#options.clock.monotonic()
    if (event.kind === 'started') this.#start(event.pair, now)
    else if (event.kind === 'finished') this.#finish(event.pair, event.summary.exitCode !== 0)
    else if (event.kind === 'ended') this.#finish(event.pair, false)
    else this.#active.get(event.pair)?.take(event, now)
    if (this.#isMany()) this.#tell(event)
    else for (const line of this.#worthSaying(event)) this.#say(line)
  }

  /** Says something to people without disturbing the rows. */
  readonly say = (text: string): void => this.#say({ text, tone: 'plain' })

  /** Takes the rows away until the function returned is called; what is to be said meanwhile is said then. */
  readonly pause = (): (() => void) => {
    if (this.#state !== 'drawing') return () => undefined
    this.#bars.update()
    this.#bars.stop()
    this.#state = 'paused'
    return () => {
      if (this.#state !== 'paused') return
      const rows = this.#rows
      this.#rows = 0
      this.#bars = this.#makeBars()
      this.#state = 'drawing'
      this.#growTo(rows)
      for (const line of this.#held.splice(0)) this.#say(line)
    }
  }

  /** Takes the rows away; what was said stays. Calling it again does nothing. */
  readonly stop = (): void => {
    const isDrawing = this.#state === 'drawing'
    this.#state = 'stopped'
    for (const line of this.#held.splice(0)) this.#say(line)
    process.off('exit', this.stop)
    if (!isDrawing) return
    this.#bars.update()
    this.#bars.stop()
  }

  #makeBars(): MultiBar {
    const bars = new MultiBar({
      stream: this.#frames,
      fps: framesPerSecond,
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      // Lines said above the rows push them down, so every frame has to hold every row.
      forceRedraw: true,
    })
    bars.on('update-pre', this.#prepare)
    bars.on('redraw-pre', this.#wipeBroken)
    bars.on('update-post', () => this.#frames.flush())
    bars.on('stop', () => this.#frames.flush())
    return bars
  }

  #start(pair: string, now: number): void {
    if (this.#state === 'idle') {
      this.#state = 'drawing'
      this.#all.pace = new Pace(now, 0)
      this.#all.forecast = new Forecast(now, 0)
      // Whoever ends the process in a hurry leaves a cursor behind that people can see.
      process.once('exit', this.stop)
    }
    this.#all.started += 1
    this.#active.set(pair, new PairProgress(pair))
    this.#growTo(this.#rowsWanted())
  }

  #rowsWanted(): number {
    return (
      Math.min(this.#active.size, this.#mostRows()) +
      (this.#hasAllRow() ? 1 : 0) +
      Math.min(this.#news.length, this.#mostNews())
    )
  }

  /** With many pairs nothing is said above the rows: a thousand failures would be all that is seen. */
  #isMany(): boolean {
    return (this.#options.pairs ?? 0) > many && !this.#options.verbose
  }

  #tell(event: Event): void {
    const line = newsOf(event)
    if (line === undefined) return
    this.#news.push(line)
    this.#news.splice(0, this.#news.length - this.#mostNews())
    this.#growTo(Math.max(this.#rows, this.#rowsWanted()))
  }

  #mostNews(): number {
    return (this.#options.streams.rows ?? 24) < lowTerminal ? 1 : mostNews
  }

  #finish(pair: string, hasFailed: boolean): void {
    const progress = this.#active.get(pair)
    this.#active.delete(pair)
    this.#all.finished += 1
    this.#all.bytes += progress?.bytes ?? 0
    if (hasFailed) this.#all.failed += 1
  }

  /** Rows are never taken away before the end: a display that shrinks and grows is hard to look at. */
  #growTo(rows: number): void {
    for (; this.#rows < rows; this.#rows += 1) {
      const row = this.#rows
      // While rows are away they are only counted: they come with the others.
      if (this.#state === 'paused') continue
      this.#bars.create(1, 0, {}, { format: () => this.#lines[row] ?? '' })
    }
  }

  #hasAllRow(): boolean {
    return (this.#options.pairs ?? this.#all.started) > 1
  }

  #mostRows(): number {
    const news = this.#isMany() ? this.#mostNews() : 0
    return Math.max(1, Math.min(mostPairs, (this.#options.streams.rows ?? 24) - 4 - news))
  }

  /** Works out what the rows say, once per frame. */
  readonly #prepare = (): void => {
    const { clock, streams } = this.#options
    const now = clock.monotonic()
    this.#look(streams)
    const pairs = this.#slots.view(this.#active.values(), this.#mostRows())
    const rows = pairs.map((progress) => (progress ? pairRow(progress, now) : undefined))
    if (this.#hasAllRow()) rows.unshift(this.#allRow(now))
    const lines = this.#layout(rows, streams.columns)
    const news = this.#news.slice(-this.#mostNews()).map(({ text, tone }) => {
      return paint(cut(safe(text), streams.columns - 1), tone, streams.colour)
    })
    // News stands at the bottom, whatever is free above it.
    const room = Math.max(0, this.#rows - news.length)
    this.#lines = [...lines.slice(0, room), ...blankLines(room - lines.length), ...news]
  }

  /** A terminal that became narrower breaks the rows that stand there; one that became lower has no room for them all. */
  #look({ columns, rows = 24 }: Streams): void {
    const before = this.#drawn
    this.#drawn = { columns, rows }
    this.#isShrunk = columns < before.columns
    if (this.#isShrunk) this.#frames.up(brokenRows(this.#lines, columns))
    if (this.#rows >= rows && this.#rows > 1) setImmediate(this.#rebuild)
  }

  readonly #wipeBroken = (): void => {
    if (this.#isShrunk) this.#frames.wipeBelow()
    this.#isShrunk = false
  }

  /** Fewer rows than before: only what is made anew can have them. */
  readonly #rebuild = (): void => {
    const resume = this.pause()
    this.#rows = Math.max(1, Math.min(this.#rowsWanted(), (this.#options.streams.rows ?? 24) - 1))
    resume()
  }

  #allRow(now: number) {
    const { started, finished, failed, pace, forecast } = this.#all
    const pairs = Math.max(started, this.#options.pairs ?? 0)
    let { bytes } = this.#all
    let share = finished
    for (const progress of this.#active.values()) {
      bytes += progress.bytes
      share += progress.share
    }
    share /= pairs
    const isOver = this.#options.pairs === undefined || finished === pairs
    const left = isOver ? undefined : forecast.sample(now, share)
    return allRow({ finished, failed, pairs, bytes, share, rate: pace.sample(now, bytes) * 1000, left })
  }

  /** With many pairs only failures are said as they happen; everything else waits for the summary. */
  #worthSaying(event: Event): readonly Line[] {
    const { verbose } = this.#options
    switch (event.kind) {
      case 'outcome':
        return verbose ? linesOf(outcomeLine(event.pair, event.outcome)) : silence
      case 'finished':
        return event.summary.error ? endLines(event.summary, verbose) : silence
      case 'warning':
        return verbose || !this.#hasAllRow() ? linesOf(wordsOf(event)) : silence
      case 'retrying':
        return verbose ? linesOf(wordsOf(event)) : silence
      default:
        return silence
    }
  }

  #say(line: Line): void {
    if (this.#state === 'paused') {
      this.#held.push(line)
      return
    }
    const { text, tone } = line
    const { streams } = this.#options
    const lines = paragraph(text, pageOf(streams), { first: 0, rest: 2 }, tone)
    if (this.#state === 'drawing') for (const line of lines) this.#bars.log(`${line}${wipe}\n`)
    else streams.stderr.write(`${lines.join('\n')}\n`)
  }
}

/** What is worth knowing while it happens. */
function newsOf(event: Event): Line | undefined {
  if (event.kind === 'warning' || event.kind === 'retrying') return wordsOf(event)
  if (event.kind !== 'finished' || event.summary.exitCode === 0) return undefined
  const { pair, error, tally } = event.summary
  const why = error?.message ?? `${counted(countOfUnmade(tally), 'message')} did not make it`
  return { text: `${pair}: ${why}`, tone: 'bad' }
}

function blankLines(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => '')
}

function linesOf(line: Line | undefined): readonly Line[] {
  return line ? [line] : silence
}
