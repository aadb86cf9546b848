// Quirks of logging in: locks, delays, refusals, and accounts that too many tries would lock.
import assert from 'node:assert/strict'
import type { MailhaulError } from '../../src/core/errors.ts'
import type { Event } from '../../src/core/events.ts'
import { Logins } from '../../src/core/logins.ts'
import type { Clock } from '../../src/core/ports.ts'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { type World, withWorld } from '../scenarios/world.ts'
import { startImapServer } from '../servers/imap-server.ts'
import { loginRefusals } from '../servers/pop3-faults.ts'
import { quirk } from './quirk.ts'

const minute = 60_000

/** A clock whose date a test moves; waits are short. */
function datedClock(): Clock & { time: number; readonly slept: number[] } {
  const clock = { ...hastyClock(), time: Date.UTC(2026, 10, 1), now: () => clock.time }
  return clock
}

/** Logins tried so far at the source. */
function tries({ pop3 }: World): number {
  return pop3.count('AUTH') + pop3.count('PASS')
}

quirk(
  'A05',
  'A locked maildrop is waited for: a minute or three, longer each time; it never counts as a wrong password.',
  async () => {
    for (const login of ['in-use', 'locked-text'] as const) {
      await withWorld({ messages: [mail(1)], pop3: { faults: { login } } }, async (world) => {
        const waits: number[] = []
        const onEvent = (event: Event) => event.kind === 'retrying' && waits.push(event.delay)
        const { error, exitCode } = await world.run({ onEvent })
        assert.deepEqual([error?.code, exitCode], ['in-use', 5])
        assert.deepEqual(waits, [7500, 15_000, 30_000, 45_000, 45_000])
        Object.assign(world.pop3.faults, { login: undefined })
        assert.equal((await world.run()).exitCode, 0)
      })
    }
  },
)

quirk('A07', 'The time that a server wants between logins is kept across runs, and waited for where it is short.', () =>
  withWorld({ messages: [mail(1)], pop3: { capabilities: ['UIDL', 'TOP', 'LOGIN-DELAY 900'] } }, async (world) => {
    const clock = datedClock()
    assert.equal((await world.run({ clock })).exitCode, 0)
    const before = world.pop3.connections.total
    clock.time += 5 * minute
    const early = await world.run({ clock })
    assert.deepEqual([early.error?.code, early.exitCode, early.error?.retryAfter], ['login-delayed', 5, 10 * minute])
    assert.equal(world.pop3.connections.total, before, 'the server is not even asked')
    clock.time += 10 * minute
    assert.equal((await world.run({ clock })).exitCode, 0)
  }),
)

quirk(
  'A07',
  'Pairs that read one maildrop share the time that its server wants between logins, over restarts too.',
  () =>
    withWorld(
      {
        messages: [mail(1)],
        pop3: { capabilities: ['UIDL', 'TOP', 'LOGIN-DELAY 900'] },
        source: { logins: new Logins(hastyClock()) },
      },
      async (world) => {
        const clock = datedClock()
        const another = { clock, pair: 'another', policy: { ...world.pair.policy, folder: 'Another' } }
        assert.equal((await world.run({ clock })).exitCode, 0)
        const before = world.pop3.connections.total
        clock.time += 5 * minute
        const early = await world.run(another)
        assert.deepEqual([early.error?.code, early.error?.retryAfter], ['login-delayed', 10 * minute])
        assert.equal(world.pop3.connections.total, before, 'the server is not even asked')
        clock.time += 10 * minute
        assert.equal((await world.run(another)).exitCode, 0)
        clock.time += 5 * minute
        assert.equal((await world.run({ clock })).error?.retryAfter, 10 * minute, 'whoever logged in last counts')
        // Two at once: one gets in, and the other is spared the server's answer.
        clock.time += 15 * minute
        const connections = world.pop3.connections.total
        const both = await Promise.all([world.run({ clock }), world.run(another)])
        assert.deepEqual(both.map(({ error }) => error?.code).toSorted(), ['login-delayed', undefined])
        assert.equal(world.pop3.connections.total, connections + 1)
      },
    ),
)

quirk('A07', 'A refusal that names the delay teaches it; the run goes on when it is over.', () =>
  withWorld({ messages: [mail(1)], pop3: { faults: { login: 'login-delay' } } }, async (world) => {
    const clock = datedClock()
    const sleep: Clock['sleep'] = async (milliseconds, signal) => {
      if (milliseconds >= 2 * minute) {
        clock.time += milliseconds
        Object.assign(world.pop3.faults, { login: undefined })
      }
      return clock.sleep(milliseconds, signal)
    }
    const { exitCode, error } = await world.run({ clock: { ...clock, now: () => clock.time, sleep } })
    assert.equal(exitCode, 0, error?.message)
    assert.deepEqual(world.stored(), world.source())
  }),
)

quirk(
  'A08',
  'Only [AUTH] is a certain refusal of the password; locks, delays and passing problems are told from it by code or words.',
  async () => {
    const expected = {
      'wrong-password': ['auth', 4],
      'wrong-password-without-code': ['auth', 4],
      'user-refused': ['auth', 4],
      'in-use': ['in-use', 5],
      'locked-text': ['in-use', 5],
      'login-delay': ['login-delayed', 5],
      temporary: ['temporary', 5],
      permanent: ['auth', 4],
    } as const
    for (const [login, result] of Object.entries(expected)) {
      if (!isRefusal(login)) throw new Error(login)
      await withWorld({ pop3: { faults: { login } } }, async (world) => {
        const { error, exitCode } = await world.run()
        assert.deepEqual([error?.code, exitCode], result, login)
      })
    }
  },
)

function isRefusal(login: string): login is keyof typeof loginRefusals {
  return login in loginRefusals
}

quirk(
  'E17',
  'A wrong password is tried once or twice per run; after two refused runs the next ones wait, up to a day, unless told --now.',
  () =>
    withWorld({ messages: [mail(1)], pop3: { faults: { login: 'wrong-password-without-code' } } }, async (world) => {
      const clock = datedClock()
      for (let run = 1; run <= 2; run += 1) {
        const before = tries(world)
        assert.equal((await world.run({ clock })).exitCode, 4)
        assert.ok(tries(world) - before >= 1 && tries(world) - before <= 2)
      }
      const before = tries(world)
      for (let passed = 0; passed < 15; passed += 5) {
        const { error, exitCode } = await world.run({ clock })
        assert.deepEqual([error?.code, exitCode], ['auth', 4])
        assert.match(error?.hint ?? '', /--now/)
        clock.time += 5 * minute
      }
      assert.equal(tries(world), before, 'nobody has logged in meanwhile')
      await world.run({ clock })
      assert.ok(tries(world) > before, 'a quarter of an hour later it is tried again')
      clock.time += 20 * minute
      assert.match((await world.run({ clock })).error?.message ?? '', /did not try/, 'and the next wait is longer')
      Object.assign(world.pop3.faults, { login: undefined })
      assert.equal((await world.run({ clock, now: true })).exitCode, 0)
      assert.equal((await world.run({ clock })).exitCode, 0, 'a login that went through ends the waiting')
    }),
)

quirk('E17', 'A destination that refuses the login is asked once per run, however many messages are waiting.', () =>
  withWorld({ messages: [mail(1), mail(2)], imap: { faults: { login: 'authentication-failed' } } }, async (world) => {
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.pending.count], [4, 2])
    assert.ok(world.imap.count('LOGIN') + world.imap.count('AUTHENTICATE') <= 2)
  }),
)

quirk(
  'E17',
  'A destination fed by several pairs is asked once with a password that it refused, not once per pair.',
  async () => {
    const server = await startImapServer({ users: [{ user: 'alice', password: 'right' }] })
    const logins = new Logins(hastyClock())
    const signal = new AbortController().signal
    const tryWith = async (password: string) => {
      const destination = createImapDestination({
        ...{ host: '127.0.0.1', port: server.port, tls: 'none', connections: 1, clock: hastyClock(), logins },
        credentials: { kind: 'password', user: 'alice', password: async () => password },
      })
      return destination
        .facts(signal)
        .then(
          () => 'in' as const,
          (error: MailhaulError) => error.code,
        )
        .finally(() => destination.close())
    }
    try {
      assert.equal(await tryWith('wrong'), 'auth')
      const { total } = server.connections
      assert.equal(await tryWith('wrong'), 'auth')
      assert.equal(server.connections.total, total, 'the second pair does not even connect')
      assert.equal(await tryWith('right'), 'in', 'another password is another matter')
    } finally {
      await server.stop()
    }
  },
)
