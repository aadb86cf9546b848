// What befalls a running Dovecot: workers ended in the middle of appends, and a store that cannot be written.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { mail } from '../core/rows.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import type { DovecotServer } from './dovecot.ts'
import { describeLive } from './live.ts'
import { dovecot, syncedOf, withLive } from './live-bench.ts'

describeLive('Dovecot in trouble', ['dovecot'], () => {
  for (const [signal, leave] of [
    ['SIGTERM', 'keep'],
    ['SIGKILL', 'delete'],
  ] as const) {
    test(`its IMAP workers end with ${signal} in the middle of appends, leave: ${leave}: nothing lost, nothing twice (D19)`, () => {
      const messages = makeCorpus({ seed: 19, count: 300, averageSize: 30_000, twins: 5 })
      const source = dovecot()
      return withLive({ source, destination: dovecot(), messages, sourceKeys: `leave: ${leave}` }, async (bench) => {
        const running = bench.start('sync', '--json', '--yes')
        let isOver = false
        const end = running.end.finally(() => {
          isOver = true
        })
        for (const reached of [20, 120]) {
          while (!isOver && filesOf(bench.destination) < reached) await delay(2)
          endWorkers(bench.destination, 'imap', signal)
        }
        let synced = syncedOf(await end)
        // It may give up for this run after so much trouble, never for good.
        for (let run = 0; run < 3 && synced.code !== 0; run++) synced = await bench.sync()
        assert.equal(synced.code, 0, synced.printed)
        await bench.holds(messages, leave === 'keep' ? messages : [])
      })
    })
  }

  test('it says that it removed what it cannot: nothing is doubled, people are warned, and it goes once it can (A49)', () => {
    const messages = [mail(1), mail(2), mail(3)]
    return withLive({ source: dovecot(), destination: dovecot(), messages }, async (bench) => {
      await bench.syncs({ copied: 3 })
      await bench.configure('leave: delete')
      const parts = ['cur', 'new'].map((part) => join(bench.source.mailDir('alice'), part))
      for (const part of parts) chmodSync(part, 0o555)
      for (const isKnown of [false, true]) {
        const lied = await bench.sync()
        assert.deepEqual(lied.outcomes, { 'already-there': 3 }, lied.printed)
        if (isKnown) assert.match(lied.warnings.join(), /listed again|ignore/, lied.printed)
        await bench.holds(messages)
      }
      for (const part of parts) chmodSync(part, 0o755)
      const removed = await bench.sync()
      assert.equal(removed.code, 0, removed.printed)
      await bench.holds(messages, [])
    })
  })
})

/** How many messages a Maildir's inbox holds, whole or not. */
function filesOf(server: DovecotServer): number {
  const parts = ['cur', 'new', 'tmp'].map((part) => join(server.mailDir('alice'), part))
  return parts.reduce((count, part) => count + namesIn(part).length, 0)
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Ends every worker of a service of this server, each by its process id; one that has just ended by itself is none. */
function endWorkers(server: DovecotServer, service: string, signal: NodeJS.Signals): void {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' })
  for (const pid of children.trim().split(/\s+/)) {
    try {
      const isWorker = readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(`dovecot/${service}\0`)
      if (isWorker) process.kill(Number(pid), signal)
    } catch (thrown) {
      if (!/ENOENT|ESRCH/.test(String(thrown))) throw thrown
    }
  }
}
