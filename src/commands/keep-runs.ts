// Keeps the report of each pair as it ends, where it has something to tell: for `mailhaul report`.
import type { RunArchive } from '../core/archive.ts'
import { asMailhaulError, type ErrorCode } from '../core/errors.ts'
import type { Event, PairSummary } from '../core/events.ts'
import { totalOf } from '../core/outcome.ts'
import { pairRunDocument } from '../reporters/json-run.ts'
import { isNews } from '../reporters/news.ts'
import { countOfUnmade } from '../reporters/unmade.ts'

/** Listens to a run, and keeps what it comes to. Never fails: that a report could not be kept is said once. */
export class RunKeeper {
  readonly #warn: (text: string) => void
  readonly #archives = new Set<RunArchive>()
  readonly #failing = new Map<string, ErrorCode>()
  readonly #forgetsRepeated: boolean
  #hasWarned = false
  #number: number | undefined

  /** `forgetsRepeated`: a pass that fails as the one before did, and brings nothing, is not kept again. */
  constructor(warn: (text: string) => void, forgetsRepeated: boolean) {
    this.#warn = warn
    this.#forgetsRepeated = forgetsRepeated
  }

  /** The number of the last run that was kept; undefined where there was none. */
  get number(): number | undefined {
    return this.#number
  }

  /** From now on reports go there; the function returned ends that. */
  use(archive: RunArchive | undefined): () => void {
    if (archive === undefined) return () => undefined
    this.#archives.add(archive)
    return () => void this.#archives.delete(archive)
  }

  /** To be told of everything that happens. */
  hear(event: Event): void {
    if (event.kind !== 'finished') return
    const { summary } = event
    const isRepeated = this.#isRepeated(summary)
    const archive = [...this.#archives].at(-1)
    if (archive === undefined || isRepeated || !isNews(summary)) return
    try {
      this.#number = archive.keep(keptOf(summary))
    } catch (thrown) {
      if (this.#hasWarned) return
      this.#hasWarned = true
      this.#warn(`The report of this run could not be kept in the ledger. ${asMailhaulError(thrown).message}`)
    }
  }

  #isRepeated({ pair, error, fresh, removal }: PairSummary): boolean {
    const before = this.#failing.get(pair)
    if (error === undefined) this.#failing.delete(pair)
    else this.#failing.set(pair, error.code)
    const moved = totalOf(fresh).count - fresh.pending.count + removal.removed
    return this.#forgetsRepeated && error !== undefined && error.code === before && moved === 0
  }
}

function keptOf(summary: PairSummary) {
  const { pair, run, startedAt, milliseconds, exitCode, listed, tally } = summary
  return {
    pair,
    run,
    startedAt,
    finishedAt: startedAt + Math.round(milliseconds),
    exitCode,
    listed: listed.count,
    copied: tally.copied.count,
    unmade: countOfUnmade(tally),
    document: JSON.stringify(pairRunDocument(summary, 'new')),
  }
}
