// Hands batches to upload connections in the order they come, and opens, limits and closes these connections.
import { asMailhaulError, interrupted, type MailhaulError } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { AppendChannel } from './append-channel.ts'
import type { PoolGrowth, Work } from './pool-growth.ts'
import { Watchdog } from './watchdog.ts'

/** One batch: what to do with a channel, and how much work it is. */
export interface Errand<T> extends Work {
  /** Aborting it drops every connection: nothing is sent after that. */
  readonly signal: AbortSignal
  readonly work: (channel: AppendChannel) => Promise<T>
  /** What it comes to when there is no channel for it. */
  readonly unsent: (error: MailhaulError) => T
}

interface Waiting extends Work {
  readonly signal: AbortSignal
  readonly run: (channel: AppendChannel) => Promise<void>
  readonly refuse: (error: MailhaulError) => void
}

interface Lane {
  readonly channel: AppendChannel
  /** Errands it may have at once: while one is answered, the others keep the line full. */
  readonly most: number
  errands: number
}

/** How the pool gets its connections. */
export interface PoolSettings {
  readonly open: (signal: AbortSignal) => Promise<AppendChannel>
  readonly growth: PoolGrowth
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** Milliseconds without work after which connections are closed. */
  readonly idle: number
}

/** The upload connections of one destination. */
export class ChannelPool {
  readonly #settings: PoolSettings
  readonly #lanes = new Set<Lane>()
  readonly #queue: Waiting[] = []
  readonly #closing = new AbortController()
  readonly #idling: Watchdog
  #opening = 0
  /** Failed, since one stood or none was left under way: nobody knows yet whether another one would fare better. */
  #failed = 0

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#idling = new Watchdog(settings.clock, () => this.#closeLanes())
  }

  /** Does an errand when its turn has come. */
  run<T>({ signal, work, unsent, messages, bytes }: Errand<T>): Promise<T> {
    if (signal.aborted || this.#closing.signal.aborted) return Promise.resolve(unsent(interrupted()))
    const { promise, resolve } = Promise.withResolvers<T>()
    const onAbort = () => this.#drop(interrupted())
    signal.addEventListener('abort', onAbort, { once: true })
    const finish = (result: T) => {
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
    this.#queue.push({
      ...{ messages, bytes, signal },
      run: async (channel) => finish(await work(channel)),
      refuse: (error) => finish(unsent(error)),
    })
    this.#idling.rest()
    this.#dispatch()
    return promise
  }

  /** Opens connections for so many errands that will come soon. Where that fails, the errands will try again and tell. */
  prepare(errands: number, signal: AbortSignal): void {
    const { growth } = this.#settings
    growth.expect(errands)
    const { target } = growth
    for (let lanes = this.#lanes.size + this.#opening; lanes < Math.min(errands, target); lanes++) {
      this.#opening++
      this.#open(signal, true)
    }
  }

  /** Closes every connection properly; what still waits is unsent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#refuseAll(interrupted())
    this.#idling.stop()
    await this.#closeLanes()
  }

  #dispatch(): void {
    for (let lane = this.#freestLane(); lane; lane = this.#freestLane()) {
      const next = this.#queue.shift()
      if (!next) return
      this.#start(lane, next)
    }
    const { target } = this.#settings.growth
    while (this.#opening < this.#queue.length && this.#lanes.size + this.#opening + this.#failed < target) {
      this.#opening++
      this.#open(this.#queue[0]?.signal ?? this.#closing.signal)
    }
  }

  #freestLane(): Lane | undefined {
    let freest: Lane | undefined
    // One too many gets nothing more to do, and goes.
    for (const lane of this.#lanes.values().take(this.#settings.growth.target)) {
      if (lane.errands < lane.most && lane.errands < (freest?.errands ?? lane.most)) freest = lane
    }
    return freest
  }

  async #start(lane: Lane, waiting: Waiting): Promise<void> {
    lane.errands++
    await waiting.run(lane.channel)
    lane.errands--
    const { clock, growth } = this.#settings
    growth.note(clock.monotonic(), waiting, this.#queue.length > 0)
    if (lane.errands === 0 && this.#lanes.size > growth.target) this.#retire(lane)
    this.#dispatch()
    this.#watchIdling()
  }

  #watchIdling(): void {
    const isIdle = this.#lanes.values().every(({ errands }) => errands === 0)
    if (isIdle && !this.#closing.signal.aborted) this.#idling.expect(this.#settings.idle)
  }

  async #open(signal: AbortSignal, isEarly = false): Promise<void> {
    const { open } = this.#settings
    try {
      const channel = await open(AbortSignal.any([signal, this.#closing.signal]))
      // It may have been lost already, while nobody listened yet.
      if (channel.ended) throw channel.ended
      if (this.#closing.signal.aborted) await channel.close()
      else this.#add(channel)
    } catch (thrown) {
      this.#openFailed(asMailhaulError(thrown), isEarly)
    }
    this.#opening--
    this.#dispatch()
    this.#watchIdling()
  }

  #openFailed(error: MailhaulError, isEarly: boolean): void {
    const others = this.#lanes.size + this.#opening - 1
    if (others === 0) {
      this.#failed = 0
      this.#refuseAll(error)
    } else if (error.code === 'throttled') this.#settings.growth.limit(others)
    else if (this.#lanes.size === 0) this.#failed++
    // While others work this only shows how many the server allows, whatever it says. An early one is tried again first.
    else if (!isEarly) this.#settings.growth.limit(others)
  }

  #add(channel: AppendChannel): void {
    this.#failed = 0
    const lane = { channel, errands: 0, most: channel.style.hasMultiappend ? 4 : 2 }
    this.#lanes.add(lane)
    this.#settings.growth.restart()
    channel.onEnded = (error) => this.#ended(lane, error)
  }

  #ended(lane: Lane, error: MailhaulError): void {
    const { growth } = this.#settings
    if (!this.#lanes.delete(lane)) return
    if (error.code === 'throttled') growth.limit(this.#lanes.size)
    growth.restart()
  }

  #refuseAll(error: MailhaulError): void {
    for (const { refuse } of this.#queue.splice(0)) refuse(error)
  }

  #drop(error: MailhaulError): void {
    this.#refuseAll(error)
    for (const { channel } of this.#lanes) channel.end(error)
  }

  #retire(lane: Lane): void {
    this.#lanes.delete(lane)
    lane.channel.close()
  }

  async #closeLanes(): Promise<void> {
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    await Promise.all(lanes.map(({ channel }) => channel.close()))
  }
}
