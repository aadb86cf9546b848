// Quirks of what a destination refuses, or breaks on, and of messages that stop everything (groups A.3, B.2, B.4, D).
import assert from 'node:assert/strict'
import { attemptLimit } from '../../src/core/plan.ts'
import { mail } from '../core/rows.ts'
import { mortalRun } from '../scenarios/dying.ts'
import { withWorld } from '../scenarios/world.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { quirk } from './quirk.ts'

const some = Array.from({ length: 12 }, (_, number) => mail(number))
const culprit = Buffer.from('Subject: the one at fault\r\n\r\nIt has a length of its own.\r\n')
/** The culprit is message u7. */
const amongOthers = [...some.slice(0, 6), culprit, ...some.slice(6)]

quirk(
  'A42',
  'A message that the source refuses to give is tried in so many runs, then left alone until asked for (--retry-failed); all others are moved.',
  () =>
    withWorld({ messages: amongOthers }, async (world) => {
      world.pop3.faults = { retr: onlyFor({ u7: { kind: 'error' } }) }
      for (let run = 1; run <= attemptLimit; run++) {
        const { exitCode, tally } = await world.run()
        assert.deepEqual([exitCode, tally.failed.count], [3, 1])
      }
      const before = world.pop3.count('RETR')
      const { exceptions } = await world.run()
      assert.match(exceptions[0]?.reason ?? '', /given up after 5 tries.*--retry-failed/)
      assert.equal(world.pop3.count('RETR'), before)
      world.pop3.faults = {}
      assert.equal((await world.run({ retryFailed: true })).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'B10',
  'A message on which the connection breaks twice is set aside with one failed try, and given up after five runs; all others are moved.',
  () =>
    withWorld({ messages: amongOthers }, async (world) => {
      world.imap.faults = { append: ({ size }) => (size === culprit.length ? { kind: 'drop', at: 20 } : undefined) }
      for (let run = 1; run <= attemptLimit; run++) {
        const { tally, exceptions } = await world.run()
        assert.deepEqual([tally.copied.count + tally['already-there'].count, tally.failed.count], [12, 1])
        assert.match(exceptions[0]?.reason ?? '', /connection was lost each time this message was sent/)
      }
      const before = world.imap.logins
      assert.match((await world.run()).exceptions[0]?.reason ?? '', /given up after 5 tries/)
      assert.equal(world.imap.logins, before, 'it stops nobody any more')
      assert.equal(world.stored().length, 12)
    }),
)

quirk(
  'D18',
  'A message that kills the process while it is sent travels alone from the third run on and is given up after five; the others, that were sent with it, are not.',
  () =>
    withWorld({ messages: amongOthers }, async (world) => {
      const runs = await untilAlive(() => mortalRun(world, { appending: culprit.length }))
      assert.equal(runs.deaths, 5)
      assert.deepEqual(
        runs.last.exceptions.map(({ kind, key }) => [kind, key]),
        [['failed', 'u7']],
      )
      assert.match(runs.last.exceptions[0]?.reason ?? '', /died 5 times while this message was sent/)
      assert.equal(world.stored().length, 12)
      assert.equal((await world.run()).tally['already-there'].count, 12)
      assert.equal((await world.run({ retryFailed: true })).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'D18',
  'After two runs that died without getting anywhere, messages are fetched one at a time, each named in the ledger first; one that three such runs died of is set aside.',
  () =>
    withWorld({ messages: [culprit, ...some] }, async (world) => {
      const runs = await untilAlive(() => mortalRun(world, { fetching: culprit.length }))
      assert.equal(runs.deaths, 5)
      assert.match(runs.last.exceptions[0]?.reason ?? '', /died 3 times while this message was fetched/)
      assert.equal(runs.last.tally.copied.count, 12)
      assert.equal((await mortalRun(world, { fetching: culprit.length })).died, false, 'it is not fetched again')
      assert.equal((await world.run({ retryFailed: true })).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk('D18', 'Ten power cuts give up on no message that had no part in them.', () =>
  withWorld({ messages: amongOthers }, async (world) => {
    // Twice with all of them on their way, and then always with the second of those that travel alone.
    for (let cut = 1; cut <= 10; cut++) assert.ok((await mortalRun(world, { appends: cut <= 2 ? 1 : 2 })).died)
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }),
)

async function untilAlive<T extends { readonly died: boolean }>(run: () => Promise<T>) {
  for (let deaths = 0; deaths < 20; deaths++) {
    const last = await run()
    if (!last.died) return { deaths, last }
  }
  return assert.fail('it dies for ever')
}
