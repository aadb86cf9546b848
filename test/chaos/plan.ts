// What befalls one iteration of the chaos harness, chosen by its seed alone: the settings, the kills and the cuts.
import { type Random, seededRandom } from '../corpus/random.ts'
import type { Ending } from '../servers/line-socket.ts'
import type { Appending } from './ground.ts'

/** One direction of one proxy: up is what the command sends. */
export interface Link {
  readonly end: 'source' | 'destination'
  readonly way: 'up' | 'down'
}

/**
 * When the process gets its SIGKILL: after a time, or once so many bytes have passed a link in this attempt. With
 * `isExact` nothing behind that byte arrives; without, what is under way arrives after the death.
 */
export type Kill =
  | { readonly kind: 'time'; readonly milliseconds: number }
  | { readonly kind: 'bytes'; readonly link: Link; readonly at: number; readonly isExact: boolean }

/** What happens in one run of the command. */
export interface Attempt {
  readonly kill?: Kill
  /** Cuts the first connection that gets so far on this link. */
  readonly cut?: { readonly link: Link; readonly at: number; readonly how: Ending }
  /** This link carries one byte at a time. */
  readonly bytewise?: Link
}

/** One iteration. */
export interface Plan {
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly appending: Appending
  readonly connections: 'auto' | number
  readonly leave: 'keep' | 'delete'
  readonly folder: string
  /** Messages beside the twins. */
  readonly count: number
  /** The last one is not killed. */
  readonly attempts: readonly Attempt[]
}

/** About the octets of one message; what the bytes of a link are estimated by. */
export const averageSize = 1000

/** The plan of a seed: the same one every time. `leave` overrides the seed's choice and what follows from it. */
export function planOf(seed: number, leave?: Plan['leave']): Plan {
  const random = seededRandom(seed)
  const isBytewise = random.chance(0.12)
  const count = isBytewise ? 20 + random.below(20) : 100 + random.below(200)
  const chosen = random.chance(0.3) ? 'delete' : 'keep'
  const setting = { count, leave: leave ?? chosen, kills: 1 + random.below(3) }
  return {
    tls: random.pick(['implicit', 'starttls', 'none']),
    appending: random.pick(['batch', 'single']),
    connections: random.pick(['auto', 1, 2, 4]),
    leave: setting.leave,
    folder: random.pick(['INBOX', 'Moved/Here']),
    count,
    attempts: Array.from({ length: setting.kills + 1 }, (_, index) => ({
      ...(index < setting.kills && { kill: kill(random, setting) }),
      ...(random.chance(0.35) && { cut: { ...place(random, setting), how: random.pick(['fin', 'rst'] as const) } }),
      ...(isBytewise && { bytewise: link(random) }),
    })),
  }
}

interface Setting {
  readonly count: number
  readonly leave: Plan['leave']
  readonly kills: number
}

function kill(random: Random, setting: Setting): Kill {
  if (random.chance(0.15)) return { kind: 'time', milliseconds: 300 + random.below(1000) }
  return { kind: 'bytes', ...place(random, setting), isExact: random.chance(0.5) }
}

/** Early enough that something is left for the next kill, except where the source is told what to delete. */
function place(random: Random, { count, leave, kills }: Setting): { link: Link; at: number } {
  const chosen = link(random)
  const isDeleting = leave === 'delete' && chosen.end === 'source' && chosen.way === 'up'
  const total = count * octetsPerMessage(chosen) * (isDeleting ? 2 : 0.8 / kills)
  return { link: chosen, at: 1 + random.below(Math.ceil(total)) }
}

/** Messages one way, commands and answers the other. */
function octetsPerMessage({ end, way }: Link): number {
  if (end === 'source') return way === 'down' ? averageSize : 12
  return way === 'up' ? averageSize : 50
}

/** Where answers of the destination get lost most often. */
function link(random: Random): Link {
  return random.pick<Link>([
    { end: 'destination', way: 'up' },
    { end: 'destination', way: 'up' },
    { end: 'destination', way: 'down' },
    { end: 'destination', way: 'down' },
    { end: 'source', way: 'down' },
    { end: 'source', way: 'up' },
  ])
}
