// Quirks of what a destination refuses, or breaks on, and of messages that stop everything (groups A.3, B.2, B.4, D).
import assert from 'node:assert/strict'
import type { Event } from '../../src/core/events.ts'
import { attemptLimit } from '../../src/core/plan.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { mortalRun } from '../scenarios/dying.ts'
import { withWorld } from '../scenarios/world.ts'
import { cyrusRefusal } from '../servers/imap-faults.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { quirk } from './quirk.ts'

const some = Array.from({ length: 12 }, (_, number) => mail(number))
const culprit = Buffer.from('Subject: the one at fault\r\n\r\nIt has a length of its own.\r\n')
const many = Array.from({ length: 40 }, (_, number) => mail(number))
const { bare } = imapCapabilities
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

quirk(
  'B09',
  'A limit that a folder tells by STATUS (RFC 7889) is asked for; what is larger is reported as too big and never sent, the rest is moved.',
  () =>
    withWorld(
      {
        messages: [...some, mail(99, 'x'.repeat(5000))],
        imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT'], appendLimit: 2000 },
      },
      async (world) => {
        let largest = 0
        const noteSize = ({ size }: { size: number }) => {
          largest = Math.max(largest, size)
          return undefined
        }
        world.imap.faults = { append: noteSize }
        const { tally, exitCode, exceptions } = await world.run()
        assert.deepEqual([tally.copied.count, tally['too-big'].count, exitCode], [12, 1, 3])
        assert.match(exceptions[0]?.reason ?? '', /no more than 2000/)
        assert.ok(largest <= 2000)
      },
    ),
)

quirk(
  'B11',
  'Lines that Exchange refuses without saying why make their messages fail, with what it may mean; the session that it closes after ten errors is opened again, and all others go through.',
  () =>
    withWorld(
      {
        messages: [...some, ...Array.from({ length: 11 }, (_, at) => mail(100 + at, 'x'.repeat(10_300)))],
        imap: { capabilities: imapCapabilities.bare },
      },
      async (world) => {
        let errors = 0
        const refuse = (bytes: Buffer) => {
          if (bytes.length < 10_000) return undefined
          errors += 1
          if (errors % 10 === 0) void world.imap.byeAll()
          return 'BAD Command Argument Error. 11'
        }
        world.imap.faults = { refuse }
        const { tally, exceptions, error } = await world.run()
        assert.deepEqual([error, tally.copied.count, tally.failed.count], [undefined, 12, 11])
        assert.match(exceptions[0]?.reason ?? '', /line that is too long/)
      },
    ),
)

quirk(
  'B12',
  'Each text with which Cyrus refuses a message for good is known by its code; such a message is rejected by itself and not sent again.',
  () =>
    withWorld(
      {
        messages: [
          ...some,
          Buffer.from('Subject: nul\r\n\r\na\0b\r\n'),
          Buffer.from('Subject: bare\r\n\r\na\nb\r\n'),
          Buffer.from('Subject : space\r\n\r\na\r\n'),
        ],
      },
      async (world) => {
        world.imap.faults = { refuse: cyrusRefusal }
        const { exceptions, tally } = await world.run()
        assert.equal(tally.copied.count, 12)
        assert.deepEqual(
          exceptions.map(({ kind, code }) => [kind, code]),
          [
            ['rejected', 'nul'],
            ['rejected', 'bare-newlines'],
            ['rejected', 'bad-header'],
          ],
        )
      },
    ),
)

quirk(
  'B21',
  'A server that ends the connection because too much was uploaded today ends the pair with exit code 6; the next run goes on where it stopped.',
  () =>
    withWorld({ messages: some }, async (world) => {
      const text = 'Account exceeded command or bandwidth limits. (Failure)'
      world.imap.faults = { append: () => ({ kind: 'bye', isStored: false, text }) }
      const { error, exitCode, tally } = await world.run()
      assert.deepEqual([error?.code, exitCode, tally.pending.count], ['throttled', 6, 12])
      world.imap.faults = {}
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'B21',
  'Before it comes to that, a daily budget (the published one by default) ends the run: nothing is fetched that could not be brought, and the next day goes on.',
  () =>
    withWorld({ messages: some }, async (world) => {
      const rates = { destinationRates: { bytesPerDay: 5 * mail(1).length } }
      const at = (day: number) => ({ rates, clock: { ...hastyClock(), now: () => Date.UTC(2026, 0, day, 12) } })
      const { error, exitCode, tally } = await world.run(at(1))
      assert.deepEqual([error?.code, exitCode], ['throttled', 6])
      assert.equal(world.pop3.count('RETR'), tally.copied.count)
      assert.equal((await world.run(at(1))).tally.copied.count, 0)
      for (const day of [2, 3, 4]) await world.run(at(day))
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'B22',
  'A server that asks for a short break gets it, and the run goes on; one that asks for more than a minute ends the pair with exit code 6.',
  () =>
    withWorld({ messages: some }, async (world) => {
      const throttled = (wait: number) => `BAD Request is throttled. Suggested Backoff Time: ${wait} milliseconds`
      world.imap.faults = { refuse: () => throttled(299_961) }
      const { error, exitCode } = await world.run()
      assert.deepEqual([error?.code, exitCode], ['throttled', 6])
      let times = 0
      world.imap.faults = { refuse: () => (times++ < 2 ? throttled(45_000) : undefined) }
      const delays: number[] = []
      const onEvent = (event: Event) => event.kind === 'retrying' && delays.push(event.delay)
      assert.equal((await world.run({ onEvent })).exitCode, 0)
      assert.deepEqual(delays, [45_000, 45_000])
      assert.deepEqual(world.stored(), world.source())
    }),
)

for (const text of ['[OVERQUOTA] Quota exceeded', 'Server Unavailable. 15', 'The storage limit has been exceeded']) {
  quirk(
    'B29',
    'A full mailbox, in whatever words, ends the pair with exit code 6; nothing is removed at the source, and the next run goes on.',
    () =>
      withWorld(
        {
          messages: some,
          policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } },
          imap: { capabilities: bare },
        },
        async (world) => {
          let room = 5
          world.imap.faults = { refuse: () => (room-- > 0 ? undefined : `NO ${text}`) }
          const before = world.source()
          const { error, exitCode, tally } = await world.run()
          assert.deepEqual([error?.code, exitCode], ['quota', 6])
          assert.deepEqual([tally.copied.count, tally.pending.count], [5, 7])
          assert.deepEqual(world.source(), before)
          world.imap.faults = {}
          assert.equal((await world.run()).exitCode, 0)
          assert.deepEqual(world.stored(), before)
        },
      ),
  )
}

for (const answer of ['bye', 'no'] as const) {
  quirk('B30', 'Where the server allows fewer connections than configured, the upload goes on with those it has.', () =>
    withWorld({ messages: many, connections: 4, imap: { capabilities: bare } }, async (world) => {
      world.imap.faults = { connectionLimit: { max: 2, answer } }
      const { exitCode, error } = await world.run()
      assert.equal(exitCode, 0, error?.message)
      assert.deepEqual(world.stored(), world.source())
    }),
  )
}

quirk(
  'B30',
  'A folder that says it is in use, or that there are too many sessions, is tried again in the same run.',
  () =>
    withWorld({ messages: some }, async (world) => {
      const texts = ['NO [INUSE] Mailbox in use', 'NO Too many simultaneous connections']
      world.imap.faults = { refuse: () => texts.pop() }
      const { exitCode, error } = await world.run()
      assert.equal(exitCode, 0, error?.message)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'B33',
  'A batch that is refused as a whole is halved until the message at fault stands alone; MESSAGELIMIT (RFC 9738) is kept.',
  () =>
    withWorld(
      {
        messages: [...many, culprit, ...many],
        imap: { capabilities: [...imapCapabilities.full, 'MESSAGELIMIT=16'] },
      },
      async (world) => {
        world.imap.faults = {
          refuse: (bytes) => (bytes.equals(culprit) ? 'NO Message contains NUL characters' : undefined),
        }
        const { tally, exceptions } = await world.run()
        assert.deepEqual([tally.copied.count, exceptions.map(({ key }) => key)], [80, ['u41']])
        assert.ok(world.imap.appends.every(({ literals }) => literals.length <= 16))
        assert.ok(world.imap.appends.length <= 8 + 2 * 4, `${world.imap.appends.length} commands`)
      },
    ),
)
