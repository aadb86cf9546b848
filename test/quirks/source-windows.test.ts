// Quirks of servers that show only part of a maildrop, and of those that remove what has been fetched (groups A.4, A.5).
import assert from 'node:assert/strict'
import { totalOf } from '../../src/core/outcome.ts'
import type { Policy } from '../../src/core/pair.ts'
import { sourceProvider } from '../../src/core/providers.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { hash, saidIn, type World, type WorldOptions, withWorld } from '../scenarios/world.ts'
import { Gate } from '../servers/gate.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { gmail, gmailCapabilities, newestOnly } from '../servers/pop3-providers.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { quirk } from './quirk.ts'

const few = [mail(1), mail(2), mail(3), mail(4)]
const ten = Array.from({ length: 10 }, (_, number) => mail(number))

const isRefused = (bytes: Uint8Array) => Buffer.from(bytes).includes('Subject: 3')
const refuse = (bytes: Buffer) => (isRefused(bytes) ? 'NO Message contains NUL characters' : undefined)

/** A server that says EXPIRE 0, and means it. */
function expireZero(faults: Pop3Faults = { consumes: 'at-quit' }): WorldOptions {
  const capabilities = [...pop3Capabilities.filter((line) => !line.startsWith('EXPIRE')), 'EXPIRE 0']
  return { messages: few, pop3: { capabilities, faults } }
}

function gmailWorld(faults: Pop3Faults, more: Partial<WorldOptions> = {}): WorldOptions {
  return { messages: ten, provider: 'gmail', pop3: { capabilities: gmailCapabilities, faults }, ...more }
}

const removing = (afterDays: number): Partial<Policy> => ({ leave: { kind: 'delete', afterDays, proof: 'size' } })

/** The commands of each session that end it or undo something, in order. */
function endings({ pop3 }: World): string[] {
  return pop3.log.map((line) => line.split(' ')[0] ?? '').filter((verb) => ['DELE', 'RSET', 'QUIT'].includes(verb))
}

/** Ends without a goodbye: the process dies before QUIT. */
function withoutQuit({ source, destination }: Ends): Ends {
  const open: typeof source.open = async (signal) => {
    const session = await source.open(signal)
    return Object.create(session, {
      facts: { get: () => session.facts },
      consumes: { get: () => session.consumes },
      list: { value: session.list.bind(session) },
      headers: { value: session.headers.bind(session) },
      fetch: { value: session.fetch.bind(session) },
      abandon: { value: session.abandon.bind(session) },
      close: { value: () => Promise.reject(new Error('killed')) },
    })
  }
  return { source: { open }, destination }
}

quirk(
  'A47',
  'Where a server removes what was fetched (EXPIRE 0), RSET before QUIT takes that back: the mail stays.',
  () =>
    withWorld(expireZero(), async (world) => {
      const all = world.source()
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual([endings(world), world.source(), world.stored()], [['RSET', 'QUIT'], all, all])
      assert.equal((await world.run()).tally['already-there'].count, 4)
    }),
)

quirk('A47', 'A server that does not take RSET gets no QUIT either, so that nothing is removed.', () =>
  withWorld(
    expireZero({ consumes: 'at-quit', script: (verb) => (verb === 'RSET' ? '-ERR no\r\n' : undefined) }),
    async (world) => {
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual([world.pop3.count('QUIT'), world.source()], [0, world.stored()])
    },
  ),
)

quirk('A47', 'Such a session gets no QUIT as long as a fetched message has no place at the destination.', () =>
  withWorld({ ...expireZero(), policy: removing(0) }, async (world) => {
    const all = world.source()
    world.imap.faults = { refuse }
    const summary = await world.run()
    assert.deepEqual([summary.exitCode, summary.tally.rejected.count], [3, 1])
    assert.deepEqual(
      world.source(),
      all.filter((one) => one === hash(mail(3))),
      'the refused one stays',
    )
    assert.ok(endings(world).indexOf('DELE') < endings(world).indexOf('QUIT'), 'no QUIT before the others were removed')
  }),
)

quirk('A47', 'Interrupted, such a session is dropped without QUIT, and the next run goes on with all of it.', () =>
  withWorld(expireZero(), async (world) => {
    const stop = new AbortController()
    let fetched = 0
    const onEvent = ({ kind }: { kind: string }) => {
      if (kind === 'fetched' && ++fetched === 2) stop.abort()
    }
    assert.equal((await world.run({ stop: stop.signal, onEvent })).exitCode, 130)
    assert.deepEqual([world.pop3.count('QUIT'), world.maildrop.messages.length], [0, 4])
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }),
)

quirk('A47', 'Settled mail that is gone though nobody here removed it is told once, loudly, with its number.', () =>
  withWorld({ messages: few, pop3: { faults: { consumes: 'at-quit' } } }, async (world) => {
    const all = world.source()
    assert.deepEqual((await world.run()).warnings, [])
    const again = await world.run()
    assert.equal(again.exitCode, 0)
    assert.match(again.warnings.join(), /^Gone from the source though mailhaul left them there: 4 of its messages\./)
    assert.deepEqual((await world.run()).warnings, [])
    assert.deepEqual(world.stored(), all)
  }),
)

quirk(
  'A48',
  'A session either removes or takes back: RSET is never sent after DELE, nor QUIT on what should stay.',
  async () => {
    await withWorld({ ...expireZero(), policy: removing(0) }, async (world) => {
      const all = world.source()
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual(endings(world), ['RSET', 'QUIT', 'DELE', 'DELE', 'DELE', 'DELE', 'QUIT'])
      assert.deepEqual([world.source(), world.stored()], [[], all])
    })
    await withWorld({ ...expireZero(), policy: removing(30) }, async (world) => {
      await world.run()
      await world.run()
      assert.equal(world.maildrop.messages.length, 4)
    })
  },
)

/** A Gmail that shows three messages at a time is moved as a whole, and said not to be one. */
function movesOn(pops: 'at-retr' | 'at-quit'): Promise<void> {
  return withWorld(gmailWorld(gmail(3, pops)), async (world) => {
    const summary = await world.run()
    assert.deepEqual([summary.exitCode, summary.listed.count, summary.tally.copied.count], [0, 10, 10])
    assert.deepEqual(totalOf(summary.tally), summary.listed)
    assert.deepEqual(world.stored(), world.source())
    assert.match(summary.window ?? '', /^This may not be the whole mailbox: Gmail shows/)
    assert.deepEqual(endings(world), Array(5).fill('QUIT'), 'and no RSET, which would keep the window where it is')
    const again = await world.run()
    assert.deepEqual([again.exitCode, again.listed.count, again.warnings], [0, 0, []])
    assert.notEqual(again.window, undefined)
  })
}

quirk('A50', 'Sessions repeat until nothing new appears, whether it is RETR that makes a message disappear', () =>
  movesOn('at-retr'),
)

quirk('A50', 'or the QUIT behind it.', () => movesOn('at-quit'))

quirk('A50', 'What lies at the destination already is adopted out of every session.', async () => {
  for (const pops of ['at-retr', 'at-quit'] as const) {
    await withWorld(gmailWorld(gmail(3, pops)), async (world) => {
      world.imap.seed(
        'alice',
        'INBOX',
        [...ten, mail(99)].map((bytes) => ({ bytes })),
      )
      assert.equal((await world.run()).tally.adopted.count, 10)
      assert.equal(world.imap.appends.length, 0)
    })
  }
})

quirk(
  'A50',
  'A run that dies before QUIT has moved nothing on: what it settled is fetched again for the QUIT alone.',
  () =>
    withWorld(gmailWorld(gmail(3, 'at-quit')), async (world) => {
      await world.run({ ends: withoutQuit })
      assert.deepEqual([world.stored().length, world.maildrop.popped.size], [3, 0])
      const summary = await world.run()
      assert.deepEqual([summary.exitCode, summary.tally.copied.count], [0, 7], summary.error?.message)
      assert.deepEqual(world.stored(), world.source())
      assert.equal(world.maildrop.popped.size, 10)
    }),
)

quirk('A50', 'A message that the destination refuses stays to be seen at the source; all others are moved on.', () =>
  withWorld(gmailWorld(gmail(4, 'at-quit')), async (world) => {
    world.imap.faults = { refuse }
    const summary = await world.run()
    assert.deepEqual([summary.exitCode, summary.tally.copied.count, summary.tally.rejected.count], [3, 9, 1])
    const shown = world.maildrop.messages.filter((message) => !world.maildrop.popped.has(message))
    assert.deepEqual(
      shown.map(({ bytes }) => isRefused(bytes)),
      [true],
    )
  }),
)

quirk(
  'A50',
  'A message that is gone because the session broke off behind its RETR is told as vanished, never passed over.',
  () => {
    let stats = 0
    // The first STAT goes with the listing, each of the others vouches for one message.
    const script = (verb: string) => (verb === 'STAT' && ++stats === 3 ? 'rst' : undefined)
    return withWorld(gmailWorld({ ...gmail(3, 'at-retr'), script }), async (world) => {
      const { exitCode, tally, listed, exceptions } = await world.run()
      assert.deepEqual([exitCode, listed.count, tally.copied.count], [3, 10, 9])
      assert.deepEqual(
        exceptions.map(({ kind, key }) => [kind, key]),
        [['vanished', 'u2']],
      )
      assert.deepEqual(totalOf(tally), listed)
    })
  },
)

quirk(
  'A50',
  'A source that ends for good right there still gets an outcome for every message of every session.',
  () => {
    let stats = 0
    const script = (verb: string) => (verb === 'STAT' && ++stats >= 3 && stats < 7 ? 'rst' : undefined)
    return withWorld(gmailWorld({ ...gmail(2, 'at-retr'), script }), async (world) => {
      const { exitCode, tally, listed } = await world.run()
      assert.deepEqual([exitCode, listed.count, totalOf(tally).count], [3, 10, 10])
      assert.equal(tally.copied.count + tally.vanished.count, 10)
    })
  },
)

quirk('A50', 'A server that goes on showing what was fetched is asked only once whether it would move on.', () =>
  withWorld({ messages: ten, provider: 'gmail' }, async (world) => {
    assert.equal((await world.run()).exitCode, 0)
    assert.equal(world.pop3.count('RETR'), 20)
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual([world.pop3.count('RETR'), world.stored()], [20, world.source()])
  }),
)

quirk('A50', 'Messages that nobody wants fill what Gmail shows: it is told that others may be behind them.', () => {
  const select = { maxSize: 1, since: undefined, before: undefined }
  const messages = Array.from({ length: 101 }, (_, number) => mail(number))
  return withWorld(gmailWorld(gmail(100, 'at-quit'), { messages, policy: { select } }), async (world) => {
    const { exitCode, warnings } = await world.run()
    assert.equal(exitCode, 0)
    assert.match(warnings.join(), /goes on showing messages that were not moved, 100 of them/)
  })
})

quirk(
  'A51',
  'Where the settings of Gmail ignore removals, that is no error, and nothing is fetched again for it.',
  () =>
    withWorld(gmailWorld(gmail(3, 'at-quit'), { policy: removing(0) }), async (world) => {
      const summary = await world.run()
      assert.deepEqual([summary.exitCode, summary.tally.copied.count, world.maildrop.messages.length], [0, 10, 10])
      assert.deepEqual(world.stored(), world.source())
      const fetched = world.pop3.count('RETR')
      assert.equal((await world.run()).exitCode, 0)
      assert.equal(world.pop3.count('RETR'), fetched)
      assert.match(saidIn(await world.preview()), /decided by the same setting of Gmail/)
    }),
)

quirk(
  'A52',
  'With recent: in front of the user name nothing is removed at Gmail, and only the last 30 days are spoken of.',
  () =>
    withWorld(gmailWorld(newestOnly(6), { policy: removing(0) }), async (world) => {
      Object.assign(world.pair, { sourceProvider: sourceProvider('pop.gmail.com', 'recent:alice@gmail.com') })
      const summary = await world.run()
      assert.deepEqual([summary.exitCode, summary.tally.copied.count, world.pop3.count('DELE')], [0, 6, 0])
      assert.match(summary.window ?? '', /recent: in front of the user name, Gmail shows the last 30 days/)
      world.maildrop.add({ uidl: 'new', bytes: mail(77) })
      assert.deepEqual((await world.run()).warnings, [], 'what grows old is not called gone')
    }),
)

quirk(
  'A53',
  'A provider that shows recent mail is told as such in plan and report; mail that grows old there is no loss.',
  () =>
    withWorld({ messages: ten, provider: 'qq', pop3: { faults: newestOnly(6) } }, async (world) => {
      assert.match(saidIn(await world.preview()), /by default the last 30 days.*let POP collect all mail/s)
      assert.match((await world.run()).window ?? '', /QQ Mail shows what its POP setting says/)
      world.maildrop.add({ uidl: 'new', bytes: mail(77) })
      const { exitCode, warnings, tally } = await world.run()
      assert.deepEqual([exitCode, warnings, tally.copied.count], [0, [], 1])
    }),
)

quirk('A53', 'A server that counts other messages than it lists is not believed to have shown all.', () =>
  withWorld({ messages: few, pop3: { faults: { list: { omits: ({ uidl }) => uidl === 'u4' } } } }, async (world) => {
    const { exitCode, window } = await world.run()
    assert.deepEqual([exitCode, window], [0, 'This may not be the whole mailbox: the source counts 4 and lists 3.'])
    assert.match(saidIn(await world.preview()), /not be the whole mailbox/)
  }),
)

const hundred = Array.from({ length: 130 }, (_, number) => mail(number))

quirk('A54', 'The same round number in every session, though mail comes and goes, is suspected to be a window.', () =>
  withWorld({ messages: hundred, pop3: { faults: newestOnly(100) } }, async (world) => {
    assert.equal((await world.run()).window, undefined)
    world.maildrop.add({ uidl: 'new', bytes: mail(777) })
    const second = await world.run()
    assert.match(second.window ?? '', /the source lists 100 each time, though new messages came and others went/)
    assert.deepEqual([second.exitCode, second.warnings, second.tally.copied.count], [0, [], 1])
    assert.notEqual((await world.run()).window, undefined, 'and remembered')
    assert.match(saidIn(await world.preview()), /lists 100 each time/)
  }),
)

quirk('A54', 'A full listing that only grows or shrinks is no window.', () =>
  withWorld({ messages: hundred.slice(0, 100) }, async (world) => {
    await world.run()
    world.maildrop.remove('u7')
    const shrunk = await world.run()
    assert.equal(shrunk.window, undefined)
    assert.match(shrunk.warnings.join(), /mailhaul left them there: 1 of/)
    world.maildrop.add({ uidl: 'new', bytes: mail(777) })
    assert.equal((await world.run()).window, undefined)
  }),
)

quirk('A54', 'Where removing makes room for older mail, sessions go on until nothing new appears.', () =>
  withWorld(
    { messages: ten, provider: 'wildduck', policy: removing(0), pop3: { faults: newestOnly(4) } },
    async (world) => {
      const all = world.source()
      const summary = await world.run()
      assert.deepEqual([summary.exitCode, summary.tally.copied.count, summary.listed.count], [0, 10, 10])
      assert.deepEqual([world.source(), world.stored()], [[], all])
      assert.match(summary.window ?? '', /WildDuck shows the newest messages only/)
    },
  ),
)

quirk('A55', 'A listing that shrinks for a while makes nothing forgotten: when it is back, nothing is appended.', () =>
  withWorld({ messages: few }, async (world) => {
    await world.run()
    const whole = world.maildrop.messages
    world.maildrop.messages = whole.slice(0, 1).map(({ bytes }) => ({ uidl: 'ENOMEM-1', bytes }))
    const during = await world.run()
    assert.match(during.warnings.join(), /mailhaul left them there: 3 of/)
    world.maildrop.messages = whole
    const after = await world.run()
    assert.deepEqual([after.exitCode, after.warnings, after.tally['already-there'].count], [0, [], 4])
    world.maildrop.messages = whole.slice(0, 2)
    assert.match(
      (await world.run()).warnings.join(),
      /mailhaul left them there: 2 of/,
      'and told again when it happens again',
    )
    assert.equal(
      world.imap.appends.reduce((sum, { uids }) => sum + uids.length, 0),
      4,
    )
  }),
)

quirk('C12', 'A maildrop that seems empty, and then is not, is neither forgotten nor moved twice.', () =>
  withWorld({ messages: few }, async (world) => {
    await world.run()
    const whole = world.maildrop.messages
    world.maildrop.messages = []
    assert.match((await world.run()).warnings.join(), /mailhaul left them there: 4 of/)
    world.maildrop.messages = whole
    assert.equal((await world.run()).tally['already-there'].count, 4)
    assert.deepEqual(world.stored(), world.source())
  }),
)

quirk(
  'A56',
  'While the destination is slow the session at the source says NOOP, and is ended properly when all is stored.',
  () => {
    const source = { deadlines: { keepAlive: 40 } }
    const gate = new Gate()
    const imap = { faults: { hold: { APPEND: gate } } }
    return withWorld({ messages: few, source, imap }, async (world) => {
      const running = world.run()
      await gate.held()
      await world.pop3.waitFor('NOOP', world.pop3.count('NOOP') + 4)
      gate.open()
      assert.equal((await running).tally.copied.count, 4)
      assert.deepEqual([world.pop3.logins, world.pop3.count('QUIT')], [1, 1])
    })
  },
)

quirk(
  'A50',
  'Time that the server wants between two logins is waited for between the sessions, or left to the next run.',
  async () => {
    for (const [seconds, copied] of [
      [300, 10],
      [900, 3],
    ] as const) {
      const capabilities = [...gmailCapabilities, `LOGIN-DELAY ${seconds}`]
      await withWorld(
        { ...gmailWorld(gmail(3, 'at-quit')), pop3: { capabilities, faults: gmail(3, 'at-quit') } },
        async (world) => {
          let time = Date.UTC(2026, 0)
          const hasty = hastyClock()
          const sleep: typeof hasty.sleep = async (milliseconds, signal) => {
            await hasty.sleep(milliseconds, signal)
            if (milliseconds >= 1000) time += milliseconds
          }
          const summary = await world.run({ clock: { ...hasty, now: () => time, sleep } })
          assert.deepEqual([summary.exitCode, summary.tally.copied.count], [0, copied])
          assert.equal(/run sync again later/.test(summary.warnings.join()), copied === 3)
        },
      )
    }
  },
)
