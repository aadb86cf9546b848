// Removal and the end of a session: DELE counts with QUIT, and only with its answer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pop3Faults } from '../../servers/pop3-faults.ts'
import { failureOf } from './failure.ts'
import { fetchAll, mails, signal, user, withSession } from './rig.ts'

describe('remove', () => {
  test('is pipelined, and real once the session is closed', () =>
    withSession({ messages: mails(120) }, async (session, { server }) => {
      const { messages } = await session.list(signal)
      assert.deepEqual(await session.remove(messages.slice(0, 110), signal), messages.slice(0, 110))
      assert.ok(server.maxPipelined > 40)
      assert.equal(server.maildrop(user).messages.length, 120)
      assert.equal(await session.close(signal), true)
      assert.deepEqual(
        server.maildrop(user).messages.map(({ uidl }) => uidl),
        mails(10).map((_, index) => `key-${index + 111}`),
      )
    }))

  test('one at a time where there is no pipelining', () =>
    withSession({ messages: mails(5), capabilities: ['UIDL', 'USER'] }, async (session, { server }) => {
      const { messages } = await session.list(signal)
      assert.equal((await session.remove(messages, signal)).length, 5)
      assert.equal(server.maxPipelined, 1)
    }))

  test('says which were accepted', () =>
    withSession(
      {
        messages: mails(3),
        faults: { script: (verb, argument) => (verb === 'DELE' && argument === '2' ? '-ERR no\r\n' : undefined) },
      },
      async (session) => {
        const { messages } = await session.list(signal)
        assert.deepEqual(await session.remove(messages, signal), [messages[0], messages[2]])
      },
    ))

  test('what is left can still be fetched in the same session', () =>
    withSession({ messages: mails(5) }, async (session, rig) => {
      const { messages } = await session.list(signal)
      await session.remove(messages.slice(0, 2), signal)
      assert.deepEqual(await fetchAll(session, messages.slice(2), rig), mails(5).slice(2))
      assert.equal(rig.server.logins, 1)
    }))

  test('a session that is lost on the way: its error, and nothing is removed', () =>
    withSession(
      {
        messages: mails(5),
        faults: { script: (verb, argument) => (verb === 'DELE' && argument === '3' ? 'rst' : undefined) },
      },
      async (session, { server }) => {
        const { messages } = await session.list(signal)
        assert.equal((await failureOf(session.remove(messages, signal))).code, 'disconnected')
        assert.equal(await session.close(signal), false)
        assert.equal(server.maildrop(user).messages.length, 5)
      },
    ))
})

describe('close', () => {
  const faults: readonly [quit: Pop3Faults['quit'], confirmed: boolean, left: number][] = [
    [undefined, true, 2],
    ['error', false, 3],
    ['silent', false, 3],
    ['drop', false, 3],
    ['keeps', true, 3],
    ['deletes-silently', false, 2],
  ]
  for (const [quit, confirmed, left] of faults) {
    test(`${quit ?? 'well-behaved'}: ${confirmed} (A49)`, () =>
      withSession(
        { messages: mails(3), faults: quit === undefined ? {} : { quit }, source: { deadlines: { quit: 80 } } },
        async (session, { server }) => {
          const { messages } = await session.list(signal)
          await session.remove(messages.slice(0, 1), signal)
          assert.equal(await session.close(signal), confirmed)
          assert.equal(server.maildrop(user).messages.length, left)
          await server.until(() => server.connections.open === 0)
          assert.equal(await session.close(signal), false)
          assert.equal(server.count('QUIT'), 1)
        },
      ))
  }

  test('with keep: RSET goes before QUIT, but never after a removal (A47, A48)', async () => {
    for (const [removed, verbs] of [
      [0, ['RSET', 'QUIT']],
      [1, ['QUIT']],
    ] as const) {
      await withSession({ messages: mails(3) }, async (session, { server }) => {
        const { messages } = await session.list(signal)
        if (removed > 0) await session.remove(messages.slice(0, removed), signal)
        assert.equal(await session.close(signal, { keep: true }), true)
        assert.equal(server.maildrop(user).messages.length, 3 - removed)
        assert.deepEqual(
          server.log.filter((line) => line === 'RSET' || line === 'QUIT'),
          verbs,
        )
      })
    }
  })

  test('abandon says nothing, removes nothing, and may be called again', () =>
    withSession({ messages: mails(3) }, async (session, { server }) => {
      const { messages } = await session.list(signal)
      await session.remove(messages, signal)
      session.abandon()
      session.abandon()
      await server.until(() => server.connections.open === 0)
      assert.deepEqual([server.count('QUIT'), server.maildrop(user).messages.length], [0, 3])
      assert.equal((await failureOf(session.remove(messages, signal))).code, 'disconnected')
      assert.equal((await failureOf(session.list(signal))).code, 'disconnected')
      assert.equal(server.logins, 1)
    }))
})
