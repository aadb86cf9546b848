// The wire's limit: precomputed commands over raw sockets, both ends at once; nothing is parsed, hashed or written down.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureNode } from '../measure.ts'
import type { Contestant } from './contestant.ts'

const program = join(import.meta.dirname, 'limit-client.ts')

/** Counts from its first connection: what it prepares beforehand is not the wire's. */
export const limit: Contestant = {
  name: 'limit',
  title: 'precomputed commands over raw sockets, both ends at once',
  isSampled: false,
  absence: () => undefined,
  run: async (round) => {
    const job = join(round.directory, 'job.json')
    await writeFile(job, JSON.stringify(round))
    const measured = await measureNode(program, { words: [job], directory: round.directory })
    return { ...measured, seconds: measured.connectedSeconds ?? measured.seconds }
  },
}
