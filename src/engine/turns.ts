// Whose turn it is: a pair whose hosts both have room, the hosts taking turns, so that none keeps another waiting.
import type { Pair } from '../core/pair.ts'

/** A place among the pairs at work. */
export interface Turn {
  readonly pair: Pair
  /** Where the pair stands in the order given, from 0. */
  readonly at: number
}

/** Pairs with the same two hosts: nothing tells them apart but their order. */
interface Lane {
  readonly source: Host
  readonly destination: Host
  readonly waiting: Turn[]
}

interface Host {
  /** Pairs at work on it. */
  working: number
  /** When a pair of it was last given a turn, counted in turns. */
  lastTurn: number
}

/** Gives turns to pairs. */
export class Turns {
  /** Pairs at once that have the same source host, or the same destination host. */
  perHost: number
  readonly #hosts = new Map<string, Host>()
  readonly #lanes = new Map<string, Lane>()
  #given = 0

  constructor(pairs: readonly Pair[], perHost: number) {
    this.perHost = perHost
    for (const [at, pair] of pairs.entries()) this.add({ pair, at })
  }

  /** A pair waits from now on. */
  add(turn: Turn): void {
    const name = hostsOf(turn.pair).join('\n')
    const [source, destination] = this.#hostsOf(turn.pair)
    const lane = this.#lanes.get(name) ?? { source, destination, waiting: [] }
    lane.waiting.push(turn)
    this.#lanes.set(name, lane)
  }

  /** Nobody waits any more; those at work keep their places. */
  clear(): void {
    this.#lanes.clear()
    for (const [name, { working }] of this.#hosts) if (working === 0) this.#hosts.delete(name)
  }

  /** The next pair, which now holds a place on both its hosts until `end`; undefined while no pair may start. */
  next(): Turn | undefined {
    let best: Lane | undefined
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length > 0 && this.#hasRoom(lane) && (best === undefined || isBefore(lane, best))) best = lane
    }
    const turn = best?.waiting.shift()
    if (best === undefined || turn === undefined) return undefined
    this.#given += 1
    for (const host of [best.source, best.destination]) {
      host.working += 1
      host.lastTurn = this.#given
    }
    return turn
  }

  /** The pair is through. */
  end({ pair }: Turn): void {
    for (const host of this.#hostsOf(pair)) host.working -= 1
  }

  #hasRoom({ source, destination }: Lane): boolean {
    return source.working < this.perHost && destination.working < this.perHost
  }

  #hostsOf(pair: Pair): readonly [source: Host, destination: Host] {
    const [source, destination] = hostsOf(pair)
    return [this.#host(source), this.#host(destination)]
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name) ?? { working: 0, lastTurn: 0 }
    this.#hosts.set(name, host)
    return host
  }
}

/** The lane whose source has waited longer; where they have waited as long, its destination; else the order given. */
function isBefore(one: Lane, other: Lane): boolean {
  const bySource = one.source.lastTurn - other.source.lastTurn
  const byDestination = one.destination.lastTurn - other.destination.lastTurn
  return (bySource || byDestination || (one.waiting[0]?.at ?? 0) - (other.waiting[0]?.at ?? 0)) < 0
}

function hostsOf({ sourceHost, destinationHost }: Pair): readonly [source: string, destination: string] {
  return [`source ${sourceHost.toLowerCase()}`, `destination ${destinationHost.toLowerCase()}`]
}
