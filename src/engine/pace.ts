// How fast mail may be moved: token buckets for octets and messages, shared by all pairs of a host, and a pair's own.
import type { Pair } from '../core/pair.ts'
import type { BatchLimits, Clock, Spool, SpoolWriter } from '../core/ports.ts'
import type { Rates } from '../core/rates.ts'

/** What a bucket is filled with in a second holds it: a burst is a second's worth, or one message. */
const burst = 1

/**
 * So much per second. Whoever comes while nothing is owed passes at once, whatever it takes, and what is missing is owed
 * by those who come after: so nothing is too large to pass, and nobody is overtaken for ever.
 */
class Bucket {
  readonly #rate: number
  readonly #clock: Pick<Clock, 'monotonic'>
  #level: number
  #at: number

  constructor(rate: number, clock: Pick<Clock, 'monotonic'>) {
    this.#rate = rate
    this.#clock = clock
    this.#level = rate * burst
    this.#at = clock.monotonic()
  }

  /** Milliseconds until nothing is owed. */
  get delay(): number {
    const now = this.#clock.monotonic()
    this.#level = Math.min(this.#rate * burst, this.#level + (this.#rate * (now - this.#at)) / 1000)
    this.#at = now
    return this.#level >= 0 ? 0 : Math.ceil((-this.#level / this.#rate) * 1000)
  }

  /** Negative gives back. */
  take(amount: number): void {
    this.#level -= amount
  }
}

interface Buckets {
  readonly bytes: Bucket | undefined
  readonly messages: Bucket | undefined
}

/** The pace of one direction of one pair: its own buckets and those of the host. */
export class Pace {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly #buckets: readonly Buckets[]
  readonly #rates: readonly Rates[]

  constructor(
    clock: Pick<Clock, 'monotonic' | 'sleep'>,
    buckets: readonly Buckets[] = [],
    rates: readonly Rates[] = [],
  ) {
    this.#clock = clock
    this.#buckets = buckets
    this.#rates = rates
  }

  /** Lets messages pass if they may at once; says whether they may. */
  tryPass(bytes: number, messages: number): boolean {
    if (this.#delay > 0) return false
    this.charge(bytes, messages)
    return true
  }

  /** Waits until they may pass. Rejects with the signal's reason when that is aborted first. */
  async pass(bytes: number, messages: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const delay = this.#delay
    // Charged at once: those who come later wait for this one too.
    this.charge(bytes, messages)
    if (delay === 0) return
    await this.#clock.sleep(delay, signal).catch((reason: unknown) => {
      this.charge(-bytes, -messages)
      throw reason
    })
  }

  /** They have passed already. */
  charge(bytes: number, messages: number): void {
    for (const bucket of this.#buckets) {
      bucket.bytes?.take(bytes)
      bucket.messages?.take(messages)
    }
  }

  /** Batches no larger than a second's worth: an append is sent in one go. */
  batches({ bytes, count }: BatchLimits): BatchLimits {
    const most = (ofRates: (rates: Rates) => number | undefined, limit: number) =>
      Math.min(limit, ...this.#rates.map((rates) => Math.max(1, ofRates(rates) ?? limit)))
    return {
      bytes: Math.floor(most((rates) => rates.bytesPerSecond, bytes)),
      count: Math.floor(most((rates) => rates.messagesPerSecond, count)),
    }
  }

  /** The spool as the source sees it: it has room for the next message when that may pass, so it is not asked for before. */
  spool(spool: Spool): Spool {
    if (this.#buckets.length === 0) return spool
    const counted = (writer: SpoolWriter, size: number): SpoolWriter => ({
      write: (chunk) => writer.write(chunk),
      finish: async () => {
        const message = await writer.finish()
        // Sizes as listed are hints.
        this.charge(message.size - size, 0)
        return message
      },
      discard: () => writer.discard(),
    })
    return {
      tryReserve: (listed) => {
        const size = Math.max(0, listed)
        if (!this.tryPass(size, 1)) return undefined
        const writer = spool.tryReserve(listed)
        if (writer !== undefined) return counted(writer, size)
        this.charge(-size, -1)
        return undefined
      },
      reserve: async (listed, signal) => {
        const size = Math.max(0, listed)
        await this.pass(size, 1, signal)
        const writer = await spool.reserve(listed, signal).catch((reason: unknown) => {
          this.charge(-size, -1)
          throw reason
        })
        return counted(writer, size)
      },
      get held() {
        return spool.held
      },
    }
  }

  get #delay(): number {
    const delays = this.#buckets.flatMap(({ bytes, messages }) => [bytes?.delay ?? 0, messages?.delay ?? 0])
    return Math.max(0, ...delays)
  }
}

/** The buckets of a run's hosts: source and destination apart, as a host may be both. */
export class Paces {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** What holds for each host. */
  readonly perHost: Rates
  readonly #hosts = new Map<string, Buckets>()

  constructor(perHost: Rates, clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#clock = clock
    this.perHost = perHost
  }

  /** How fast this pair may fetch, and append. */
  of({ sourceHost, destinationHost, sourceRates, destinationRates }: Pair): { fetch: Pace; append: Pace } {
    return {
      fetch: this.#pace(`source ${sourceHost.toLowerCase()}`, sourceRates),
      append: this.#pace(`destination ${destinationHost.toLowerCase()}`, destinationRates),
    }
  }

  #pace(host: string, own: Rates = {}): Pace {
    const shared = this.#hosts.get(host) ?? this.#fill(this.perHost)
    this.#hosts.set(host, shared)
    const limiting = [shared, this.#fill(own)].filter(({ bytes, messages }) => bytes ?? messages)
    return new Pace(this.#clock, limiting, [this.perHost, own])
  }

  #fill({ bytesPerSecond, messagesPerSecond }: Rates): Buckets {
    const bucket = (rate: number | undefined) => (rate === undefined ? undefined : new Bucket(rate, this.#clock))
    return { bytes: bucket(bytesPerSecond), messages: bucket(messagesPerSecond) }
  }
}
