// Makes the passes of a watch: ledger and spool are open while any pair is at work, and given back when none is.
import { asMailhaulError } from '../core/errors.ts'
import type { Report } from '../core/events.ts'
import type { Pair } from '../core/pair.ts'
import type { Clock, Ledger } from '../core/ports.ts'
import { haul, type OpenEnds, type Surroundings } from './haul.ts'
import { Paces } from './pace.ts'
import type { Limits } from './run.ts'
import { RunRecord } from './run-record.ts'
import { judgeBooklessRun, type Standings, throughAt } from './standing.ts'
import type { Assignment } from './watch.ts'

/** What passes stand on: ledger, spool, quarantine; open until it is closed. */
export interface Ground {
  readonly around: Surroundings
  close(): Promise<void>
}

/** What a configuration gives to a watch. */
export interface PassParts {
  readonly pairs: readonly Pair[]
  readonly limits: Limits
  readonly openEnds: OpenEnds
  readonly openGround: () => Promise<Ground>
  /** Opens the ledger for a look at a line or two: every few seconds, while a pair fails. */
  readonly glanceAtLedger?: () => Ledger
  /** Somebody else got through: logins that were refused to one pair may be tried again by all. */
  readonly forgetRefusals?: () => void
  readonly clock: Clock
  readonly report: Report
}

/** A pass leaves to a later one what would make it wait longer, so that it keeps no place from others. Milliseconds. */
const longestWait = 5_000

/** Ground that is never without pairs at work is renewed after this: files may have been moved. Milliseconds. */
const longestStay = 60 * 60_000

/** The passes that a configuration asks for. */
export function assignmentOf(parts: PassParts): Assignment {
  const { pairs, limits, openEnds, openGround, glanceAtLedger, forgetRefusals, clock, report } = parts
  const paces = new Paces(limits, clock)
  const standings: Standings = new Map()
  const ground = new CommonGround(openGround, clock)
  let heard = clock.now()
  const listen = (names: readonly string[], open: () => Ledger) => {
    const times = readThrough(names, open)
    const last = Math.max(heard, ...times.values())
    if (last > heard) forgetRefusals?.()
    heard = last
    return times
  }
  return {
    pairs,
    limits,
    spoolHeld: () => ground.spoolHeld,
    ...(glanceAtLedger ? { gotThrough: (names) => listen(names, glanceAtLedger) } : {}),
    pass: async (pair, { now, stop, kill }) => {
      const options = { retryFailed: false, now, longestWait }
      try {
        return await ground.use((around) =>
          haul(pair, { ...around, paces, standings, report, stop, kill }, openEnds, options),
        )
      } catch (thrown) {
        const record = new RunRecord(pair.name, report, clock)
        const error = asMailhaulError(thrown)
        record.fail(error)
        record.judged(judgeBooklessRun(pair.name, standings, error, clock))
        return record.summary()
      }
    },
  }
}

/** A ledger that cannot be read has nothing to say: the passes tell of it. */
function readThrough(pairs: readonly string[], open: () => Ledger): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  let ledger: Ledger | undefined
  try {
    ledger = open()
    for (const pair of pairs) {
      const at = throughAt(ledger.read(pair))
      if (at !== undefined) times.set(pair, at)
    }
  } catch {
    times.clear()
  } finally {
    ledger?.close()
  }
  return times
}

interface Plot {
  readonly opening: Promise<Ground>
  readonly since: number
  opened: Ground | undefined
  users: number
}

/** Ground that is opened for the first who needs it and closed behind the last. */
class CommonGround {
  readonly #open: () => Promise<Ground>
  readonly #clock: Pick<Clock, 'monotonic'>
  #plot: Plot | undefined

  constructor(open: () => Promise<Ground>, clock: Pick<Clock, 'monotonic'>) {
    this.#open = open
    this.#clock = clock
  }

  get spoolHeld(): number {
    return this.#plot?.opened?.around.spool.held ?? 0
  }

  async use<T>(work: (around: Surroundings) => Promise<T>): Promise<T> {
    const plot = this.#take()
    try {
      plot.opened = await plot.opening
      return await work(plot.opened.around)
    } finally {
      plot.users -= 1
      if (plot.users === 0) {
        if (this.#plot === plot) this.#plot = undefined
        await plot.opened?.close()
      }
    }
  }

  #take(): Plot {
    const now = this.#clock.monotonic()
    const current = this.#plot
    const plot =
      current !== undefined && now - current.since < longestStay
        ? current
        : { opening: this.#open(), since: now, opened: undefined, users: 0 }
    plot.users += 1
    this.#plot = plot
    return plot
  }
}
