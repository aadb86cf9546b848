// Quirks of how a destination answers an append, or does not (group B of the catalogue).
import assert from 'node:assert/strict'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { defaultDeadlines } from '../../src/destinations/imap/options.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { mail } from '../core/rows.ts'
import { heldMessage } from '../engine/held-message.ts'
import { type World, withWorld } from '../scenarios/world.ts'
import { Gate } from '../servers/gate.ts'
import { type AppendFault, onAppend } from '../servers/imap-faults.ts'
import { imapCapabilities, startImapServer } from '../servers/imap-server.ts'
import { quirk } from './quirk.ts'

const twin = Buffer.from('Subject: no name, no date\r\n\r\nthe same\r\n')
const messages = [mail(1), twin, mail(2), twin, mail(3)]

/** Messages that the destination has ever stored. */
function stored({ imap }: World): number {
  return imap.appends.reduce((sum, { uids }) => sum + uids.length, 0)
}

async function assertAllThereOnce(world: World, when: string): Promise<void> {
  for (let runs = 0; runs < 2; runs += 1) assert.equal((await world.run()).exitCode, 0, when)
  assert.deepEqual(world.stored(), world.source(), when)
  assert.equal(stored(world), messages.length, when)
}

const ambiguous: Readonly<Record<string, AppendFault>> = {
  'cut before the literal': { kind: 'drop', at: 'before-literal' },
  'cut inside it': { kind: 'drop', at: 7, how: 'rst' },
  'cut behind it': { kind: 'drop', at: 'after-literal' },
  'stored, then FIN': { kind: 'drop-answer', how: 'fin' },
  'stored, then RST': { kind: 'drop-answer', how: 'rst' },
  'BYE, not stored': { kind: 'bye', isStored: false },
  'BYE, stored': { kind: 'bye', isStored: true },
}

quirk(
  'B01',
  'After an append without an answer the destination is asked, message by message; what is there is adopted, what is not is sent again.',
  async () => {
    for (const capabilities of [imapCapabilities.full, imapCapabilities.courier, imapCapabilities.bare]) {
      for (const [when, fault] of Object.entries(ambiguous)) {
        await withWorld({ messages, imap: { capabilities, faults: { append: onAppend(1, fault) } } }, (world) =>
          assertAllThereOnce(world, when),
        )
      }
    }
  },
)

quirk('B03', 'Without UIDPLUS no UID is guessed from EXISTS: the message is looked for by its bytes.', () =>
  withWorld(
    {
      messages,
      imap: {
        capabilities: imapCapabilities.bare,
        faults: { intruder: () => Buffer.from('Subject: not ours\r\n\r\n') },
      },
    },
    async (world) => {
      assert.equal((await world.run()).tally.copied.count, messages.length)
      const { deep } = await world.verify(true)
      assert.deepEqual([deep?.identical, deep?.different], [messages.length, 0], 'every place is that of the right one')
    },
  ),
)

quirk('B04', 'Where UIDPLUS is announced and no UID comes, the message is looked for by its bytes.', () =>
  withWorld({ messages, imap: { faults: { appendUid: 'missing' } } }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, messages.length)
    assert.equal((await world.verify(true)).deep?.identical, messages.length)
    await assertAllThereOnce(world, 'again')
  }),
)

quirk('B05', 'After another UIDVALIDITY everything is looked for by its bytes; nothing is appended blindly.', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    await world.imap.bumpUidValidity('alice', 'INBOX')
    world.maildrop.add({ uidl: 'new', bytes: mail(9) })
    assert.equal((await world.run()).tally.copied.count, 1)
    assert.deepEqual(world.stored(), world.source())
    const { found, deep } = await world.verify(true)
    assert.deepEqual([found, deep?.identical], [messages.length + 1, messages.length + 1])
  }),
)

quirk(
  'B05',
  'A UIDVALIDITY that changes between an append and its lost answer costs nothing and doubles nothing.',
  () =>
    withWorld({ messages, imap: { faults: { append: onAppend(1, { kind: 'drop-answer' }) } } }, async (world) => {
      const kill = new AbortController()
      const arrived = world.imap.until(() => world.imap.appends.length > 0).then(() => kill.abort())
      await world.run({ kill: kill.signal, stop: kill.signal })
      await arrived
      await world.imap.bumpUidValidity('alice', 'INBOX')
      await assertAllThereOnce(world, 'renumbered')
    }),
)

quirk(
  'B06',
  'A message over the limit is not sent; where the limit is not known, a large one asks first, so that a server that hangs up on it costs that message only.',
  async () => {
    const large = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(30_000, 'x'), Buffer.from('\r\n')])
    const imap = {
      capabilities: imapCapabilities.full,
      appendLimit: 10_000,
      faults: { oversizedLiteral: 'disconnects' },
    } as const
    await withWorld({ messages: [mail(1), large, mail(2)], imap }, async (world) => {
      const { tally, exceptions } = await world.run()
      assert.equal(tally.copied.count, 2)
      assert.deepEqual([exceptions.length, exceptions[0]?.key], [1, 'u2'])
    })
    const announced = { ...imap, capabilities: [...imapCapabilities.full, 'APPENDLIMIT=10000'] }
    await withWorld({ messages: [mail(1), large, mail(2)], imap: announced }, async (world) => {
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally['too-big'].count], [2, 1])
      assert.ok(world.imap.bytesReceived < large.length, 'not an octet of it was sent')
      assert.equal(world.pop3.count('RETR'), 2, 'nor was it fetched')
    })
  },
)

quirk('B16', 'What is appended always ends with CRLF, because what POP3 serves does.', () =>
  withWorld({ messages: [Buffer.from('Subject: x\r\n\r\nno line end')] }, async (world) => {
    await world.run()
    assert.ok(world.imap.folder('alice', 'INBOX').messages[0]?.bytes.toString().endsWith('no line end\r\n'))
  }),
)

quirk(
  'B18',
  'A server that answers OK and throws a duplicate away is taken at its word; nothing is sent again and counts need not match.',
  () =>
    withWorld(
      { messages, imap: { capabilities: imapCapabilities.gmail, faults: { discardsDuplicates: true } } },
      async (world) => {
        const first = await world.run()
        assert.equal(first.tally.copied.count + first.tally.failed.count, messages.length)
        const { length } = world.imap.appends
        await world.run()
        assert.equal(world.imap.appends.length, length)
        assert.equal(new Set(world.stored()).size, new Set(world.source()).size)
      },
    ),
)

quirk('B32', 'Answers cut anywhere, resets at any moment: no error is left without somebody to take it.', async () => {
  await withWorld({ messages, imap: { faults: { chunking: 'bytes' } } }, (world) => assertAllThereOnce(world, 'bytes'))
  await withWorld({ messages }, async (world) => {
    const reset = () => world.imap.dropAll()
    let events = 0
    await world.run({
      onEvent: () => {
        events += 1
        if (events % 3 === 0) setImmediate(reset)
      },
    })
    await assertAllThereOnce(world, 'after resets')
  })
})

quirk(
  'B31',
  'A server that logs idle clients out while the source is slow is connected to again, between messages.',
  async () => {
    const gate = new Gate()
    const slow = { faults: { hold: { RETR: gate } } }
    await withWorld({ messages, imap: { faults: { idleLimit: 50 } }, pop3: slow }, async (world) => {
      const running = world.run()
      await gate.held()
      await world.imap.until(() => world.imap.logins > 0 && world.imap.connections.open === 0)
      world.imap.faults = {}
      gate.open()
      assert.equal((await running).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    })
  },
)

quirk(
  'B02',
  'An upload has ten minutes for its answer, and more for a large message; after that its fate is unknown, and the destination is asked.',
  async () => {
    assert.ok(defaultDeadlines.append >= 600_000)
    const append = onAppend(1, { kind: 'silent', isStored: true })
    const server = await startImapServer({ users: [{ user: 'alice', password: 'x' }], faults: { append } })
    const destination = createImapDestination({
      ...{ host: '127.0.0.1', port: server.port, tls: 'none', connections: 1, clock: systemClock },
      credentials: { kind: 'password', user: 'alice', password: async () => 'x' },
      deadlines: { append: 50 },
    })
    const signal = new AbortController().signal
    try {
      const folder = await destination.ensure('INBOX', signal)
      const outgoing = { message: heldMessage(mail(1)), flags: [], internalDate: 0 }
      const [answer] = await destination.append(folder, [outgoing], signal)
      assert.equal(answer?.kind, 'unknown')
    } finally {
      await destination.close()
      await server.stop()
    }
  },
)
