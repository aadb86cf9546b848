// Lost connections, servers that hang up over one message, drifting octets, renumbered maildrops: the fetch goes on.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MaildropTotals } from '../../servers/pop3-faults.ts'
import { firstTimes, onlyFor } from '../../servers/pop3-retrieve-faults.ts'
import { failureOf } from './failure.ts'
import { MemorySpool } from './memory-spool.ts'
import { fetchAll, listAndFetch, mail, mails, type RigOptions, signal, told, withSession } from './rig.ts'

const nameless = { uidl: { unsupported: true } }

describe('a connection lost inside a message (A44)', () => {
  const reply = `+OK ${mail(3).length} octets\r\n${mail(3)}.\r\n`
  const places: readonly [name: string, at: number][] = [
    ['before the status line', 0],
    ['inside it', 2],
    ['behind it', reply.indexOf('\n') + 1],
    ['half way', Math.floor(reply.length / 2)],
    ['before the terminator', -3],
    ['behind its dot', -2],
    ['behind its CR', -1],
  ]
  for (const [name, at] of places) {
    for (const how of ['fin', 'rst'] as const) {
      test(`${name}, by ${how}: half a message is no message`, () =>
        withSession(
          { messages: mails(6), faults: { retr: firstTimes(1, onlyFor({ 'key-3': { kind: 'drop', at, how } })) } },
          async (session, rig) => {
            assert.deepEqual(await listAndFetch(session, rig), mails(6))
            assert.equal(rig.server.logins, 2)
            assert.equal(rig.spool.open, 0)
            assert.equal(await session.close(signal), true)
          },
        ))
    }
  }

  test('behind the last byte: nothing is lost but the connection', () =>
    withSession(
      { messages: mails(3), faults: { retr: firstTimes(1, onlyFor({ 'key-3': { kind: 'drop', at: 10_000 } })) } },
      async (session, rig) => assert.deepEqual(await listAndFetch(session, rig), mails(3)),
    ))
})

describe('a message that costs the connection every time', () => {
  const poison = (fault: 'drop' | 'hang'): RigOptions => ({
    messages: mails(50),
    faults: { retr: onlyFor({ 'key-9': { kind: fault, at: 30 } }) },
    source: { deadlines: { data: 80 } },
  })

  test('fails after the second time, the others come', () =>
    withSession(poison('drop'), async (session, rig) => {
      const results = await Array.fromAsync(session.fetch((await session.list(signal)).messages, rig.spool, signal))
      const expected: string[] = mails(50)
      expected[8] = 'failed disconnected'
      assert.deepEqual(results.map(told), expected)
      const ninth = results[8]
      assert.ok(ninth?.kind === 'failed')
      assert.deepEqual([ninth.error.scope, ninth.error.retry], ['message', 'later'])
      // Once in the pipeline, once behind the others, and once as the first of a session: then it is to blame.
      assert.equal(rig.server.log.filter((line) => line === 'RETR 9').length, 3)
      assert.equal(rig.server.logins, 4)
    }))

  test('by never ending (A33): incomplete', () =>
    withSession(poison('hang'), async (session, rig) => {
      const results = await listAndFetch(session, rig)
      assert.equal(results[8], 'failed incomplete')
      assert.equal(results.filter((result) => result.startsWith('Subject')).length, 49)
    }))

  test('with the dot right behind its last character (A33): incomplete', () =>
    withSession(
      {
        messages: mails(4),
        faults: { retr: onlyFor({ 'key-4': { kind: 'no-final-crlf' } }) },
        source: { deadlines: { data: 80 } },
      },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), [mail(1), mail(2), mail(3), 'failed incomplete'])
      },
    ))

  test('is gone about with care by the next session', () =>
    withSession(poison('drop'), async (session, rig) => {
      await listAndFetch(session, rig)
      const again = await rig.source.open(signal)
      const results = await listAndFetch(again, rig)
      assert.equal(results[8], 'failed disconnected')
      assert.equal(rig.server.log.filter((line) => line === 'RETR 9').length, 5)
      again.abandon()
    }))

  test('the last of all: the session can still be ended properly', () =>
    withSession(
      { messages: mails(3), faults: { retr: onlyFor({ 'key-3': { kind: 'drop', at: 9 } }) } },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        assert.equal((await fetchAll(session, messages, rig))[2], 'failed disconnected')
        assert.deepEqual(await session.remove(messages.slice(0, 1), signal), messages.slice(0, 1))
        assert.equal(await session.close(signal), true)
        assert.deepEqual(
          rig.server.maildrop('alice').messages.map(({ uidl }) => uidl),
          ['key-2', 'key-3'],
        )
      },
    ))
})

describe('a message that never ends (D11)', () => {
  const endless: RigOptions = {
    messages: mails(40),
    faults: { retr: onlyFor({ 'key-20': { kind: 'endless' } }) },
    source: { largestMessage: 2_000_000 },
  }

  for (const capabilities of [
    ['PIPELINING', 'UIDL', 'USER'],
    ['UIDL', 'USER'],
  ]) {
    test(`is cut off and fails, the others come (${capabilities.length === 3 ? '' : 'not '}pipelined)`, () =>
      withSession({ ...endless, capabilities }, async (session, rig) => {
        const expected: string[] = mails(40)
        expected[19] = 'failed too-big'
        assert.deepEqual(await listAndFetch(session, rig), expected)
        assert.ok(rig.spool.mostHeld < 4_000_000)
        assert.deepEqual([rig.server.count('RETR') < 80, rig.spool.open, rig.server.logins], [true, 0, 2])
      }))
  }

  test('nor does it when it is fetched alone', () =>
    withSession(endless, async (session, rig) => {
      const twentieth = (await session.list(signal)).messages.slice(19, 20)
      assert.deepEqual(await fetchAll(session, twentieth, rig), ['failed too-big'])
      assert.deepEqual(await fetchAll(await rig.source.open(signal), twentieth, rig), ['failed too-big'])
    }))
})

describe('a server that drops sessions', () => {
  test('after so many messages (A56): another login goes on', () =>
    withSession({ messages: mails(300), faults: { dropAfterRetrs: 60 } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(300))
      assert.ok(rig.server.logins <= 9, `${rig.server.logins} logins`)
    }))

  test('after a single one: given up after a number of logins, to be tried again', () =>
    withSession({ messages: mails(100), faults: { dropAfterRetrs: 1 } }, async (session, rig) => {
      const { messages } = await session.list(signal)
      const results: string[] = []
      const error = await failureOf(
        (async () => {
          for await (const fetched of session.fetch(messages, rig.spool, signal)) results.push(told(fetched))
        })(),
      )
      assert.deepEqual([error.code, error.scope, error.retry], ['disconnected', 'pair', 'now'])
      assert.ok(results.length > 0)
      assert.deepEqual(results, mails(results.length))
      assert.ok(rig.server.logins <= 30)
    }))

  test('after so few that no stretch would ever be sealed: the stretches get shorter', () =>
    withSession({ messages: mails(100), faults: { dropAfterRetrs: 9 } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(100))
    }))

  test('before anything comes: given up soon', () =>
    withSession({ messages: mails(100), faults: { dropAfterRetrs: 0 } }, async (session, rig) => {
      assert.equal((await failureOf(listAndFetch(session, rig))).code, 'disconnected')
      assert.ok(rig.server.logins <= 7, `${rig.server.logins} logins`)
    }))

  test('when too much input waits (A04): smaller and smaller pipelines', () =>
    withSession({ messages: mails(300), faults: { inputLimit: 512 } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(300))
      assert.ok(rig.server.logins <= 6, `${rig.server.logins} logins`)
    }))

  test('while the consumer holds back: what was vouched for stays, the rest is fetched again', () =>
    withSession({ messages: mails(30), spool: new MemorySpool(5 * mail(10).length) }, async (session, rig) => {
      const results: string[] = []
      for await (const fetched of session.fetch((await session.list(signal)).messages, rig.spool, signal)) {
        results.push(told(fetched))
        if (results.length === 3) rig.server.dropAll()
        if (fetched.kind === 'message') fetched.message.release()
      }
      assert.deepEqual(results, mails(30))
      assert.equal(rig.spool.open, 0)
    }))

  test('and does not let us in again: its own error', () =>
    withSession(
      { messages: mails(5), faults: { retr: firstTimes(1, () => ({ kind: 'drop', at: 9 })) } },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        rig.server.faults = { ...rig.server.faults, login: 'in-use' }
        assert.equal((await failureOf(fetchAll(session, messages, rig))).code, 'in-use')
      },
    ))
})

describe('pipelining that breaks down later (A03)', () => {
  test('replies that get lost: the stretch is fetched one by one, and pipelining is off from then on', () => {
    let retrs = 0
    // From the 40th RETR on, two of three that travel together are swallowed as if they had never been sent.
    const script = (verb: string) => {
      if (verb === 'RETR') retrs += 1
      return verb === 'RETR' && retrs > 40 && retrs < 60 && retrs % 3 !== 0 ? '' : undefined
    }
    return withSession(
      { messages: mails(120), faults: { script }, source: { deadlines: { command: 200 } } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(120))
        assert.equal(rig.spool.open, 0)
      },
    )
  })

  test('a reply too many: every message is its own all the same', () => {
    let retrs = 0
    const script = (verb: string) => {
      if (verb === 'RETR') retrs += 1
      return verb === 'RETR' && retrs === 20 ? '+OK\r\nnot asked for\r\n.\r\n+OK\r\nneither\r\n.\r\n' : undefined
    }
    return withSession({ messages: mails(64), faults: { script } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(64))
      assert.equal(rig.habits.get('pipelining'), 'off')
      const again = await rig.source.open(signal)
      assert.deepEqual(await listAndFetch(again, rig), mails(64))
      again.abandon()
    })
  })
})

describe('STAT that changes within a session', () => {
  const drifting = ({ count, octets }: MaildropTotals, asked: number) => ({ count, octets: octets + asked })

  test('octets that drift, as GNU mailutils has them: the name of a message is the seal, remembered', () =>
    withSession({ messages: mails(100), faults: { stat: drifting } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(100))
      assert.equal(rig.habits.get('stat'), 'drifts')
      assert.equal(rig.habits.get('pipelining'), undefined)
      const logins = rig.server.logins
      const again = await rig.source.open(signal)
      assert.deepEqual(await listAndFetch(again, rig), mails(100))
      assert.equal(rig.server.logins - logins, 1)
      assert.ok(rig.server.log.some((line) => line.startsWith('UIDL ')))
      again.abandon()
    }))

  test('drifting octets and no names: the count is all there is', () =>
    withSession({ messages: mails(40), faults: { stat: drifting, ...nameless } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(40))
    }))

  test('drifting octets and a UIDL that ignores its argument (A25): nothing is taken on trust', () => {
    const script = (verb: string, argument: string) =>
      verb === 'UIDL' && argument !== '' ? '+OK\r\n1 key-1\r\n2 key-2\r\n.\r\n' : undefined
    return withSession({ messages: mails(2), faults: { stat: drifting, script } }, async (session, rig) => {
      const results = await listAndFetch(session, rig)
      assert.deepEqual(results, ['failed unrenderable', 'failed unrenderable'])
    })
  })

  test('a forger who knows the count, but no names, does not pass for drift', () => {
    const forger = `.\r\n+OK\r\n${mail(9)}.\r\n+OK 3 1\r\n+OK 1 guess\r\n`
    const faults = {
      stat: drifting,
      retr: onlyFor({ 'key-2': { kind: 'unstuffed', lines: 'all' } }),
      list: { size: () => 1 },
    } as const
    return withSession(
      { messages: [mail(1), forger, mail(3)], faults, habits: { stat: 'drifts' } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), [mail(1), 'failed unrenderable', mail(3)])
      },
    )
  })

  test('a count that grows once, for mail that has come in: everything is fetched, pipelining stays', () =>
    withSession(
      {
        messages: mails(64),
        faults: {
          stat: ({ count, octets }, asked) =>
            asked >= 1 ? { count: count + 1, octets: octets + 9 } : { count, octets },
        },
      },
      async (session, rig) => {
        const { messages } = await session.list(signal)
        rig.server.faults = {
          ...rig.server.faults,
          stat: ({ count, octets }) => ({ count: count + 1, octets: octets + 9 }),
        }
        assert.deepEqual(await fetchAll(session, messages, rig), mails(64))
        assert.equal(rig.habits.get('pipelining'), undefined)
      },
    ))
})

describe('after another login', () => {
  const dropThird = { retr: firstTimes(1, onlyFor({ 'key-3': { kind: 'drop', at: 9 } })) } as const

  test('messages have other numbers (A26)', () =>
    withSession({ messages: mails(6), faults: dropThird }, async (session, rig) => {
      const { messages } = await session.list(signal)
      rig.server.maildrop('alice').remove('key-1')
      rig.server.maildrop('alice').add({ uidl: 'new', bytes: Buffer.from(mail(7)) })
      const results = await fetchAll(session, messages.slice(1), rig)
      assert.deepEqual(results, mails(6).slice(1))
    }))

  test('messages may be gone', () =>
    withSession({ messages: mails(6), faults: dropThird }, async (session, rig) => {
      const { messages } = await session.list(signal)
      rig.server.maildrop('alice').remove('key-5')
      assert.deepEqual(await fetchAll(session, messages, rig), [...mails(4), 'vanished', mail(6)])
    }))

  test('messages without names are found again while the maildrop is the same', () =>
    withSession({ messages: mails(6), faults: { ...dropThird, ...nameless } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(6))
    }))

  test('and are not mistaken for each other when it is not', () =>
    withSession({ messages: mails(6), faults: { ...dropThird, ...nameless } }, async (session, rig) => {
      const { messages } = await session.list(signal)
      rig.server.maildrop('alice').remove('key-1')
      rig.server.maildrop('alice').add({ uidl: 'new', bytes: Buffer.from(mail(7, 'longer than the others')) })
      const error = await failureOf(fetchAll(session, messages, rig))
      assert.deepEqual([error.code, error.retry], ['disconnected', 'now'])
      assert.equal(rig.spool.open, 0)
    }))

  test('nothing without a name is removed', () =>
    withSession({ messages: mails(6), faults: { ...dropThird, ...nameless } }, async (session, rig) => {
      const { messages } = await session.list(signal)
      await fetchAll(session, messages, rig)
      assert.deepEqual(await session.remove(messages, signal), [])
      assert.equal(rig.server.count('DELE'), 0)
    }))
})
