// STAT, LIST and UIDL: what is joined, what is tolerated, what is said about it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Listing } from '../../../src/core/ports.ts'
import { type Pop3Faults, uidlLines } from '../../servers/pop3-faults.ts'
import { failureOf } from './failure.ts'
import { listAndFetch, mails, type RigOptions, signal, withSession } from './rig.ts'

const noPipelining = ['UIDL', 'TOP', 'USER']

async function listed(options: RigOptions): Promise<Listing> {
  let listing: Listing = { messages: [], notes: [] }
  await withSession(options, async (session) => {
    listing = await session.list(signal)
  })
  return listing
}

function keys({ messages }: Listing): (string | undefined)[] {
  return messages.map(({ key }) => key)
}

function uidl(line: NonNullable<NonNullable<Pop3Faults['uidl']>['line']>): RigOptions {
  return { messages: mails(3), faults: { uidl: { line } } }
}

describe('a maildrop', () => {
  for (const capabilities of [['UIDL', 'PIPELINING', 'USER'], noPipelining]) {
    test(`is listed by number, key and size (${capabilities.length === 3 && capabilities[1]})`, async () => {
      const listing = await listed({ capabilities, messages: mails(3) })
      const sizes = mails(3).map((message) => message.length)
      assert.deepEqual(
        listing.messages,
        sizes.map((size, index) => ({ number: index + 1, key: `key-${index + 1}`, size })),
      )
      assert.deepEqual(listing.notes, [])
    })
  }

  test('that is empty is not asked any further (A28)', () =>
    withSession({ faults: { uidl: { unsupported: true } } }, async (session, { server }) => {
      assert.deepEqual(await session.list(signal), { messages: [], notes: [] })
      assert.deepEqual([server.count('LIST'), server.count('UIDL')], [0, 0])
      assert.equal(await session.close(signal), true)
    }))

  test('no listing command has an argument (A25)', () =>
    withSession({ messages: mails(3), faults: { list: { argument: 'ignored' } } }, async (session, { server }) => {
      await session.list(signal)
      assert.ok(server.log.includes('LIST') && server.log.includes('UIDL'))
      assert.ok(!server.log.some((line) => /^(LIST|UIDL) /.test(line)))
    }))

  test('listed again shows what is new', () =>
    withSession({ messages: mails(1) }, async (session) => {
      assert.equal((await session.list(signal)).messages.length, 1)
      assert.equal((await session.list(signal)).messages.length, 1)
    }))
})

describe('UIDL', () => {
  test('unsupported (A16)', async () => {
    const listing = await listed({ messages: mails(2), faults: { uidl: { unsupported: true } } })
    assert.deepEqual(keys(listing), [undefined, undefined])
    assert.match(listing.notes.join(), /does not support UIDL/)
  })

  test('unsupported, and every message is fetched all the same', () =>
    withSession({ messages: mails(5), faults: { uidl: { unsupported: true } } }, async (session, rig) => {
      assert.deepEqual(await listAndFetch(session, rig), mails(5))
    }))

  test('without an id, or with an empty one (A17)', async () => {
    for (const line of [uidlLines.missingId, uidlLines.emptyId]) {
      const listing = await listed(uidl((position, id) => (position === 2 ? line(position) : `${position} ${id}`)))
      assert.deepEqual(keys(listing), ['key-1', undefined, 'key-3'])
      assert.match(listing.notes.join(), /1 messages have no usable unique-id/)
    }
  })

  test('shared by several: none of them has a key (A18)', async () => {
    const listing = await listed(uidl((position, id) => (position === 2 ? `2 ${id}` : `${position} same`)))
    assert.deepEqual(keys(listing), [undefined, 'key-2', undefined])
    assert.match(listing.notes.join(), /2 messages share their unique-id/)
  })

  test('shared, and made different by numbers that move on when one goes: none of them has a key (A19)', async () => {
    const names = ['same', 'same-2', 'same-3', 'other', 'lone-2', 'same-1', 'same-02', 'other-10']
    const line = (position: number) => `${position} ${names[position - 1]}`
    const listing = await listed({ messages: mails(names.length), faults: { uidl: { line } } })
    const kept = [undefined, undefined, undefined, undefined, 'lone-2', 'same-1', 'same-02', undefined]
    assert.deepEqual(keys(listing), kept)
    assert.match(listing.notes.join(), /5 messages share their unique-id/)
  })

  test('lines as servers have been seen to write them (A22)', async () => {
    const key = (line: (position: number, id: string) => string) => listed(uidl(line)).then((found) => keys(found)[0])
    assert.equal(await key((position, id) => `${position}   ${id}`), 'key-1')
    assert.equal(await key((position, id) => `${position}\t \t${id}`), 'key-1')
    assert.equal(await key((position, id) => `  ${position} ${id}`), 'key-1')
    assert.equal(await key((position, id) => `+OK ${position} ${id}`), 'key-1')
    assert.equal(await key((position, id) => `${position} ${id} and more `), 'key-1 and more ')
    assert.equal(await key((position, id) => `${position} ${id}\xe9\xff`), 'key-1\xe9\xff')
    assert.equal(await key((position, id) => `${position} ${id}/../\0x`), 'key-1/../\0x')
    assert.equal(await key((position, id) => `${position} ${id}${'x'.repeat(4000)}`), `key-1${'x'.repeat(4000)}`)
    assert.equal(await key((position, id) => `${position} ${id}\r`), 'key-1')
    assert.equal(await key((position, id) => `0${position} ${id}`), 'key-1')
  })

  test('lines that nothing can be made of', async () => {
    const lines = [
      'x',
      '',
      ' ',
      '0 zero',
      '-1 minus',
      '1a x',
      '99999999999 far',
      `3 ${'x'.repeat(4097)}`,
      '2 \0begins-with-nul',
    ]
    for (const line of lines) {
      const found = await listed(
        uidl((position, id) => (position === 2 ? line : position === 3 ? '' : `${position} ${id}`)),
      )
      assert.deepEqual(keys(found), ['key-1', undefined, undefined], line.slice(0, 20))
    }
  })

  test('shuffled, with gaps, and with strays (A24)', async () => {
    const shuffled = await listed({ messages: mails(20), faults: { uidl: { isShuffled: true } } })
    assert.deepEqual(
      keys(shuffled),
      shuffled.messages.map(({ number }) => `key-${number}`),
    )
    const gaps = await listed({ messages: mails(3), faults: { uidl: { omits: ({ uidl }) => uidl === 'key-2' } } })
    assert.deepEqual(keys(gaps), ['key-1', undefined, 'key-3'])
    const strays = await listed({ messages: mails(3), faults: { list: { omits: ({ uidl }) => uidl === 'key-2' } } })
    assert.deepEqual(keys(strays), ['key-1', 'key-3'])
    assert.deepEqual(strays.notes, [
      'STAT counts 3 messages, but LIST shows 2.',
      'UIDL names 1 messages that LIST does not show; they are left to the next run.',
    ])
  })

  test('the same number twice: the first line counts', async () => {
    const listing = await listed(uidl((position, id) => (position === 3 ? '1 again' : `${position} ${id}`)))
    assert.deepEqual(keys(listing), ['key-1', 'key-2', undefined])
    assert.match(listing.notes.join(), /1 lines of UIDL are malformed or repeated/)
  })
})

describe('LIST and STAT', () => {
  test('sizes that are negative, absurd or missing (A27)', async () => {
    const script = (verb: string) =>
      verb === 'LIST'
        ? '+OK\r\n1 -5\r\n2 1e9\r\n3\r\n4 99 and more\r\n5 x\r\n6 12345678901234567890\r\n.\r\n'
        : undefined
    const { messages, notes } = await listed({ messages: mails(2), faults: { script } })
    assert.deepEqual(
      messages.map(({ number, size }) => [number, size]),
      [
        [1, 0],
        [2, 1],
        [4, 99],
      ],
    )
    assert.match(notes.join(), /3 lines of LIST are malformed/)
  })

  test('negative octets in STAT', () =>
    withSession(
      { messages: mails(40), faults: { stat: ({ count }) => ({ count, octets: -2147483648 }) } },
      async (session, rig) => {
        assert.deepEqual(await listAndFetch(session, rig), mails(40))
        assert.equal(rig.server.logins, 1)
      },
    ))

  for (const answer of ['+OK\r\n', '+OK many\r\n', '+OK 3\r\n']) {
    test(`STAT answers ${JSON.stringify(answer)}`, () =>
      withSession(
        { messages: mails(2), faults: { script: (verb) => (verb === 'STAT' ? answer : undefined) } },
        async (session) => {
          const error = await failureOf(session.list(signal))
          assert.equal(error.code, 'protocol')
          assert.match(error.message, /STAT is malformed/)
        },
      ))
  }

  test('refusals say what was refused', () =>
    withSession(
      { messages: mails(2), faults: { script: (verb) => (verb === 'LIST' ? '-ERR [SYS/TEMP] busy\r\n' : undefined) } },
      async (session) => {
        assert.equal((await failureOf(session.list(signal))).code, 'temporary')
      },
    ))

  for (const what of ['line', 'listing'] as const) {
    test(`${what} without an end (D11)`, () =>
      withSession({ messages: mails(2), faults: { endless: { verb: 'LIST', what } } }, async (session, { server }) => {
        assert.equal((await failureOf(session.list(signal))).code, 'protocol')
        await server.until(() => server.connections.open === 0)
      }))
  }
})
