// Getting a connection, losing it, and waiting: every failure with its code, sentence and hint, and nothing waits for ever.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { interrupted } from '../../../src/core/errors.ts'
import { connectFailed, connectionBroken } from '../../../src/sources/pop3/errors.ts'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { Gate } from '../../servers/gate.ts'
import { failureOf } from './failure.ts'
import { ManualClock } from './manual-clock.ts'
import { listAndFetch, mails, signal, sourceOptions, withRig, withSession } from './rig.ts'
import { plainAnswers, startScriptedServer } from './scripted-server.ts'

describe('no connection', () => {
  test('nobody listens', async () => {
    let port = 0
    await withRig({}, async ({ server }) => {
      port = server.port
    })
    const error = await failureOf(createPop3Source(sourceOptions(port)).open(signal))
    assert.deepEqual([error.code, error.scope, error.retry], ['connect', 'host', 'now'])
    assert.match(error.message, new RegExp(`Nothing answers at 127\\.0\\.0\\.1:${port}`))
    assert.ok(error.hint)
  })

  test('no such host', async () => {
    // RFC 6761 §6.4: invalid. is never found. Without any name server the code differs, the kind of failure does not.
    const error = await failureOf(createPop3Source(sourceOptions(110, { host: 'pop.invalid' })).open(signal))
    assert.deepEqual([error.code, error.scope], ['dns', 'host'])
  })

  test('every system code has its sentence', () => {
    const of = (code: string) => connectFailed('pop.example', 995, Object.assign(new Error(code), { code }))
    assert.match(of('ENOTFOUND').message, /^Host not found: pop\.example\.$/)
    assert.equal(of('ENOTFOUND').retry, 'later')
    assert.equal(of('EAI_AGAIN').code, 'dns')
    assert.equal(of('EAI_AGAIN').retry, 'now')
    assert.equal(of('ETIMEDOUT').code, 'timeout')
    assert.match(of('EHOSTUNREACH').message, /Cannot connect to pop\.example:995: EHOSTUNREACH/)
    const both = new AggregateError([
      Object.assign(new Error('6'), { code: 'ENETUNREACH' }),
      Object.assign(new Error('4'), { code: 'ECONNREFUSED' }),
    ])
    assert.match(connectFailed('pop.example', 995, both).message, /connection refused/)
  })

  test('a connection that breaks has its code too', () => {
    const of = (code: string) => connectionBroken(Object.assign(new Error(code), { code }))
    assert.deepEqual([of('ETIMEDOUT').code, of('ECONNRESET').code], ['timeout', 'disconnected'])
    assert.match(of('EPIPE').message, /EPIPE/)
  })

  test('a signal that is aborted already', () =>
    withRig({}, async ({ source, server }) => {
      assert.equal((await failureOf(source.open(AbortSignal.abort()))).code, 'interrupted')
      assert.equal(server.connections.total, 0)
    }))

  test('a signal that is aborted while the greeting is awaited', async () => {
    const stop = new AbortController()
    const reason = interrupted()
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    const server = await startScriptedServer(async (peer) => {
      stop.abort(reason)
      await peer.gone()
      resolve()
    })
    try {
      assert.equal(await failureOf(createPop3Source(sourceOptions(server.port)).open(stop.signal)), reason)
      await gone
    } finally {
      await server.stop()
    }
  })
})

describe('cleartext (A15)', () => {
  test('on this machine it is nobody else’s business', () =>
    withSession({ source: { tls: 'none', allowPlaintext: false } }, async (_, { server }) =>
      assert.equal(server.logins, 1),
    ))
})

describe('patience', () => {
  /** Opens on a clock that stands still; STAT is held back until the gate opens. */
  async function withSlowStat(test: (listing: Promise<unknown>, clock: ManualClock, gate: Gate) => Promise<void>) {
    const clock = new ManualClock()
    const gate = new Gate()
    await withSession({ source: { clock }, messages: mails(1), faults: { hold: { STAT: gate } } }, async (session) => {
      const listing = session.list(signal)
      listing.catch(() => {})
      await gate.held()
      await test(listing, clock, gate)
    })
  }

  test('STAT may take four minutes (A09)', () =>
    withSlowStat(async (listing, clock, gate) => {
      await clock.advance(240_000)
      gate.open()
      await listing
    }))

  test('but not seven', () =>
    withSlowStat(async (listing, clock) => {
      await clock.advance(420_000)
      const error = await failureOf(listing)
      assert.deepEqual([error.code, error.message], ['timeout', 'The server is silent.'])
    }))

  test('a status line that trickles in, a byte a minute, is no progress (D11)', async () => {
    const clock = new ManualClock()
    const answers = plainAnswers([])
    let trickle = async () => {}
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\r\n')
      await peer.serve((line) => {
        if (line !== 'STAT') return answers(line)
        trickle = () => peer.send('+')
        return '+OK '
      })
    })
    try {
      const session = await createPop3Source(sourceOptions(server.port, { clock })).open(signal)
      const listing = failureOf(session.list(signal))
      while (server.lines.at(-1) !== 'NOOP') await clock.advance(0)
      for (let minute = 0; minute < 8; minute += 1) {
        await trickle()
        await clock.advance(60_000)
      }
      assert.equal((await listing).code, 'timeout')
    } finally {
      await server.stop()
    }
  })

  test('an idle session says NOOP every two minutes (A56)', async () => {
    const clock = new ManualClock()
    await withSession({ source: { clock }, messages: mails(3) }, async (session, rig) => {
      assert.equal((await listAndFetch(session, rig)).length, 3)
      const before = rig.server.count('NOOP')
      for (let count = 1; count <= 3; count += 1) {
        await clock.advance(150_000)
        await rig.server.waitFor('NOOP', before + count)
      }
      assert.equal(rig.server.count('NOOP'), before + 3)
      assert.equal(await closed(session.close(signal), clock), true)
    })
    assert.equal(clock.sleeping, 0)
  })

  test('nothing sleeps on behalf of a session that is over', async () => {
    const clock = new ManualClock()
    await withRig({ source: { clock } }, async ({ source }) => {
      const session = await source.open(signal)
      session.abandon()
      await clock.advance(0)
      assert.equal(clock.sleeping, 0)
    })
  })
})

async function closed<T>(closing: Promise<T>, clock: ManualClock): Promise<T> {
  const result = await closing
  await clock.advance(0)
  return result
}

describe('an aborted signal ends what is going on', () => {
  for (const verb of ['STAT', 'LIST', 'UIDL', 'RETR', 'TOP', 'DELE', 'QUIT']) {
    test(`during ${verb}`, () => {
      const gate = new Gate()
      return withSession({ messages: mails(5), faults: {} }, async (session, rig) => {
        const { messages } = await session.list(signal)
        rig.server.faults = { hold: { [verb]: gate } }
        const stop = new AbortController()
        const going = {
          STAT: () => session.list(stop.signal),
          LIST: () => session.list(stop.signal),
          UIDL: () => session.list(stop.signal),
          RETR: () => Array.fromAsync(session.fetch(messages, rig.spool, stop.signal)),
          TOP: () => Array.fromAsync(session.headers(messages, stop.signal)),
          DELE: () => session.remove(messages, stop.signal),
          QUIT: () => session.close(stop.signal),
        }[verb]
        const outcome = going?.().then(
          (value) => value,
          (error: unknown) => error,
        )
        await gate.held()
        const reason = interrupted()
        stop.abort(reason)
        assert.equal(await outcome, verb === 'QUIT' ? false : reason)
        gate.open()
        await rig.server.until(() => rig.server.connections.open === 0)
        assert.equal(rig.spool.open, 0)
        assert.equal(rig.server.maildrop('alice').messages.length, 5)
      })
    })
  }
})
