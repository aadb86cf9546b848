// Back pressure: a full spool stops the asking, a slow one stops the socket, and a waiting session stays alive.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Fetched } from '../../../src/core/ports.ts'
import { ManualClock } from './manual-clock.ts'
import { MemorySpool } from './memory-spool.ts'
import { mail, mails, signal, withSession } from './rig.ts'

const size = mail(1).length

describe('a spool with room for ten messages', () => {
  test('holds ten at most, and everything comes through', () =>
    withSession(
      { messages: mails(99).map((_, index) => mail((index % 9) + 1)), spool: new MemorySpool(10 * size) },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        let count = 0
        for await (const fetched of session.fetch(messages, rig.spool, signal)) {
          if (fetched.kind === 'message') fetched.message.release()
          count += 1
        }
        assert.equal(count, 99)
        assert.ok(rig.spool.mostHeld <= 10 * size)
        assert.equal(rig.server.logins, 1)
      },
    ))

  test('full: what is there is sealed and handed over, and nothing more is asked for', async () => {
    const clock = new ManualClock()
    await withSession(
      { messages: Array.from({ length: 40 }, () => mail(1)), spool: new MemorySpool(10 * size), source: { clock } },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        const fetching = session.fetch(messages, rig.spool, signal)[Symbol.asyncIterator]()
        const held: Fetched[] = []
        const take = async () => {
          const { value } = await fetching.next()
          if (value) held.push(value)
        }
        for (let count = 0; count < 10; count += 1) await take()
        assert.ok(rig.spool.isAwaited)
        assert.equal(rig.server.count('RETR'), 10)
        // Hours go by; NOOP keeps the session alive (A56).
        const before = rig.server.count('NOOP')
        for (let count = 1; count <= 5; count += 1) {
          await clock.advance(150_000)
          await rig.server.waitFor('NOOP', before + count)
        }
        assert.equal(rig.server.count('RETR'), 10)
        for (const fetched of held) if (fetched.kind === 'message') fetched.message.release()
        await take()
        assert.equal(held.length, 11)
        assert.equal(rig.server.logins, 1)
        await fetching.return?.()
      },
    )
  })

  test('a message larger than the whole spool comes when nothing else is held', () =>
    withSession(
      { messages: [mail(1), mail(2, 'x'.repeat(5000)), mail(3)], spool: new MemorySpool(1000) },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        const sizes: number[] = []
        for await (const fetched of session.fetch(messages, rig.spool, signal)) {
          if (fetched.kind !== 'message') continue
          sizes.push(fetched.message.size)
          fetched.message.release()
        }
        assert.deepEqual(
          sizes,
          messages.map((listed) => listed.size),
        )
      },
    ))
})

test('a spool that asks for a wait stops the socket: the server cannot send on', () =>
  withSession({ messages: [mail(1, 'x'.repeat(50_000_000))] }, async (session, rig) => {
    const { messages } = await session.list(signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    rig.spool.pause = promise
    const before = rig.server.bytesSent
    const fetching = session.fetch(messages, rig.spool, signal)[Symbol.asyncIterator]()
    const first = fetching.next()
    // The kernel's buffers fill up, then nothing moves any more: so many turns without a byte are standstill.
    let sent = -1
    for (let still = 0; still < 200; still += 1) {
      await turn()
      if (rig.server.bytesSent !== sent) still = 0
      sent = rig.server.bytesSent
    }
    assert.ok(sent - before < 25_000_000, `${sent - before} octets went out although nobody took them`)
    rig.spool.pause = undefined
    resolve()
    const { value } = await first
    assert.ok(value?.kind === 'message')
    assert.equal(value.message.size, messages[0]?.size)
    value.message.release()
    await fetching.return?.()
  }))

test('waiting is not stalling: a session that we hold back ourselves has no deadline', async () => {
  const clock = new ManualClock()
  await withSession({ messages: [mail(1, 'x'.repeat(5_000_000))], source: { clock } }, async (session, rig) => {
    const { messages } = await session.list(signal)
    const { promise, resolve } = Promise.withResolvers<void>()
    rig.spool.pause = promise
    const fetching = session.fetch(messages, rig.spool, signal)[Symbol.asyncIterator]()
    const first = fetching.next()
    await rig.server.waitFor('RETR', 1)
    await clock.advance(3_600_000)
    rig.spool.pause = undefined
    resolve()
    const { value } = await first
    assert.equal(value?.kind, 'message')
    await fetching.return?.()
  })
})
