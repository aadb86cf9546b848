// Quirks of removing messages at a POP3 server: DELE, QUIT, and what their answers are worth (group A.4 of the catalogue).
import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceSession } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { mail, policy } from '../core/rows.ts'
import { type DovecotServer, startDovecot } from '../live/dovecot.ts'
import { describeLive } from '../live/live.ts'
import { Steps } from '../scenarios/steps.ts'
import { hash, type World, withWorld } from '../scenarios/world.ts'
import { quirk } from './quirk.ts'

const messages = [mail(1), mail(2), mail(3)]
const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
const remove = policy({ leave })
const mails = (count: number) => Array.from({ length: count }, (_, at) => mail(at + 1))
const removals = (world: World) => [...new Set(world.known().map(({ removal }) => removal))]

/** Puts another end of the session in place of `close`. */
function ending(close: (session: SourceSession, signal: AbortSignal) => Promise<boolean>): (ends: Ends) => Ends {
  return ({ source, destination }) => ({
    destination,
    source: {
      open: async (signal) => {
        const session = await source.open(signal)
        return {
          facts: session.facts,
          consumes: session.consumes,
          pipelines: session.pipelines,
          ping: (given) => session.ping(given),
          list: (...given) => session.list(...given),
          headers: (...given) => session.headers(...given),
          fetch: (...given) => session.fetch(...given),
          remove: (...given) => session.remove(...given),
          close: (given) => close(session, given),
          abandon: () => session.abandon(),
        }
      },
    },
  })
}

quirk(
  'A46',
  'Looking (plan, check, status) fetches no message, and what is settled is not fetched again: neither marks anything.',
  () =>
    withWorld({ messages }, async (world) => {
      await world.preview()
      assert.equal(world.pop3.count('RETR'), 0)
      await world.run()
      const fetched = world.pop3.count('RETR')
      await world.run()
      await world.preview()
      assert.equal(world.pop3.count('RETR'), fetched)
    }),
)

for (const consumes of ['at-retr', 'at-quit'] as const) {
  quirk(
    'A47',
    'Removing settled messages where the server has removed them by itself loses nothing and is no failure.',
    () =>
      withWorld({ messages, policy: { leave }, pop3: { faults: { consumes } } }, async (world) => {
        const all = world.source()
        const summary = await world.run()
        assert.equal(summary.exitCode, 0, summary.error?.message)
        assert.deepEqual([world.source(), world.stored()], [[], all])
        assert.equal((await world.run()).exitCode, 0)
      }),
  )
}

quirk('A48', 'A session that has sent DELE never sends RSET.', () =>
  withWorld({ messages: mails(150), policy: { leave } }, async (world) => {
    await world.run()
    for (const session of world.pop3.log.join('\n').split(/^QUIT$/m))
      assert.ok(!/^DELE /m.test(session) || !/^RSET$/m.test(session), session)
    assert.equal(world.maildrop.messages.length, 0)
  }),
)

quirk(
  'A49',
  'A server that confirms removals and carries none out is noticed by the next listing, told of, and not asked again in that run.',
  () =>
    withWorld({ messages: mails(250), policy: { leave } }, async (world) => {
      world.pop3.faults = { quit: 'keeps' }
      const { removal, warnings, exitCode } = await world.run()
      assert.equal(world.pop3.count('DELE'), 100)
      assert.deepEqual([removal.removed, removal.kept[0]?.count, exitCode], [0, 250, 0])
      assert.match(warnings.join(), /250 messages due for removal stay at the source: the source lists .* again/)
      world.pop3.faults = {}
      const later = await world.run()
      assert.match(later.warnings.join(), /100 messages removed in an earlier run are listed again/)
      assert.deepEqual([world.stored().length, world.maildrop.messages.length], [250, 0])
    }),
)

for (const [quit, left] of [
  ['deletes-silently', 0],
  ['drop', 3],
  ['error', 3],
] as const) {
  quirk('A49', 'An answer to QUIT that is lost or negative says nothing: the next listing does, at once.', () =>
    withWorld({ messages, policy: { leave } }, async (world) => {
      world.pop3.faults = { quit }
      const { removal, exitCode } = await world.run()
      assert.equal(world.maildrop.messages.length, left)
      assert.deepEqual([removal.removed, removal.toConfirm, exitCode], [3 - left, 0, 0])
      assert.equal(world.pop3.count('DELE'), 3, 'not asked twice')
      assert.deepEqual(removals(world), [left === 0 ? 'absent-confirmed' : 'dele-sent'])
      world.pop3.faults = {}
      await world.run()
      assert.deepEqual(world.source(), [])
    }),
  )
}

quirk(
  'A49',
  'Messages go in batches of a hundred or a twentieth of the mailbox, each made real by a QUIT of its own.',
  () =>
    withWorld({ messages: mails(150), policy: { leave } }, async (world) => {
      const closed: number[] = []
      await world.run({
        ends: ending((session, signal) => {
          closed.push(world.pop3.count('DELE'))
          return session.close(signal)
        }),
      })
      assert.deepEqual([closed[0], closed[1]], [100, 150])
    }),
)

quirk('A51', 'Where the owner of the mailbox has forbidden removals, the run says so and is no failure.', () =>
  withWorld({ messages, policy: { leave }, pop3: { faults: { quit: 'keeps' } } }, async (world) => {
    await world.run()
    const { exitCode, warnings } = await world.run()
    assert.equal(exitCode, 0)
    assert.match(warnings.join(), /listed again: the source may ignore removals/)
    assert.equal(world.stored().length, 3)
  }),
)

quirk(
  'C12',
  'Names that a listing lacks are not forgotten: when they are back nothing is appended, and what we removed stays known.',
  () =>
    withWorld({ messages }, async (world) => {
      await world.run()
      world.pop3.faults = { window: { count: 1, of: 'newest' } }
      await world.run({ policy: remove })
      assert.equal(world.maildrop.messages.length, 2)
      world.pop3.faults = {}
      await world.run()
      assert.equal(world.stored().length, 3)
      assert.equal(world.known().length, 3)
    }),
)

quirk(
  'C13',
  'The proof of a message is in the ledger before its removal is written down, and that before DELE is sent.',
  () =>
    withWorld({ messages, policy: { leave } }, async (world) => {
      const { names, ...steps } = watch()
      await world.run(steps)
      const at = ['after ledger settle', 'before ledger dele-sent', 'before DELE', 'before QUIT'].map((name) =>
        name.startsWith('after') ? names.lastIndexOf(name) : names.indexOf(name),
      )
      assert.ok(!at.includes(-1))
      assert.deepEqual(
        at,
        at.toSorted((one, other) => one - other),
      )
    }),
)

function watch() {
  const steps = new Steps(0, 'stop')
  const ends: Steps['ends'] = (given) => steps.ends(given)
  const ledger: Steps['ledger'] = (given) => steps.ledger(given)
  return { names: steps.names, ends, ledger }
}

describeLive('removing at a real Dovecot', ['dovecot'], () => {
  const onDovecot = (work: (world: World, dovecot: DovecotServer, left: () => Promise<number>) => Promise<void>) =>
    withWorld({ policy: { leave } }, async (world) => {
      const dovecot = await startDovecot({ users: [{ name: 'alice', password: 'correct horse' }] })
      try {
        await dovecot.deliver('alice', messages)
        await work(world, dovecot, async () => (await dovecot.messages('alice')).length)
        assert.deepEqual(world.stored(), messages.map(hash).sort())
      } finally {
        await dovecot.stop()
      }
    })

  quirk(
    'A49',
    'Dovecot, DELE without QUIT: nothing is removed, the ledger knows that it may have been, and the next run removes it.',
    () =>
      onDovecot(async (world, dovecot, left) => {
        const pop3 = { port: dovecot.ports.pop3 }
        const ends = ending(async (session) => {
          session.abandon()
          return false
        })
        await world.run({ pop3, ends })
        assert.deepEqual([await left(), removals(world)], [3, ['dele-sent']])
        assert.equal((await world.run({ pop3 })).removal.removed, 3)
        assert.equal(await left(), 0)
      }),
  )

  quirk('A49', 'Dovecot, the answer to QUIT never read: the messages are gone, and the next listing says so.', () =>
    onDovecot(async (world, dovecot, left) => {
      const ends = ending(async (session, signal) => {
        await session.close(signal)
        return false
      })
      const { removal } = await world.run({ pop3: { port: dovecot.ports.pop3 }, ends })
      assert.deepEqual([await left(), removal.removed, removals(world)], [0, 3, ['absent-confirmed']])
    }),
  )

  quirk(
    'A49',
    'Dovecot, a Maildir that it may not write: whatever it says, messages count as removed only when they are not listed.',
    () =>
      onDovecot(async (world, dovecot, left) => {
        const pop3 = { port: dovecot.ports.pop3 }
        await world.run({ pop3, policy: policy() })
        const storage = join(dovecot.mailDir('alice'), 'cur')
        await chmod(storage, 0o555)
        await world.run({ pop3 })
        await chmod(storage, 0o755)
        assert.deepEqual([await left(), removals(world).includes('absent-confirmed')], [3, false])
        const { warnings, removal } = await world.run({ pop3 })
        assert.deepEqual([await left(), removal.removed], [0, 3])
        assert.match(warnings.join(), /3 messages removed in an earlier run are listed again/)
      }),
  )
})
