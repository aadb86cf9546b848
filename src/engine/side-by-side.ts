// Works on many pairs: so many at once overall, and so many per host.
import PQueue from 'p-queue'
import type { Pair } from '../core/pair.ts'
import { Turns } from './turns.ts'

/** How much happens at once. */
export interface Room {
  readonly pairs: number
  /** Pairs at once that have the same source host, or the same destination host. */
  readonly perHost: number
}

/** Does the work for all pairs; one result each, in the order given. It begins when a pair's turn has come. */
export async function sideBySide<T>(
  pairs: readonly Pair[],
  room: Room,
  work: (pair: Pair) => Promise<T>,
): Promise<readonly T[]> {
  const queue = new PQueue({ concurrency: room.pairs })
  const turns = new Turns(pairs, room.perHost)
  const results = pairs.map(() => Promise.withResolvers<T>())
  // A place is taken by a pair that can start: one that waits for its host keeps nobody from another host waiting.
  const fill = (): void => {
    while (queue.pending + queue.size < room.pairs) {
      const turn = turns.next()
      if (turn === undefined) return
      const done = queue.add(() => work(turn.pair))
      results[turn.at]?.resolve(done.finally(() => turns.end(turn)))
      results[turn.at]?.promise.finally(fill).catch(() => undefined)
    }
  }
  fill()
  return Promise.all(results.map(({ promise }) => promise))
}
