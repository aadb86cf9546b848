// Fetching: exact bytes, in order, pipelined as far as the server allows, one result for every message.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Fetched } from '../../../src/core/ports.ts'
import { createPop3Source } from '../../../src/sources/pop3/source.ts'
import { rollingSplit } from '../../servers/chunking.ts'
import { firstTimes, onlyFor } from '../../servers/pop3-retrieve-faults.ts'
import { MemorySpool } from './memory-spool.ts'
import { fetchAll, listAndFetch, mail, mails, signal, sourceOptions, told, withSession } from './rig.ts'
import { plainAnswers, startScriptedServer } from './scripted-server.ts'

const noPipelining = ['UIDL', 'TOP', 'USER']

describe('pipelining', () => {
  test('a stretch of messages travels in one write, and every 32 are sealed by a STAT', () =>
    withSession({ messages: mails(100) }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(100))
      assert.ok(rig.server.maxPipelined >= 32, `only ${rig.server.maxPipelined} at once`)
      // One before LIST, then after 32, 64, 96 and 100 messages.
      assert.equal(rig.server.count('STAT'), 5)
      assert.deepEqual([rig.server.count('RETR'), rig.server.logins], [100, 1])
      assert.equal(rig.spool.open, 0)
    }))

  test('never more than 1,000 octets of commands (A04)', () =>
    withSession({ messages: mails(400), faults: { inputLimit: 1012 } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(400))
      assert.equal(rig.server.logins, 1)
      assert.ok(rig.server.maxPipelined <= 128)
    }))

  test('not used where CAPA does not offer it', () =>
    withSession({ capabilities: noPipelining, messages: mails(40) }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(40))
      assert.equal(rig.server.maxPipelined, 1)
      assert.equal(rig.server.count('NOOP'), 0)
      assert.match(session.facts.notes.join(), /No pipelining/)
    }))

  test('tried out where CAPA is unknown', () =>
    withSession({ faults: { capa: 'error' }, messages: mails(40) }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(40))
      assert.ok(rig.server.maxPipelined > 4)
    }))

  test('not used where it is remembered as broken', () =>
    withSession(
      { capabilities: ['PIPELINING', 'USER'], habits: { pipelining: 'off' }, messages: mails(40) },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(40))
        assert.equal(rig.server.maxPipelined, 1)
      },
    ))

  test('advertised but broken is found out before the first message, and remembered (A03)', () =>
    withSession(
      { faults: { pipelining: 'discards-rest-of-input' }, source: { deadlines: { probe: 50 } }, messages: mails(40) },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(40))
        assert.equal(rig.habits.get('pipelining'), 'off')
        assert.equal(rig.server.logins, 2)
      },
    ))

  test('a server that hangs up on two commands at once gets one at a time from the third session on (A03)', async () => {
    const answers = plainAnswers(mails(3))
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\r\n')
      await peer.serve((line) => (peer.hasMore ? undefined : answers(line)))
    })
    try {
      const source = createPop3Source(sourceOptions(server.port))
      const once = async () => {
        const session = await source.open(signal)
        const { messages } = await session.list(signal)
        return (await Array.fromAsync(session.fetch(messages, new MemorySpool(), signal))).map(told)
      }
      await assert.rejects(once(), { code: 'disconnected', retry: 'now' })
      await assert.rejects(once(), { code: 'disconnected', retry: 'now' })
      assert.deepEqual(await once(), mails(3))
    } finally {
      await server.stop()
    }
  })

  test('a few messages of many, in the order asked for', () =>
    withSession({ messages: mails(50) }, async (session, rig) => {
      const { messages } = await session.list(signal)
      const some = [messages[40], messages[3], messages[17]].flatMap((listed) => listed ?? [])
      assert.deepEqual(await fetchAll(session, some, rig), [mail(41), mail(4), mail(18)])
      assert.deepEqual(await fetchAll(session, some.slice(1), rig), [mail(4), mail(18)])
      assert.deepEqual(await fetchAll(session, [], rig), [])
    }))
})

describe('exact bytes', () => {
  const everyByte = Buffer.from(
    Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10 && byte !== 13),
  )
  const strange: readonly Uint8Array[] = [
    Buffer.concat([Buffer.from('Subject: '), everyByte, Buffer.from('\r\n\r\n'), everyByte, Buffer.from('\r\n')]),
    Buffer.from('Subject: x\r\n\r\na\rb\r\rc\r\n.\r\n..\r\n...x\r\n. \r\n'),
    Buffer.from('X: 1\r\n\r\nbare\nline\n.\nfeeds\n\r\n'),
    Buffer.from('A: \0\0\r\n\r\n\0\r\n'),
    Buffer.from('no header'),
    Buffer.from('\r\n'),
    Buffer.from('x'),
    Buffer.concat([Buffer.from('Subject: long\r\n\r\n'), Buffer.alloc(3_000_000, 'x'), Buffer.from('\r\n')]),
    Buffer.from('.starts: with a dot\r\n\r\n.\r\n'),
    Buffer.from('..starts: with two\r\n\r\n'),
  ]
  const served = strange.map((bytes) => {
    const text = Buffer.from(bytes).toString('latin1')
    return text.endsWith('\r\n') ? text : `${text}\r\n`
  })

  test('of strange messages (A34, A35, A36, A37, A39)', () =>
    withSession({ messages: strange }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), served)
    }))

  test('however the network cuts them (A31)', () =>
    withSession({ messages: strange.filter(({ length }) => length < 10_000) }, async (session, rig) => {
      rig.server.faults = { chunking: rollingSplit() }
      const short = served.filter(({ length }) => length < 10_000)
      for (let round = 0; round < 20; round += 1) assert.deepEqual(await listAndFetch(session, rig), short)
    }))

  test('byte by byte (A31)', () =>
    withSession({ messages: mails(3), faults: { chunking: 'bytes' } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(3))
    }))

  test('cut at every place around the terminator (A31)', () =>
    withSession({ messages: ['S: x\r\n\r\nend\r\n'] }, async (session, rig) => {
      const { messages } = await session.list(signal)
      for (let splitAt = 1; splitAt < 40; splitAt += 1) {
        rig.server.faults = { chunking: { splitAt } }
        assert.deepEqual(await fetchAll(session, messages, rig), ['S: x\r\n\r\nend\r\n'])
      }
    }))

  test('of whatever lies in a maildrop', async () => {
    const fragment = fc.constantFrom(
      '.',
      '..',
      '\r',
      '\n',
      '\r\n',
      '\0',
      '\xe9',
      'text',
      '\r\n.\r\n',
      '\r\n+OK\r\n',
      '-ERR\r\n',
    )
    const bytes = fc.array(fragment, { minLength: 1, maxLength: 12 }).map((parts) => `${parts.join('')}\r\n`)
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), (messages) =>
        withSession({ messages }, async (session, rig) => assert.deepEqual(await listAndFetch(session, rig), messages)),
      ),
      { numRuns: 25 },
    )
  })

  test('headers in UTF-8 come as they are (A38)', () => {
    const wrapped = 'Subject: caf\xc3\xa9\r\n\r\nx\r\n'
    return withSession({ messages: [wrapped], faults: { wrapsEightBit: true } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [wrapped])
    })
  })

  test('of a server that ends every line with LF (A33)', async () => {
    const messages = ['A: b\n\n..x\ny\n', 'second\n']
    const answers = plainAnswers(messages, [11, 7])
    const server = await startScriptedServer(async (peer) => {
      await peer.send('+OK\n')
      await peer.serve((line) => answers(line)?.replaceAll('\r\n', '\n'))
    })
    try {
      const session = await createPop3Source(sourceOptions(server.port)).open(signal)
      const { messages: listed } = await session.list(signal)
      const fetched = await Array.fromAsync(session.fetch(listed, new MemorySpool(), signal))
      assert.deepEqual(fetched.map(told), ['A: b\n\n.x\ny\n', 'second\n'])
      assert.equal(await session.close(signal), true)
    } finally {
      await server.stop()
    }
  })
})

describe('messages that cannot be had', () => {
  const plan = (fault: Parameters<typeof onlyFor>[0][string]) => ({
    faults: { retr: onlyFor({ 'key-3': fault }) },
    messages: mails(5),
  })
  const others = (third: string) => [mail(1), mail(2), third, mail(4), mail(5)]

  test('gone since the listing (A41)', () =>
    withSession(plan({ kind: 'vanish' }), async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), others('vanished'))
      assert.deepEqual([rig.server.count('RETR'), rig.server.logins], [5, 1])
    }))

  for (const text of ["it's gone!", 'Perhaps another session deleted it?', 'no such message', 'Message 3 expunged.']) {
    test(`"${text}" is gone too`, () =>
      withSession(plan({ kind: 'error', text }), async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), others('vanished'))
      }))
  }

  test('-ERR for other reasons (A42)', () =>
    withSession(plan({ kind: 'error' }), async (session, rig) => {
      const results: Fetched[] = await Array.fromAsync(
        session.fetch((await session.list(signal)).messages, rig.spool, signal),
      )
      assert.deepEqual(results.map(told), others('failed unrenderable'))
      const third = results[2]
      assert.ok(third?.kind === 'failed')
      assert.deepEqual([third.error.scope, third.error.retry], ['message', 'later'])
      assert.match(third.error.message, /\[SYS\/PERM\] Message cannot be opened/)
      assert.equal(third.listed.key, 'key-3')
    }))

  test('[SYS/TEMP] is temporary', () =>
    withSession(plan({ kind: 'error', text: '[SYS/TEMP] gone for lunch' }), async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), others('failed temporary'))
    }))

  test('no content, and listed so (A40)', () =>
    withSession({ messages: [mail(1), '', mail(3)] }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [mail(1), 'empty', mail(3)])
      assert.equal(rig.server.logins, 1)
      assert.equal(rig.spool.open, 0)
    }))

  test('all of them at once, and nothing stays in the spool', () =>
    withSession(
      {
        messages: mails(90),
        faults: { retr: firstTimes(9, ({ uidl }) => (uidl.endsWith('7') ? { kind: 'error' } : undefined)) },
      },
      async (session, rig) => {
        const results = await listAndFetch(session, rig)
        assert.equal(results.filter((result) => result === 'failed unrenderable').length, 9)
        assert.deepEqual([rig.spool.open, rig.spool.held, rig.server.logins], [0, 0, 1])
      },
    ))
})

describe('the consumer', () => {
  test('who leaves early drops the session, and nothing stays behind', () =>
    withSession({ messages: mails(200) }, async (session, rig) => {
      let count = 0
      for await (const fetched of session.fetch((await session.list(signal)).messages, rig.spool, signal)) {
        if (fetched.kind === 'message') fetched.message.release()
        count += 1
        if (count === 3) break
      }
      await rig.server.until(() => rig.server.connections.open === 0)
      assert.equal(rig.spool.open, 0)
      assert.equal(await session.close(signal), false)
    }))

  test('who leaves before the first message has come', () =>
    withSession({ messages: mails(20) }, async (session, rig) => {
      const iterator = session.fetch((await session.list(signal)).messages, rig.spool, signal)[Symbol.asyncIterator]()
      await iterator.return?.()
      assert.equal(rig.spool.open, 0)
    }))

  test('a spool that fails ends the fetch with its error', () =>
    withSession({ messages: mails(20) }, async (session, rig) => {
      rig.spool.failure = new Error('disk full')
      await assert.rejects(listAndFetch(session, rig), /disk full/)
      await rig.server.until(() => rig.server.connections.open === 0)
      assert.equal(rig.spool.open, 0)
    }))
})
