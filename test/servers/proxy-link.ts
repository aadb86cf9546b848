// One direction of a proxied connection: a queue of pieces, each with the time at which it arrives at the other end.

import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Chunking, type Splitter, splitterOf } from './chunking.ts'
import type { Ending } from './line-socket.ts'
import { reset } from './reset.ts'

/** What happens to bytes in one direction. Offsets count the bytes of one connection in this direction. */
export type LinkSettings = {
  /** Milliseconds that every byte, and the end, is on its way. There is no limit to the bandwidth. */
  latency?: number
  /** Hands on so many bytes and then cuts both directions; `times` connections (default 1), then no more. */
  cut?: { readonly at: number; readonly how?: Ending; times?: number }
  /** From this byte on, nothing arrives any more, neither bytes nor an end (D10). */
  blackholeFrom?: number
  /**
   * Cuts what has arrived in one go into segments of its own, whatever segments it came in; what waits behind it in the
   * queue, as latency makes it do, is cut together with it.
   */
  chunking?: Chunking
}

type Parcel = { readonly due: number; readonly bytes: Buffer | 'end' | 'reset' }

// So many bytes may be under way before the sender is held up, whatever the latency.
const WINDOW = 16 * 1024 * 1024

// So many bytes are cut together at most, so that changed settings soon matter.
const TOGETHER = 64 * 1024

/** Carries what `from` sends to `to`, in order, reading the settings anew for every piece. */
export class ProxyLink {
  readonly #from: Socket
  readonly #to: Socket
  readonly #settings: () => LinkSettings
  readonly #cut: (how: Ending) => void
  readonly #count: (bytes: number) => void
  readonly #parcels: Parcel[] = []
  #underWay = 0
  #passed = 0
  #isDelivering = false
  #isMute = false

  constructor(
    from: Socket,
    to: Socket,
    settings: () => LinkSettings,
    cut: (how: Ending) => void,
    count: (bytes: number) => void,
  ) {
    this.#from = from
    this.#to = to
    this.#settings = settings
    this.#cut = cut
    this.#count = count
    from.on('data', (bytes) => this.#accept(bytes))
    from.on('end', () => this.#accept('end'))
    from.on('error', () => this.#accept('reset'))
  }

  /** Hands on nothing more; what still comes is read and thrown away. */
  mute(): void {
    this.#isMute = true
    this.#parcels.length = 0
    this.#from.resume()
  }

  #accept(bytes: Parcel['bytes']): void {
    if (this.#isMute) return
    this.#parcels.push({ due: performance.now() + (this.#settings().latency ?? 0), bytes })
    if (typeof bytes !== 'string') this.#underWay += bytes.length
    if (this.#underWay > WINDOW) this.#from.pause()
    if (!this.#isDelivering) void this.#deliver()
  }

  async #deliver(): Promise<void> {
    this.#isDelivering = true
    for (let parcel = this.#parcels[0]; parcel; parcel = this.#parcels[0]) {
      const wait = parcel.due - performance.now()
      if (wait > 0) {
        await new Promise((resolve) => setTimeout(resolve, Math.ceil(wait)))
        continue
      }
      this.#parcels.shift()
      await this.#handOver(typeof parcel.bytes === 'string' ? parcel.bytes : this.#together(parcel.bytes))
    }
    this.#isDelivering = false
  }

  /** With everything that is due as well, where the boundaries between them are to be forgotten. */
  #together(first: Buffer): Buffer {
    if (!splitterOf(this.#settings().chunking)) return first
    const pieces = [first]
    const now = performance.now()
    let size = first.length
    for (let next = this.#parcels[0]; next && next.due <= now && size < TOGETHER; next = this.#parcels[0]) {
      if (typeof next.bytes === 'string') break
      size += next.bytes.length
      pieces.push(next.bytes)
      this.#parcels.shift()
    }
    return pieces.length === 1 ? first : Buffer.concat(pieces)
  }

  async #handOver(bytes: Parcel['bytes']): Promise<void> {
    const { blackholeFrom = Infinity } = this.#settings()
    if (typeof bytes !== 'string') {
      this.#underWay -= bytes.length
      if (this.#underWay <= WINDOW) this.#from.resume()
      await this.#pass(bytes)
    } else if (this.#passed < blackholeFrom) {
      if (bytes === 'end') this.#to.end()
      else reset(this.#to)
    }
  }

  async #pass(bytes: Buffer): Promise<void> {
    const settings = this.#settings()
    const { cut, blackholeFrom = Infinity } = settings
    const isCut = !!cut && (cut.times ?? 1) > 0 && this.#passed + bytes.length >= cut.at
    const end = Math.max(
      0,
      Math.min(bytes.length, blackholeFrom - this.#passed, isCut ? cut.at - this.#passed : Infinity),
    )
    await this.#write(bytes.subarray(0, end), splitterOf(settings.chunking))
    this.#passed += bytes.length
    if (!isCut) return
    cut.times = (cut.times ?? 1) - 1
    this.#cut(cut.how ?? 'rst')
  }

  async #write(bytes: Buffer, splitter: Splitter | undefined): Promise<void> {
    for (const piece of splitter ? splitter(bytes) : [bytes]) {
      if (this.#isMute || !this.#to.writable) return
      this.#count(piece.length)
      const isClear = this.#to.write(piece)
      if (!isClear) await drained(this.#to)
      // Two turns of the event loop: a reader in this process has then read the piece on its own.
      if (splitter) await nextTurn().then(() => nextTurn())
    }
  }
}

function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
