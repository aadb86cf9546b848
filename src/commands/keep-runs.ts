// Keeps the report of each pair as it ends, where it has something to tell: for `mailhaul report`.
import type { KeptReport, RunArchive } from '../core/archive.ts'
import { asMailhaulError, type ErrorCode } from '../core/errors.ts'
import type { Event, PairSummary } from '../core/events.ts'
import { totalOf } from '../core/outcome.ts'
import type { PairRunDocument } from '../documents/run-document.ts'
import { pairRunDocument } from '../reporters/json-run.ts'
import { isNews } from '../reporters/news.ts'
import { countOfUnmade } from '../reporters/unmade.ts'

/** How a keeper goes about it. */
export interface KeeperOptions {
  /** A pass that fails as the one before did, and brings nothing, is not kept again. */
  readonly forgetsRepeated?: boolean
  /** Told what was worth being kept, with the number of the run where the ledger has kept it. */
  readonly onNews?: (document: PairRunDocument, number: number | undefined) => void
}

/** Listens to a run, and keeps what it comes to. Never fails: that a report could not be kept is said once. */
export class RunKeeper {
  readonly #warn: (text: string) => void
  readonly #archives = new Set<RunArchive>()
  readonly #failing = new Map<string, ErrorCode>()
  readonly #forgetsRepeated: boolean
  readonly #onNews: KeeperOptions['onNews']
  #hasWarned = false
  #number: number | undefined

  constructor(warn: (text: string) => void, { forgetsRepeated = false, onNews }: KeeperOptions = {}) {
    this.#warn = warn
    this.#forgetsRepeated = forgetsRepeated
    this.#onNews = onNews
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
    if (isRepeated || !isNews(summary)) return
    const document = pairRunDocument(summary, 'new')
    const number = this.#keep(summary, document)
    this.#onNews?.(document, number)
  }

  #keep(summary: PairSummary, document: PairRunDocument): number | undefined {
    try {
      const number = [...this.#archives].at(-1)?.keep(keptOf(summary, document))
      this.#number = number ?? this.#number
      return number
    } catch (thrown) {
      if (this.#hasWarned) return undefined
      this.#hasWarned = true
      this.#warn(`The report of this run could not be kept in the ledger. ${asMailhaulError(thrown).message}`)
      return undefined
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

function keptOf(summary: PairSummary, document: PairRunDocument): KeptReport {
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
    document: JSON.stringify(document),
  }
}
