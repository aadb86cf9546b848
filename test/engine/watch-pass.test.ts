// Real passes of a watch between servers in memory: everything they open is given back, whatever becomes of them.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { nextCron } from '../../src/config/schedule.ts'
import { MailhaulError } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import type { Source } from '../../src/core/ports.ts'
import type { WatchedPair } from '../../src/core/watch.ts'
import { systemClock } from '../../src/engine/clock.ts'
import type { OpenEnds } from '../../src/engine/haul.ts'
import { runPairs } from '../../src/engine/run.ts'
import { type Watch, watchPairs } from '../../src/engine/watch.ts'
import { assignmentOf, type Ground } from '../../src/engine/watch-pass.ts'
import { Bench, passwords } from '../commands/bench.ts'
import { mail } from '../core/rows.ts'
import { firstTimes, onlyFor } from '../servers/pop3-retrieve-faults.ts'

const interval = 5

describe('real passes', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start({ messages: [] })
    // bob has an account at the source that nobody knows.
    await bench.configure({ pair: '\n  - name: bob\n    source: { user: nobody }' })
  })
  after(() => bench.stop())

  /** Watches, and hands every pass to a listener, until that says that it is enough. */
  async function watch(
    onPass: (summary: PairSummary) => boolean,
    onGround = (_ground: Ground) => {},
    around = (open: OpenEnds): OpenEnds => open,
  ): Promise<Watch> {
    const { config } = await loadConfig({ file: join(bench.directory, 'mailhaul.yaml') })
    const env = { OLD: passwords.source, NEW: passwords.destination }
    const { pairs, openEnds, openRun } = compose(config, [], { secrets: { env } })
    const [stop, kill] = [new AbortController(), new AbortController()]
    const openGround = async () => {
      const ground = await openRun(() => undefined, stop.signal, kill.signal)
      onGround(ground)
      return ground
    }
    const quick = pairs.map((pair) => ({ ...pair, schedule: { kind: 'every' as const, interval } }))
    const parts = {
      limits: config.limits,
      openEnds: around(openEnds),
      openGround,
      clock: systemClock,
      report: () => undefined,
    }
    const listeners = {
      onPass: (summary: PairSummary) => {
        if (onPass(summary)) stop.abort()
      },
    }
    const options = { clock: systemClock, nextCron, listeners }
    const running = watchPairs(assignmentOf({ ...parts, pairs: quick }), options, stop.signal, kill.signal)
    await running.ended
    return running
  }

  const files = () => readdirSync('/proc/self/fd').length
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length

  test('hundreds of passes, some with mail, some cut off: every message once, and nothing left open', {
    timeout: 60_000,
  }, async () => {
    const open = { early: 0, late: 0, grounds: 0, closed: 0 }
    let passes = 0
    const cut = { kind: 'drop', at: 30 } as const
    bench.pop3.faults = { retr: firstTimes(1, onlyFor({ m50: cut, m100: cut, m150: cut })) }
    const watched = await watch(
      ({ pair }) => {
        if (pair !== 'alice') return false
        passes += 1
        if (passes === 30) open.early = files()
        if (passes % 10 === 0 && passes <= 200)
          bench.pop3.maildrop('old').add({ uidl: `m${passes}`, bytes: mail(passes) })
        return passes >= 250
      },
      (ground) => {
        open.grounds += 1
        const { close } = ground
        Object.assign(ground, {
          close: async () => {
            open.closed += 1
            await close()
          },
        })
      },
    )
    open.late = files()
    assert.deepEqual(
      bench.imap
        .folder('new', 'INBOX')
        .messages.map(({ bytes }) => Buffer.from(bytes).toString())
        .toSorted(),
      Array.from({ length: 20 }, (_, at) => Buffer.from(mail(10 * at + 10)).toString()).toSorted(),
    )
    assert.equal(open.grounds, open.closed)
    assert.ok(open.late <= open.early + 4, `${open.early} files open after 30 passes, ${open.late} in the end`)
    assert.equal(bench.pop3.maildrop('old').sessions, 0)
    const [alice, bob] = watched.view().pairs
    assert.equal(alice?.totals.outcomes.copied, 20)
    assert.equal(bob?.failure?.code, 'auth')
    assert.equal(bob?.passes, 1, 'a refused login waits, however often others are looked at')
    assert.equal(watched.view().spoolHeld, 0)
    assert.ok(sockets() <= 4, `${sockets()} sockets are still open`)
  })

  test('a server’s LOGIN-DELAY is kept by a watch that looks far more often, and by the next one too', async () => {
    const delay = 1000
    const capabilities = ['USER', 'UIDL', 'TOP', 'LOGIN-DELAY 1']
    bench.pop3.faults = { capabilities: { clear: capabilities, transaction: capabilities } }
    const logins: { asked: number; granted: number }[] = []
    const timed =
      (open: OpenEnds): OpenEnds =>
      async (pair, habits) => {
        const ends = await open(pair, habits)
        const source: Source = {
          open: async (signal) => {
            const asked = performance.now()
            const session = await ends.source.open(signal)
            logins.push({ asked, granted: performance.now() })
            return session
          },
        }
        return pair.name === 'alice' ? { ...ends, source } : ends
      }
    for (const until of [3, 5]) await watch(() => logins.length >= until, undefined, timed)
    assert.ok(logins.length >= 5)
    const gaps = logins.slice(1).map(({ granted }, at) => granted - (logins[at]?.asked ?? 0))
    assert.ok(Math.min(...gaps) >= delay, `${gaps}`)
  })

  test('mailhaul sync --now in another process ends the wait of a watch, by way of the ledger', {
    timeout: 60_000,
  }, async () => {
    bench.pop3.faults = { login: 'wrong-password' }
    const { config } = await loadConfig({ file: join(bench.directory, 'mailhaul.yaml') })
    const env = { OLD: passwords.source, NEW: passwords.destination }
    const composed = () => compose(config, ['alice'], { secrets: { env } })
    const { pairs, openEnds, openRun, glanceAtLedger } = composed()
    const [stop, kill] = [new AbortController(), new AbortController()]
    // Only the watch is in a hurry: twenty of its milliseconds are one of the servers'.
    const monotonic = () => systemClock.monotonic() * 20
    const clock = { ...systemClock, monotonic, sleep: (ms: number, at: AbortSignal) => systemClock.sleep(ms / 20, at) }
    const openGround = () => openRun(() => undefined, stop.signal, kill.signal)
    const { limits } = config
    const parts = { pairs, limits, openEnds, openGround, glanceAtLedger, clock, report: () => undefined }
    let due = Number.NaN
    let ended = Number.NaN
    const byHand = async () => {
      bench.pop3.faults = {}
      const { openRun: open, openEnds: ends } = composed()
      const run = await open(() => undefined, stop.signal, kill.signal)
      const [done] = await runPairs(pairs, run.around, ends, limits, { retryFailed: false, now: true })
      await run.close()
      assert.deepEqual([done?.error, done?.notice?.kind], [undefined, 'recovered'])
    }
    const onPass = ({ error, notice }: PairSummary, { next }: WatchedPair) => {
      if (Number.isNaN(due)) {
        assert.deepEqual([error?.code, notice?.kind], ['auth', 'auth'])
        due = monotonic() + (next ?? 0) - clock.now()
        void byHand()
        return
      }
      ended = monotonic()
      assert.deepEqual([error, notice], [undefined, undefined], 'who got through has told it')
      stop.abort()
    }
    const options = { clock, nextCron, listeners: { onPass }, now: true }
    const running = watchPairs(assignmentOf(parts), options, stop.signal, kill.signal)
    await running.ended
    assert.ok(ended < due, `the next pass came ${(due - ended) / 1000} s before its time`)
    assert.equal(running.view().pairs[0]?.failure, undefined)
  })

  test('a ledger that cannot be opened fails the pass, and the next one opens it anew', async () => {
    bench.pop3.faults = {}
    const { config } = await loadConfig({ file: join(bench.directory, 'mailhaul.yaml') })
    const { pairs, openEnds, openRun } = compose(config, [], { secrets: { env: { OLD: passwords.source } } })
    const { signal } = new AbortController()
    let opened = 0
    const openGround = async () => {
      opened += 1
      if (opened > 1) return openRun(() => undefined, signal, signal)
      throw new MailhaulError({ code: 'ledger', scope: 'run', retry: 'never', message: 'It is damaged.' })
    }
    const parts = { pairs, limits: config.limits, openEnds, openGround, clock: systemClock, report: () => undefined }
    const { pass } = assignmentOf(parts)
    const [alice] = pairs
    assert.ok(alice)
    const options = { now: true, stop: signal, kill: signal }
    const failed = await Promise.all([pass(alice, options), pass(alice, options)])
    assert.deepEqual(
      failed.map(({ error }) => error?.code),
      ['ledger', 'ledger'],
    )
    const { error, listed } = await pass(alice, options)
    assert.deepEqual([error?.code, listed.count, opened], [undefined, 20, 2])
  })
})
