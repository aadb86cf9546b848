// Keeps the results of a run in a file while it goes on, so that they are there however the run ends.
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../config/schema.ts'
import { MailhaulError } from '../core/errors.ts'
import type { Event, PairSummary } from '../core/events.ts'
import type { Clock } from '../core/ports.ts'
import { type ResultEnd, type ResultPair, renderResults, resultOf, resultsHeader } from '../reporters/results-csv.ts'
import type { Chosen } from './choose-pairs.ts'

/** Milliseconds between two writings, at least; and so many times what a writing takes. */
const rest = 5_000
const restPerWriting = 50

const nameAnother = 'Name another file: --results FILE.'

/** What it works with. */
export interface ResultsOptions {
  readonly path: string
  readonly config: Config
  readonly chosen: Chosen
  readonly clock: Pick<Clock, 'monotonic'>
  /** Takes secrets out of what servers said. */
  readonly mask: (text: string) => string
}

/** The file, which from the first moment holds a row for each pair. It is replaced whole or not at all. */
export class ResultsFile {
  readonly #path: string
  readonly #options: ResultsOptions
  readonly #pairs = new Map<string, ResultPair>()
  readonly #ends = new Map<string, ResultEnd>()
  #nextAt = 0
  #failure: MailhaulError | undefined
  #isWritten = false

  /** Errors: usage, where the file is something else, or cannot be written. */
  constructor(options: ResultsOptions) {
    this.#options = options
    this.#path = resolve(options.path)
    refuseOthers(this.#path, options.path)
    const { pairs, passedOver } = options.chosen
    for (const { name } of passedOver) this.#ends.set(name, 'passed over')
    const wanted = new Set([...pairs, ...passedOver].map(({ name }) => name))
    for (const { name, source, destination } of options.config.pairs) {
      if (!wanted.has(name)) continue
      const [sourceHost, sourceUser] = [source.host, source.user]
      const [destinationHost, destinationUser] = [destination.host, destination.user]
      this.#pairs.set(name, { pair: name, sourceHost, sourceUser, destinationHost, destinationUser })
    }
    this.#write()
    if (this.#failure) throw this.#failure
    // Whoever ends the process in a hurry, too.
    process.once('exit', this.#writeLast)
  }

  /** Takes the end of a pair, and writes now and then. */
  readonly report = (event: Event): void => {
    if (event.kind !== 'finished') return
    this.#take(event.summary)
    if (this.#options.clock.monotonic() >= this.#nextAt) this.#write()
  }

  /** The run has ended with these. Returns why the file is not what it should be: usage. */
  finish(summaries: readonly PairSummary[]): MailhaulError | undefined {
    for (const summary of summaries) this.#take(summary)
    this.close()
    return this.#failure
  }

  /** The last writing. Calling it again does nothing. */
  close(): void {
    process.off('exit', this.#writeLast)
    this.#writeLast()
  }

  readonly #writeLast = (): void => {
    if (!this.#isWritten) this.#write()
  }

  #take(summary: PairSummary): void {
    this.#ends.set(summary.pair, resultOf(summary))
    this.#isWritten = false
  }

  #write(): void {
    const { clock, mask, path } = this.#options
    const before = clock.monotonic()
    const text = mask(
      renderResults([...this.#pairs.values()].map((pair) => ({ pair, end: this.#ends.get(pair.pair) }))),
    )
    // In the middle of a run a full disk is no reason to stop: the next writing may do.
    try {
      replaceFile(this.#path, text)
      this.#failure = undefined
      this.#isWritten = true
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      this.#failure = usage(`The results cannot be written to ${path}: ${why}.`, nameAnother, cause)
    }
    const after = clock.monotonic()
    this.#nextAt = after + Math.max(rest, (after - before) * restPerWriting)
  }
}

/** A list of accounts, named by mistake, would be gone. */
function refuseOthers(path: string, shown: string): void {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return
    throw usage(`The results cannot be written to ${shown}.`, nameAnother, thrown)
  }
  try {
    const beginning = Buffer.alloc(resultsHeader.length)
    const length = readSync(file, beginning)
    if (length === 0 || beginning.toString('latin1', 0, length).startsWith('cause,pair,')) return
  } catch (thrown) {
    throw usage(`The results cannot be written to ${shown}.`, nameAnother, thrown)
  } finally {
    closeSync(file)
  }
  throw usage(`${shown} is there already and holds no results.`, 'Name another file, or remove this one first.')
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, 'w', 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (thrown) {
    rmSync(temporary, { force: true })
    throw thrown
  }
}

function usage(message: string, hint: string, cause?: unknown): MailhaulError {
  return new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint, cause })
}
