// How a server cuts what it writes into separate segments on the wire.

import { seededRandom } from '../corpus/random.ts'

/** Cuts one write into the pieces that are sent one by one; the pieces must join to the same bytes. */
export type Splitter = (data: Buffer) => Buffer[]

/** `whole` as it comes, `bytes` one at a time, `splitAt` in two after so many bytes of every write, or your own splitter. */
export type Chunking = 'whole' | 'bytes' | { readonly splitAt: number } | Splitter

/** The splitter that a chunking stands for; undefined for `whole`. */
export function splitterOf(chunking: Chunking | undefined): Splitter | undefined {
  if (chunking === undefined || chunking === 'whole') return undefined
  if (chunking === 'bytes') return (data) => Array.from(data, (_, index) => data.subarray(index, index + 1))
  if (typeof chunking === 'function') return chunking
  return (data) => splitAt(data, chunking.splitAt)
}

/** Cuts every write in two, one byte further on than the write before, so that a session meets every split position. */
export function rollingSplit(): Splitter {
  let writes = 0
  return (data) => splitAt(data, writes++ % Math.max(1, data.length))
}

/** Cuts at random places, into pieces of 1 to `largest` bytes; the same ones for the same seed. */
export function randomSplit(seed: number, largest: number): Splitter {
  const random = seededRandom(seed)
  return (data) => {
    const pieces: Buffer[] = []
    for (let start = 0; start < data.length; ) {
      const end = start + 1 + random.below(largest)
      pieces.push(data.subarray(start, end))
      start = end
    }
    return pieces
  }
}

function splitAt(data: Buffer, position: number): Buffer[] {
  if (position <= 0 || position >= data.length) return [data]
  return [data.subarray(0, position), data.subarray(position)]
}
