// Many pairs: never more at once than allowed, fair between hosts, and ends that are opened only when a turn has come.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Pair } from '../../src/core/pair.ts'
import type { Ledger } from '../../src/core/ports.ts'
import { providers } from '../../src/core/providers.ts'
import { createImapDestination, type ImapDestinationOptions } from '../../src/destinations/imap/destination.ts'
import type { OpenEnds, Surroundings } from '../../src/engine/haul.ts'
import { runPairs } from '../../src/engine/run.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { policy } from '../core/rows.ts'
import { heldClock } from './held-clock.ts'

/** What stands where mail would be moved: opening the ends fails, once the test lets it. */
class Works {
  readonly started: string[] = []
  readonly #held = new Map<string, () => void>()
  readonly #atWork = new Map<string, number>()
  most = 0
  mostPerHost = 0
  #open = 0
  readonly #holds: (pair: Pair) => boolean

  constructor(holds: (pair: Pair) => boolean) {
    this.#holds = holds
  }

  readonly openEnds: OpenEnds = async (pair) => {
    this.started.push(pair.name)
    this.most = Math.max(this.most, ++this.#open)
    for (const host of hostsOf(pair)) this.#count(host, 1)
    if (this.#holds(pair)) await new Promise<void>((resolve) => this.#held.set(pair.name, resolve))
    else await new Promise((resolve) => setImmediate(resolve))
    this.#open -= 1
    for (const host of hostsOf(pair)) this.#count(host, -1)
    throw new MailhaulError({ code: 'connect', scope: 'host', retry: 'later', message: pair.name })
  }

  /** Lets pairs go that are held. */
  release(): void {
    for (const [name, resolve] of this.#held) {
      this.#held.delete(name)
      resolve()
    }
  }

  #count(host: string, by: number): void {
    const now = (this.#atWork.get(host) ?? 0) + by
    this.#atWork.set(host, now)
    this.mostPerHost = Math.max(this.mostPerHost, now)
  }
}

function hostsOf({ sourceHost, destinationHost }: Pair): readonly string[] {
  return [`from ${sourceHost}`, `to ${destinationHost}`]
}

function pairsOf(...hosts: readonly (readonly [source: string, destination: string])[]): Pair[] {
  return hosts.map(([sourceHost, destinationHost], at) => {
    const ends = { sourceProvider: providers.none, destinationProvider: providers.none }
    return { name: `${sourceHost}${at}`, sourceHost, destinationHost, ...ends, policy: policy() }
  })
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value)
}

const never = new AbortController().signal
const unused = () => assert.fail('nothing is opened')
const nowhere: ImapDestinationOptions = {
  ...{ host: 'nowhere.invalid', port: 143, tls: 'none', allowPlaintext: false, connections: 1, clock: heldClock() },
  tlsOptions: { ca: [], fingerprints: [], minVersion: 'TLSv1.2', servername: undefined },
  credentials: { kind: 'password', user: 'alice', password: async () => unused() },
}

function around(ledger: Ledger): Surroundings {
  const spool = { tryReserve: unused, reserve: unused, held: 0 }
  return { ledger, spool, clock: heldClock(), report: () => {}, stop: never, kill: never }
}

function run(pairs: readonly Pair[], works: Works, limits: { pairs: number; perHost: number }) {
  const ledger: Ledger = { open: unused, read: unused, close: unused }
  return runPairs(pairs, around(ledger), works.openEnds, limits, { retryFailed: false })
}

/** Lets everything happen that needs no release. */
async function settled(works: Works): Promise<void> {
  for (let before = -1; before !== works.started.length; ) {
    before = works.started.length
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a slow host keeps no other waiting, and limits hold overall and per host', async () => {
  const pairs = pairsOf(...times(20, ['slow', 'x'] as const), ...times(6, ['b', 'y'] as const), ['c', 'z'], ['c', 'z'])
  const works = new Works(({ sourceHost }) => sourceHost === 'slow')
  let done = false
  const running = run(pairs, works, { pairs: 4, perHost: 2 }).finally(() => {
    done = true
  })
  await settled(works)
  assert.equal(works.started.filter((name) => name.startsWith('slow')).length, 2)
  assert.equal(works.started.filter((name) => !name.startsWith('slow')).length, 8)
  while (!done) {
    works.release()
    await settled(works)
  }
  const summaries = await running
  assert.deepEqual(
    summaries.map(({ pair }) => pair),
    pairs.map(({ name }) => name),
  )
  assert.equal(works.started.length, pairs.length)
  assert.ok(works.most <= 4 && works.mostPerHost <= 2, `${works.most} ${works.mostPerHost}`)
})

test('hosts take turns, wherever their pairs stand in the configuration', async () => {
  const pairs = pairsOf(...times(4, ['a', 'x'] as const), ...times(4, ['b', 'x'] as const), ['c', 'x'])
  const works = new Works(() => false)
  await run(pairs, works, { pairs: 1, perHost: 1 })
  assert.deepEqual(works.started, ['a0', 'b4', 'c8', 'a1', 'b5', 'a2', 'b6', 'a3', 'b7'])
})

test('one source host for all: the destinations take turns', async () => {
  const works = new Works(() => false)
  await run(pairsOf(['a', 'x'], ['a', 'x'], ['a', 'y'], ['A', 'z']), works, { pairs: 1, perHost: 1 })
  assert.deepEqual(works.started, ['a0', 'a2', 'A3', 'a1'])
})

test('of a thousand pairs, only those at work have their ends opened', async () => {
  let [open, most, closed] = [0, 0, 0]
  const refused = new MailhaulError({ code: 'connect', scope: 'host', retry: 'later', message: 'x' })
  const pairs = pairsOf(...Array.from({ length: 1000 }, (_, at) => [`s${at % 50}`, `d${at % 30}`] as const))
  const openEnds: OpenEnds = async () => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setImmediate(resolve))
    const destination = createImapDestination(nowhere)
    const close = async () => {
      open -= 1
      closed += 1
      await destination.close()
    }
    return { source: { open: () => Promise.reject(refused) }, destination: { ...destination, close } }
  }
  const ledger = openLedger({ path: 'nowhere', clock: heldClock(), rehearsal: 'blank' })
  const summaries = await runPairs(pairs, around(ledger), openEnds, { pairs: 8, perHost: 4 }, { retryFailed: false })
  ledger.close()
  assert.equal(summaries.filter(({ error }) => error?.code === 'connect').length, 1000)
  assert.ok(most <= 8, `${most} at once`)
  assert.deepEqual([open, closed], [0, 1000])
})

test('once the run is being stopped, nothing is opened for pairs whose turn has not come', async () => {
  const pairs = pairsOf(...times(5, ['a', 'x'] as const))
  const ledger: Ledger = { open: unused, read: unused, close: unused }
  const told: string[] = []
  const stopped = {
    ...around(ledger),
    report: ({ kind }: { kind: string }) => void told.push(kind),
    stop: AbortSignal.abort(),
  }
  const summaries = await runPairs(pairs, stopped, unused, { pairs: 2, perHost: 2 }, { retryFailed: false })
  assert.deepEqual(
    summaries.map(({ pair, exitCode, error }) => [pair, exitCode, error?.code]),
    pairs.map(({ name }) => [name, 130, 'interrupted']),
  )
  assert.deepEqual(told, [])
})
