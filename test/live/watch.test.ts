// A watch between two real Dovecots while mail keeps arriving, some of it in the middle of a pass: every message once.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { nextCron } from '../../src/config/schedule.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { watchPairs } from '../../src/engine/watch.ts'
import { assignmentOf } from '../../src/engine/watch-pass.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const users = ['alice', 'bob', 'carol'].map((name) => ({ name, password: `${name}-secret-7c1` }))
const rounds = 12
const perRound = 6
/** Messages of the minute. */
const minutely = 40

describeLive('a watch on Dovecot', ['dovecot'], () => {
  let source: DovecotServer
  let destination: DovecotServer
  let directory = ''
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-watch-'))
    source = await startDovecot({ users, ssl: 'required' })
    destination = await startDovecot({ users, ssl: 'required' })
    const pair = (name: string, password: string) => `
  - name: ${name}
    source: { host: localhost, port: ${source.ports.pop3s}, ca: ${source.caFile}, user: ${name}, password: { env: ${password} } }
    destination: { host: localhost, port: ${destination.ports.imaps}, ca: ${destination.caFile}, user: ${name}, password: { env: ALICE } }`
    const pairs = pair('alice', 'ALICE') + pair('bob', 'WRONG')
    await writeFile(join(directory, 'mailhaul.yaml'), `ledger: ./state/ledger.db\npairs:${pairs}\n`)
  })
  after(async () => {
    await source?.stop()
    await destination?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  test('for a minute by a schedule that people use, mail arrives all along, and every message gets there once', {
    timeout: 300_000,
  }, async (context) => {
    const file = join(directory, 'minute.yaml')
    const ends = ({ name }: { name: string }) => `
  - name: ${name}
    schedule: every 10s
    source: { host: localhost, port: ${source.ports.pop3s}, ca: ${source.caFile}, user: ${name}, password: { env: PASSWORD } }
    destination: { host: localhost, port: ${destination.ports.imaps}, ca: ${destination.caFile}, user: ${name}, password: { env: PASSWORD }, folder: Minute }`
    await writeFile(file, `ledger: ./state/minute.db\npairs:${ends({ name: 'carol' })}\n`)
    const { config } = await loadConfig({ file })
    const { pairs, openEnds, openRun } = compose(config, [], { secrets: { env: { PASSWORD: users[2]?.password } } })
    const [stop, kill] = [new AbortController(), new AbortController()]
    const corpus = makeCorpus({ seed: 6, count: minutely, averageSize: 8000, twins: 2 })
    const delivered: number[] = []
    const latencies: number[] = []
    const arrived = new Arrivals((count) => {
      for (const at of delivered.slice(latencies.length, count)) latencies.push(performance.now() - at)
    })
    const parts = { pairs, limits: config.limits, openEnds, clock: systemClock, report: () => undefined }
    const openGround = () => openRun(() => undefined, stop.signal, kill.signal)
    const listeners = { onPass: (summary: PairSummary) => arrived.add(summary) }
    const options = { clock: systemClock, nextCron, listeners }
    const watching = watchPairs(assignmentOf({ ...parts, openGround }), options, stop.signal, kill.signal)
    for (const message of corpus) {
      await source.deliver('carol', [message])
      delivered.push(performance.now())
      await systemClock.sleep(60_000 / minutely, kill.signal)
    }
    await arrived.reach(minutely)
    stop.abort()
    await watching.ended
    assert.deepEqual(hashes(await destination.messages('carol', 'Minute')), hashes(corpus))
    const [carol] = watching.view().pairs
    assert.deepEqual([carol?.totals.outcomes.copied, carol?.failure], [minutely, undefined])
    latencies.sort((a, b) => a - b)
    const shown = [latencies[minutely >> 1], latencies.at(-1)].map(
      (latency) => `${((latency ?? 0) / 1000).toFixed(1)} s`,
    )
    context.diagnostic(`${carol?.passes} passes; from delivery to destination: median ${shown[0]}, longest ${shown[1]}`)
  })

  test('every message arrives once, soon; a pair that fails holds nobody up', { timeout: 120_000 }, async (context) => {
    const { config } = await loadConfig({ file: join(directory, 'mailhaul.yaml') })
    const env = { ALICE: users[0]?.password ?? '', WRONG: 'wrong' }
    const { pairs, openEnds, openRun } = compose(config, [], { secrets: { env } })
    const [stop, kill] = [new AbortController(), new AbortController()]
    const corpus = makeCorpus({ seed: 5, count: rounds * perRound, averageSize: 8000, twins: 3 })
    const arrived = new Arrivals()
    const watching = watchPairs(
      assignmentOf({
        pairs: pairs.map((pair) => ({ ...pair, schedule: { kind: 'every', interval: 500 } })),
        ...{ limits: config.limits, openEnds, clock: systemClock, report: () => undefined },
        openGround: () => openRun(() => undefined, stop.signal, kill.signal),
      }),
      { clock: systemClock, nextCron, listeners: { onPass: (summary) => arrived.add(summary) } },
      stop.signal,
      kill.signal,
    )
    const latencies: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const batch = corpus.slice(round * perRound, (round + 1) * perRound)
      // One by one, so that passes begin and end between them.
      for (const message of batch) await source.deliver('alice', [message])
      const since = performance.now()
      await arrived.reach((round + 1) * perRound)
      latencies.push(performance.now() - since)
    }
    stop.abort()
    await watching.ended
    assert.deepEqual(hashes(await destination.messages('alice')), hashes(corpus))
    const [alice, bob] = watching.view().pairs
    assert.equal(alice?.totals.outcomes.copied, corpus.length)
    assert.equal(alice?.failure, undefined)
    assert.deepEqual([bob?.failure?.code, bob?.passes], ['auth', 1])
    latencies.sort((a, b) => a - b)
    const shown = [latencies[rounds >> 1], latencies.at(-1)].map((latency) => `${Math.round(latency ?? 0)} ms`)
    context.diagnostic(`${alice?.passes} passes; from delivery to destination: median ${shown[0]}, longest ${shown[1]}`)
  })
})

/** Counts what has been copied, and waits until it is so much. */
class Arrivals {
  #copied = 0
  #waiting: { count: number; resolve: () => void } | undefined
  readonly #onMore: (count: number) => void

  /** `onMore`: told how many there are with each pass. */
  constructor(onMore: (count: number) => void = () => undefined) {
    this.#onMore = onMore
  }

  add({ fresh }: PairSummary): void {
    this.#copied += fresh.copied.count
    this.#onMore(this.#copied)
    if (this.#waiting && this.#copied >= this.#waiting.count) this.#waiting.resolve()
  }

  reach(count: number): Promise<void> {
    if (this.#copied >= count) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting = { count, resolve }
    })
  }
}

/** Dovecot folds line ends, and ends a message that had no end; NUL reads as 0x80 over IMAP (quirks B14, B15, A34). */
function hashes(messages: readonly Uint8Array[]): string[] {
  const canonical = (bytes: Uint8Array) => {
    const text = Buffer.from(bytes).toString('latin1').replaceAll('\0', '\x80')
    return (text.endsWith('\n') ? text : `${text}\r\n`).replace(/\r*\n/g, '\r\n')
  }
  return messages.map((bytes) => createHash('sha256').update(canonical(bytes), 'latin1').digest('hex')).toSorted()
}
