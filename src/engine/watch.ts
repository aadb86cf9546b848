// Keeps pairs in step for as long as it is left running: each gets its passes when they are due, and its turn.
import { asMailhaulError, interrupted } from '../core/errors.ts'
import type { PairSummary } from '../core/events.ts'
import type { Pair } from '../core/pair.ts'
import type { Clock } from '../core/ports.ts'
import type { WatchedPair, WatchView } from '../core/watch.ts'
import { PairWatch } from './pair-watch.ts'
import { RunRecord } from './run-record.ts'
import type { NextCron } from './timetable.ts'
import { Turns } from './turns.ts'

/** Who listens to a watch. Listeners must not throw and must not block. */
export interface WatchListeners {
  /** A pass has ended. */
  readonly onPass?: (summary: PairSummary, pair: WatchedPair) => void
  /** The watch has looked around: what is due has been given its turn. At least once in every `heartbeat`. */
  readonly onTurn?: () => void
}

/** How a single pass is to be made. */
export interface PassOptions {
  /** Log in although the last runs were refused. */
  readonly now: boolean
  /** Aborted: take no new mail, finish what is in flight. */
  readonly stop: AbortSignal
  /** Aborted: drop everything. */
  readonly kill: AbortSignal
}

/** What a configuration asks for: which pairs, how many at once, and how one is moved. */
export interface Assignment {
  readonly pairs: readonly Pair[]
  readonly limits: { readonly pairs: number; readonly perHost: number }
  /** One pass over one pair. */
  readonly pass: (pair: Pair, options: PassOptions) => Promise<PairSummary>
  /** Octets of messages on their way. */
  readonly spoolHeld: () => number
  /**
   * When runs by anybody last got through where these pairs had failed, by name, as far as the ledger knows; milliseconds
   * since the epoch. Never throws.
   */
  readonly gotThrough?: (pairs: readonly string[]) => ReadonlyMap<string, number>
}

/** What a watch is made with. */
export interface WatchOptions {
  readonly clock: Clock
  readonly nextCron: NextCron
  readonly listeners?: WatchListeners
  /** Milliseconds after which the watch looks around although nothing is due: half a minute unless told. */
  readonly heartbeat?: number
  /** Look at every pair at once, whatever its schedule says, and log in although the last runs were refused. */
  readonly now?: boolean
}

/** A watch at work. */
export interface Watch {
  /** How everything stands now. */
  view(): WatchView
  /** From now on another configuration holds: pairs come, go and change, and what fails is tried again soon. */
  reload(assignment: Assignment): void
  /** Resolves when the watch was stopped and the last pass has ended. */
  readonly ended: Promise<void>
}

/** Time over which pairs that are to be tried again are spread. Milliseconds. */
const soon = 5_000

/** How often the ledger is asked whether somebody else got through with what fails here. Milliseconds. */
const listenEvery = 10_000

/** A pair whose time has come, and where it stands in the configuration. */
interface Due {
  readonly watched: PairWatch
  readonly at: number
}

/** Starts to watch. Aborting `stop` lets what is in flight be finished; aborting `kill` drops it. */
export function watchPairs(assignment: Assignment, options: WatchOptions, stop: AbortSignal, kill: AbortSignal): Watch {
  return new PairsWatch(assignment, options, stop, kill)
}

class PairsWatch implements Watch {
  readonly ended: Promise<void>
  readonly #options: WatchOptions
  readonly #turns: Turns
  readonly #startedAt: number
  readonly #stop: AbortSignal
  readonly #atWork = new Set<PairWatch>()
  #assignment: Assignment
  /** In the order of the configuration. */
  #pairs = new Map<string, PairWatch>()
  #wake = new AbortController()
  #listensAt = 0

  constructor(assignment: Assignment, options: WatchOptions, stop: AbortSignal, kill: AbortSignal) {
    this.#assignment = assignment
    this.#options = options
    this.#stop = stop
    this.#startedAt = options.clock.now()
    this.#turns = new Turns([], assignment.limits.perHost)
    this.reload(assignment)
    if (options.now) for (const watched of this.#pairs.values()) watched.hurry(0)
    const end = (how: 'stop' | 'kill') => () => {
      for (const watched of this.#atWork) watched.end(how, interrupted())
      this.#wake.abort()
    }
    const [onStop, onKill] = [end('stop'), end('kill')]
    stop.addEventListener('abort', onStop)
    kill.addEventListener('abort', onKill)
    this.ended = this.#run().finally(() => {
      stop.removeEventListener('abort', onStop)
      kill.removeEventListener('abort', onKill)
    })
  }

  view(): WatchView {
    const pairs = [...this.#pairs.values()]
    return {
      startedAt: this.#startedAt,
      now: this.#options.clock.now(),
      isDraining: this.#stop.aborted,
      queued: pairs.filter(({ isQueued }) => isQueued).length,
      spoolHeld: this.#assignment.spoolHeld(),
      pairs: pairs.map((watched) => watched.view()),
    }
  }

  reload(assignment: Assignment): void {
    const { pairs, limits } = assignment
    // Of those that were removed, some may still be at work, and come back now.
    const before = new Map([...this.#atWork].map((watched) => [watched.pair.name, watched]))
    for (const [name, watched] of this.#pairs) before.set(name, watched)
    const added = pairs.filter(({ name }) => !before.has(name)).length
    this.#assignment = assignment
    this.#turns.clear()
    this.#turns.perHost = limits.perHost
    this.#pairs = new Map(pairs.map((pair) => [pair.name, this.#take(pair, before.get(pair.name), added)]))
    // Those that are gone finish what is in flight.
    for (const [name, watched] of before) if (!this.#pairs.has(name)) watched.end('stop', interrupted())
    this.#wake.abort()
  }

  #take(pair: Pair, before: PairWatch | undefined, added: number): PairWatch {
    if (before === undefined) return new PairWatch(pair, added, this.#options)
    before.change(pair, 1)
    before.isQueued = false
    if (before.isFailing || before.isWorking) before.hurry(soon)
    return before
  }

  async #run(): Promise<void> {
    const { clock, listeners, heartbeat = 30_000 } = this.#options
    // Listeners may ask the watch, so its maker has to have it in hand first.
    await undefined
    while (!this.#stop.aborted || this.#atWork.size > 0) {
      this.#wake = new AbortController()
      const wait = this.#stop.aborted ? heartbeat : Math.min(heartbeat, this.#listen(), this.#enqueue())
      this.#fill()
      listeners?.onTurn?.()
      await clock.sleep(wait, this.#wake.signal).catch(() => undefined)
    }
  }

  /**
   * Pairs that fail wait ever longer; a run by hand may have got through meanwhile, and then they need not. Returns the
   * milliseconds until that is asked again: nobody is asked anything while nobody waits.
   */
  #listen(): number {
    const { gotThrough } = this.#assignment
    const waiting = [...this.#pairs.values()].filter(
      ({ isFailing, isQueued, isWorking, wait }) => isFailing && !isQueued && !isWorking && wait > soon,
    )
    if (gotThrough === undefined || waiting.length === 0) return Number.POSITIVE_INFINITY
    const now = this.#options.clock.monotonic()
    if (now >= this.#listensAt) {
      this.#listensAt = now + listenEvery
      const heard = gotThrough(waiting.map(({ pair }) => pair.name))
      for (const watched of waiting) watched.gotThrough(heard.get(watched.pair.name) ?? 0, soon)
    }
    return this.#listensAt - now
  }

  /** Puts those into the queue whose time has come. Returns the milliseconds until the next one's comes. */
  #enqueue(): number {
    let next = Number.POSITIVE_INFINITY
    const failing: Due[] = []
    for (const [at, watched] of [...this.#pairs.values()].entries()) {
      const { wait } = watched
      if (watched.isQueued || watched.isWorking) continue
      if (wait > 0) next = Math.min(next, wait)
      else if (watched.isFailing) failing.push({ watched, at })
      else this.#queue({ watched, at })
    }
    this.#queueFailing(failing)
    return next
  }

  /**
   * Whoever fails may be waiting for servers that do not answer: together they take half of the places at most, those
   * first whose last pass is longest ago.
   */
  #queueFailing(due: Due[]): void {
    const pairs = [...this.#pairs.values()]
    const taken = pairs.filter(({ isFailing, isQueued, isWorking }) => isFailing && (isQueued || isWorking)).length
    const room = Math.max(1, Math.floor(this.#assignment.limits.pairs / 2)) - taken
    due.sort((one, other) => one.watched.lastFinished - other.watched.lastFinished)
    for (const one of due.slice(0, Math.max(0, room))) this.#queue(one)
  }

  #queue({ watched, at }: Due): void {
    watched.isQueued = true
    this.#turns.add({ pair: watched.pair, at })
  }

  /** Gives turns as long as there is room. */
  #fill(): void {
    while (!this.#stop.aborted && this.#atWork.size < this.#assignment.limits.pairs) {
      const turn = this.#turns.next()
      if (turn === undefined) return
      const watched = this.#pairs.get(turn.pair.name)
      if (watched === undefined) this.#turns.end(turn)
      else
        void this.#work(watched)
          .finally(() => this.#turns.end(turn))
          .finally(() => this.#wake.abort())
    }
  }

  /** One pass. Should it crash, it has failed like any other. */
  async #work(watched: PairWatch): Promise<void> {
    const { listeners, clock } = this.#options
    const { stop, kill, now } = watched.begin()
    watched.isQueued = false
    this.#atWork.add(watched)
    const { pair } = watched
    const crashed = (thrown: unknown) => {
      const record = new RunRecord(pair.name, () => undefined, clock)
      record.fail(asMailhaulError(thrown))
      return record.summary()
    }
    const summary = await this.#assignment.pass(pair, { now, stop: stop.signal, kill: kill.signal }).catch(crashed)
    this.#atWork.delete(watched)
    watched.finish(summary)
    listeners?.onPass?.(summary, watched.view())
  }
}
