// A process of its own: a watch on a leaping clock makes ten thousand real passes, and says what memory they have left.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextCron } from '../../src/config/schedule.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Source, SourceSession } from '../../src/core/ports.ts'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { watchPairs } from '../../src/engine/watch.ts'
import { assignmentOf } from '../../src/engine/watch-pass.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { createSpool } from '../../src/spool/spool.ts'
import { leapingClock } from './leaping-clock.ts'
import { every, minute, pairOf } from './watch-stage.ts'

const [warm, total] = process.argv.slice(2).map(Number)
const clock = leapingClock()
// Thousands of commits: where there is a place in memory, they need not wait for a disk.
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const directory = await mkdtemp(join(place, 'mailhaul-watch-memory-'))
const [stop, kill] = [new AbortController(), new AbortController()]
let passes = 0

async function* nothing(): AsyncGenerator<never> {}

/** A maildrop in which nothing is new; each twentieth time it cannot be reached. */
const source: Source = {
  open: async () => {
    passes += 1
    if (passes % 20 === 0) {
      throw new MailhaulError({ code: 'connect', scope: 'pair', retry: 'later', message: `It is away (${passes}).` })
    }
    const session: SourceSession = {
      facts: { host: '127.0.0.1', port: 110, tls: undefined, capabilities: [], notes: [] },
      consumes: false,
      list: async () => ({ messages: [], notes: [`It says so for the ${passes}th time.`] }),
      headers: nothing,
      fetch: nothing,
      remove: async () => [],
      close: async () => true,
      pipelines: false,
      ping: async () => undefined,
      abandon: () => undefined,
    }
    return session
  },
}
/** Never connected: nothing is new. */
const destinationOf = (user: string) =>
  createImapDestination({
    ...{ host: '127.0.0.1', port: 1, tls: 'none', connections: 1, clock },
    credentials: { kind: 'password', user, password: async () => '' },
  })
const pairs = Array.from({ length: 20 }, (_, at) => pairOf(`p${at}`, every(minute), `host${at % 5}`))
const assignment = assignmentOf({
  ...{ pairs, clock, report: () => undefined, limits: { pairs: 4, perHost: 2 } },
  openEnds: async ({ name }) => ({ source, destination: destinationOf(name) }),
  openGround: async () => {
    const ledger = openLedger({ path: join(directory, 'ledger.db'), clock })
    const spool = await createSpool({ directory: join(directory, 'spool') })
    const close = async () => {
      await spool.close()
      ledger.close()
    }
    return { around: { ledger, spool, clock, report: () => undefined, stop: stop.signal, kill: kill.signal }, close }
  },
})
const watch = watchPairs(assignment, { clock, nextCron, heartbeat: 60 * minute }, stop.signal, kill.signal)

/** Octets that the process has once so many passes were made, and what could be given back was. */
async function residentAfter(count = 0): Promise<number> {
  while (passes < count) await clock.leap(minute / 20)
  const seen: number[] = []
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(process.memoryUsage.rss())
  }
  return Math.min(...seen)
}

const early = await residentAfter(warm)
const late = await residentAfter(total)
process.stdout.write(JSON.stringify({ early, late, passes }))
stop.abort()
await clock.leap(minute)
await watch.ended
await rm(directory, { recursive: true, force: true })
