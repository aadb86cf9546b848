// Messages that forge replies, servers that stuff nothing, cut short or list wrong sizes: nothing is ever stored as another.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { MaildropMessage } from '../../servers/maildrop.ts'
import { onlyFor } from '../../servers/pop3-retrieve-faults.ts'
import { fetchAll, listAndFetch, mail, mails, type RigOptions, signal, withRig, withSession } from './rig.ts'

/** Ends its own reply at once, then plays the server. */
const forger = ['.', '+OK 999 octets', 'Subject: forged', '', 'I was never sent', ''].join('\r\n')
const unstuffed = { kind: 'unstuffed', lines: 'first' } as const
const neverStuffed = { kind: 'unstuffed', lines: 'all' } as const
const wrongSizes = ({ uidl }: MaildropMessage) => 100 + 7 * uidl.length + Number(uidl.slice(-1))

/** The maildrop with `message` in the place of number `position`, on a server that does not stuff. */
function withForger(message: string, position: number, count: number, more: RigOptions = {}): RigOptions {
  const messages: string[] = mails(count)
  messages[position - 1] = message
  return { ...more, messages, faults: { retr: () => unstuffed, ...more.faults } }
}

describe('a message that forges the next reply (A30)', () => {
  for (const sizes of ['exact', 'wrong'] as const) {
    const faults = sizes === 'wrong' ? { list: { size: wrongSizes } } : {}

    test(`pipelined, ${sizes} sizes: it alone fails, all others come as they are`, () =>
      withSession(withForger(forger, 2, 100, { faults }), async (session, rig) => {
        const results = await listAndFetch(session, rig)
        assert.deepEqual(results, [mail(1), 'failed unrenderable', ...mails(100).slice(2)])
        assert.ok(rig.server.maxPipelined > 4)
        assert.deepEqual([rig.spool.open, rig.spool.held], [0, 0])
        assert.equal(rig.habits.get('pipelining'), undefined)
      }))

    for (const position of [1, 31, 32, 33, 40]) {
      test(`in place ${position} of 40, ${sizes} sizes`, () =>
        withSession(withForger(forger, position, 40, { faults }), async (session, rig) => {
          const expected: string[] = mails(40)
          expected[position - 1] = 'failed unrenderable'
          assert.deepEqual(await listAndFetch(session, rig), expected)
        }))
    }

    test(`without pipelining, ${sizes} sizes`, () =>
      withSession(withForger(forger, 3, 10, { faults, capabilities: ['UIDL', 'USER'] }), async (session, rig) => {
        const expected: string[] = mails(10)
        expected[2] = 'failed unrenderable'
        assert.deepEqual(await listAndFetch(session, rig), expected)
      }))

    test(`that forges a reply for every command there may be, and STATs besides, ${sizes} sizes`, () => {
      const endless = `.\r\n${'+OK 40 2400\r\nSubject: forged\r\n\r\nx\r\n.\r\n+OK 40 2400\r\n'.repeat(200)}`
      const options = withForger(endless, 5, 40, { faults: { ...faults, retr: onlyFor({ 'key-5': neverStuffed }) } })
      return withSession(options, async (session, rig) => {
        const expected: string[] = mails(40)
        expected[4] = 'failed unrenderable'
        assert.deepEqual(await listAndFetch(session, rig), expected)
      })
    })
  }

  test('that plays a farewell', () =>
    withSession(withForger('.\r\n-ERR bye\r\n', 3, 10), async (session, rig) => {
      const expected: string[] = mails(10)
      expected[2] = 'failed unrenderable'
      assert.deepEqual(await listAndFetch(session, rig), expected)
    }))

  test('the worst case: it knows how many messages there are, and how many octets', () => {
    // Sizes are exact, so its own comes short, whatever STAT seems to say.
    const stat = `+OK 3 ${2 * mail(1).length + 1000}`
    const forged = `.\r\n+OK\r\n${mail(3)}.\r\n${stat}\r\n${stat}\r\n${stat}\r\n`
    const message = `${forged}${'x'.repeat(1000 - forged.length - 2)}\r\n`
    const options = withForger(message, 2, 3, { faults: { retr: onlyFor({ 'key-2': neverStuffed }) } })
    return withSession(options, async (session, rig) => {
      const [first, second, third] = await listAndFetch(session, rig)
      assert.deepEqual([first, third], [mail(1), mail(3)])
      assert.match(second ?? '', /^failed (unrenderable|incomplete)$/)
    })
  })

  for (const splitAt of [undefined, '+OK 200 octets\r\n.\r\n'.length]) {
    test(`alone in its maildrop, knowing all, saying goodbye (${splitAt ? 'in two pieces' : 'in one piece'})`, () => {
      const forged = '.\r\n+OK 1 200\r\n-ERR bye\r\n'
      const message = `${forged}${'x'.repeat(200 - forged.length - 2)}\r\n`
      const faults = { retr: () => neverStuffed, list: { size: () => 1 } }
      return withSession({ messages: [message], faults }, async (session, rig) => {
        const { messages } = await session.list(signal)
        if (splitAt !== undefined) rig.server.faults = { ...faults, chunking: { splitAt } }
        assert.deepEqual(await fetchAll(session, messages, rig), ['failed unrenderable'])
      })
    })
  }

  test('that leaves a status line open, on a server that does not close it (A30, A33)', () => {
    const messages = [mail(1), '.\r\n+OK ', mail(3), mail(4)]
    const retr = onlyFor({ 'key-2': [neverStuffed, { kind: 'no-final-crlf' }] })
    return withSession({ messages, faults: { retr, list: { size: wrongSizes } } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [mail(1), 'failed unrenderable', mail(3), mail(4)])
    })
  })

  test('two of them', () => {
    const messages: string[] = mails(100)
    messages[9] = forger
    messages[70] = forger
    return withSession({ messages, faults: { retr: () => unstuffed } }, async (session, rig) => {
      const results = await listAndFetch(session, rig)
      assert.deepEqual([results[9], results[70]], ['failed unrenderable', 'failed unrenderable'])
      assert.equal(results.filter((result) => result.startsWith('Subject: message')).length, 98)
    })
  })

  test('a later session goes about the suspects with care from the start', () =>
    withSession(withForger(forger, 2, 30), async (session, rig) => {
      const { messages } = await session.list(signal)
      const fetching = session.fetch(messages, rig.spool, signal)[Symbol.asyncIterator]()
      const first = (await fetching.next()).value
      assert.equal(first?.kind, 'message')
      await fetching.return?.()
      const again = await rig.source.open(signal)
      const before = rig.server.logins
      const results = await listAndFetch(again, rig)
      assert.equal(results[1], 'failed unrenderable')
      assert.equal(rig.server.logins - before, 1)
      again.abandon()
    }))

  test('any content at all, on a server that stuffs nothing: what is stored is what was sent', async () => {
    const fragment = fc.constantFrom(
      '.\r\n',
      '.\r\n+OK 9 octets\r\n',
      '+OK 4 1000\r\n',
      '-ERR gone\r\n',
      'Subject: x\r\n',
      '\r\n',
      '..\r\n',
      '+OK\r\n.\r\n',
      'text',
    )
    const hostile = fc.array(fragment, { minLength: 1, maxLength: 12 }).map((parts) => `${parts.join('')}\r\n`)
    const lines = fc.constantFrom('first' as const, 'all' as const)
    await fc.assert(
      fc.asyncProperty(
        fc.array(hostile, { minLength: 1, maxLength: 6 }),
        lines,
        fc.boolean(),
        (messages, unstuffedLines, exact) =>
          withSession(
            {
              messages: [...messages, mail(1)],
              faults: {
                retr: () => ({ kind: 'unstuffed', lines: unstuffedLines }),
                ...(exact ? {} : { list: { size: wrongSizes } }),
              },
            },
            async (session, rig) => {
              const stored = [...messages, mail(1)]
              const results = await listAndFetch(session, rig)
              assert.equal(results.length, stored.length)
              for (const [index, result] of results.entries()) {
                if (/^(failed|vanished|empty)/.test(result)) continue
                const sent = stored[index] ?? ''
                // Where sizes say nothing, a dot that was not doubled is lost: that is the RFC, and no other message's.
                const readings = [sent, sent.replace(/^\./, ''), sent.replaceAll(/(^|\r\n)\./g, '$1')]
                assert.ok(readings.includes(result), JSON.stringify({ sent, result }))
              }
            },
          ),
      ),
      { numRuns: 60 },
    )
  })
})

describe('a first line that is not stuffed (A29)', () => {
  const dotted = '.X-Odd: 1\r\nSubject: odd\r\n\r\nx\r\n'

  test('keeps its dot where the size says so', () =>
    withSession(withForger(dotted, 2, 5), async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [mail(1), dotted, mail(3), mail(4), mail(5)])
      assert.deepEqual([rig.server.count('RETR'), rig.server.logins], [5, 1])
    }))

  test('even when it is the only message', () =>
    withSession({ messages: [dotted], faults: { retr: () => unstuffed } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [dotted])
    }))

  test('keeps both dots where the size says so', () => {
    const twice = `.${dotted}`
    return withSession(withForger(twice, 4, 8), async (session, rig) => {
      assert.deepEqual((await listAndFetch(session, rig))[3], twice)
      assert.equal(rig.spool.open, 0)
    })
  })

  test('is read as the RFC says where sizes are worth nothing', () =>
    withSession(withForger(dotted, 4, 8, { faults: { list: { size: wrongSizes } } }), async (session, rig) => {
      assert.deepEqual((await listAndFetch(session, rig))[3], dotted.slice(1))
    }))

  test('is read as the RFC says where this one size is wrong', () =>
    withSession(
      withForger(dotted, 4, 8, {
        faults: { list: { size: (one) => one.bytes.length + (one.uidl === 'key-4' ? 7 : 0) } },
      }),
      async (session, rig) => {
        const results = await listAndFetch(session, rig)
        assert.equal(results[3], 'failed incomplete')
        assert.deepEqual(
          results.filter((_, index) => index !== 3),
          mails(8).filter((_, index) => index !== 3),
        )
      },
    ))

  test('stuffed as it should be, nothing is made of it', () =>
    withSession({ messages: [mail(1), dotted, `.${dotted}`, '.', '..', '...'] }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [mail(1), dotted, `.${dotted}`, '.\r\n', '..\r\n', '...\r\n'])
      assert.equal(rig.server.logins, 1)
    }))
})

describe('lines that are not stuffed (A32)', () => {
  test('a lonely dot inside: the message fails, the others come', () => {
    const cut = 'Subject: cut\r\n\r\nbefore\r\n.\r\nafter\r\n'
    const options = withForger(cut, 3, 40, { faults: { retr: () => neverStuffed } })
    return withSession(options, async (session, rig) => {
      const expected: string[] = mails(40)
      expected[2] = 'failed unrenderable'
      assert.deepEqual(await listAndFetch(session, rig), expected)
    })
  })
})

describe('a body that comes short', () => {
  const long = mail(3, 'x'.repeat(2000))
  const messages = [mail(1), mail(2), long, mail(4), mail(5)]
  const short = (uidl: string) => onlyFor({ [uidl]: { kind: 'truncate', at: 500 } })

  test('with a clean end, on a server whose sizes are exact: looked at twice, then incomplete (A43)', () =>
    withSession({ messages, faults: { retr: short('key-3') } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), [mail(1), mail(2), 'failed incomplete', mail(4), mail(5)])
      assert.equal(rig.server.log.filter((line) => line === 'RETR 3').length, 2)
      assert.equal(rig.spool.open, 0)
      assert.equal(rig.habits.get('pipelining'), undefined)
    }))

  test('once only: the second look brings it whole', () =>
    withSession(
      {
        messages,
        faults: {
          retr: ({ uidl }, earlier) => (uidl === 'key-3' && earlier === 0 ? { kind: 'truncate', at: 500 } : undefined),
        },
      },
      async (session, rig) => assert.deepEqual(await listAndFetch(session, rig), messages),
    ))

  test('with no end in sight of agreement: given up', () =>
    withSession(
      {
        messages,
        faults: {
          retr: ({ uidl }, earlier) => (uidl === 'key-3' ? { kind: 'truncate', at: 500 + earlier } : undefined),
        },
      },
      async (session, rig) => {
        assert.equal((await listAndFetch(session, rig))[2], 'failed incomplete')
        assert.ok(rig.server.log.filter((line) => line === 'RETR 3').length <= 5)
      },
    ))

  test('lost behind a NUL (A36)', () => {
    const text = 'Subject: nul\r\n\r\nbefore\0after\r\nend\r\n'
    return withSession(
      { messages: [mail(1), text, mail(3)], faults: { retr: () => ({ kind: 'nul-truncates' }) } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), [mail(1), 'failed incomplete', mail(3)])
      },
    )
  })

  test('empty although it was listed as something (A40, A43)', () =>
    withSession({ messages, faults: { retr: onlyFor({ 'key-3': { kind: 'empty' } }) } }, async (session, rig) => {
      assert.equal((await listAndFetch(session, rig))[2], 'failed incomplete')
    }))

  test('empty although it was listed as something, where sizes are worth nothing: looked at twice, then empty (A40)', () =>
    withSession(
      { messages, faults: { retr: onlyFor({ 'key-3': { kind: 'empty' } }), list: { size: wrongSizes } } },
      async (session, rig) => {
        assert.equal((await listAndFetch(session, rig))[2], 'empty')
        assert.equal(rig.server.log.filter((line) => line === 'RETR 3').length, 2)
        assert.equal(rig.spool.open, 0)
      },
    ))

  test('remembered: exact sizes count from the first message of the next run', () =>
    withSession(
      { messages: [long], habits: { sizes: 'exact' }, faults: { retr: short('key-1') } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), ['failed incomplete'])
      },
    ))
})

test('habits are looked up when a session is opened, not when the source is made', () =>
  withRig({ messages: [mail(1)], faults: { list: { size: () => 9999 } } }, async (rig) => {
    rig.habits.set('sizes', 'exact')
    const session = await rig.source.open(signal)
    assert.deepEqual(await listAndFetch(session, rig), ['failed incomplete'])
    session.abandon()
  }))

describe('sizes that are wrong (A27)', () => {
  const kinds: readonly [name: string, size: (message: MaildropMessage) => number][] = [
    ['rounded to 1,024', ({ bytes }) => Math.ceil(bytes.length / 1024) * 1024],
    ['with LF for CRLF', ({ bytes }) => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n').length],
    ['all zero', () => 0],
    ['two short', ({ bytes }) => bytes.length - 2],
    ['as the database has them', wrongSizes],
  ]
  for (const [name, size] of kinds) {
    test(`${name}: everything comes, in one session`, () =>
      withSession({ messages: mails(80), faults: { list: { size } } }, async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(80))
        assert.deepEqual([rig.server.logins, rig.server.count('RETR')], [1, 80])
        assert.equal(rig.habits.get('sizes'), name === 'two short' ? 'exact' : 'unreliable')
      }))
  }

  test('a message without a final line end is no reason to look again (A34)', () =>
    withSession(
      { messages: [...mails(5), { uidl: 'odd', bytes: Buffer.from('no end'), size: 6 }] },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), [...mails(5), 'no end\r\n'])
        assert.equal(rig.server.logins, 1)
      },
    ))

  test('remembered as unreliable, a short body is just a body', () =>
    withSession(
      { messages: mails(1), habits: { sizes: 'unreliable' }, faults: { list: { size: () => 9999 } } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(1))
        assert.equal(rig.server.logins, 1)
      },
    ))
})
