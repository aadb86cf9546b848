// Quirks of identity: which message is which, whatever servers and other tools do to it (group C of the catalogue).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { fingerprintsOf } from '../../src/core/fingerprint.ts'
import type { Fingerprint } from '../../src/core/message.ts'
import { packFingerprint, unpackFingerprint } from '../../src/ledger/rows.ts'
import { Bench } from '../commands/bench.ts'
import { mail } from '../core/rows.ts'
import { strangeMessages } from '../corpus/strange-messages.ts'
import { forgetLedger } from '../scenarios/forget-ledger.ts'
import { Steps } from '../scenarios/steps.ts'
import { type World, withWorld } from '../scenarios/world.ts'
import { startPop3Server } from '../servers/pop3-server.ts'
import { quirk } from './quirk.ts'

const few = [1, 2, 3].map((number) => mail(number))
const headed = (header: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(`${header}\r\n`), bytes])
const inbox = (world: World) => world.imap.folder('alice', 'INBOX')
/** Messages stored by us or by anybody else. */
const held = (world: World) => inbox(world).messages.length
const seed = (world: World, messages: readonly Uint8Array[]) =>
  world.imap.seed(
    'alice',
    'INBOX',
    messages.map((bytes) => ({ bytes })),
  )

quirk(
  'C01',
  'A message is known by its unique-id, then by its exact bytes, then by a canonical form without the header fields that servers and tools add; never by Message-ID, date or sender.',
  async () => {
    const fields =
      'Content-Length Return-Path Status X-IMAP X-IMAPbase X-Keywords X-Message-Flag X-Status X-UID X-UIDL ' +
      'X-Yahoo-Newman-Property'
    const names = fields.split(' ')
    const messages = names.map((_, number) => mail(number))
    const altered = messages.map((bytes, at) => headed(`${names[at]}: 17`, bytes))
    for (const [at, bytes] of messages.entries()) {
      const [ours, theirs] = [fingerprintsOf(bytes), fingerprintsOf(altered[at] ?? bytes)]
      assert.notEqual(ours.exact, theirs.exact)
      assert.equal(ours.canonical, theirs.canonical, names[at])
    }
    assert.notEqual(fingerprintsOf(headed('Subject: 17', mail(1))).canonical, fingerprintsOf(mail(1)).canonical)
    await withWorld({ messages }, async (world) => {
      seed(world, altered)
      assert.equal((await world.run({ adoptOnly: true })).tally.adopted.count, names.length)
      assert.equal((await world.run()).tally['already-there'].count, names.length)
      assert.equal(held(world), names.length)
    })
  },
)

quirk(
  'C02',
  'What a header looks like in one read and in the next says nothing about which message it is: a known unique-id is enough, and neither headers nor TOP are asked.',
  () =>
    withWorld({ messages: few.map((bytes) => headed('From: J\xc3\xbcrgen  ', bytes)) }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 3)
      const garbled = (bytes: Uint8Array) => Buffer.from(bytes).map((byte) => (byte > 127 ? 0x3f : byte))
      world.maildrop.messages = world.maildrop.messages.map((one) => ({ ...one, bytes: garbled(one.bytes) }))
      assert.equal((await world.run()).tally['already-there'].count, 3)
      assert.deepEqual([held(world), world.pop3.count('RETR'), world.pop3.count('TOP')], [3, 3, 0])
    }),
)

quirk(
  'C03',
  'A size that fits is no identity: of a hundred messages of one size at both ends each is found by its bytes, and none is taken for another.',
  () => {
    const messages = Array.from({ length: 100 }, (_, number) => mail(100 + number))
    const others = Array.from({ length: 100 }, (_, number) => mail(500 + number))
    return withWorld({ messages }, async (world) => {
      seed(world, others)
      assert.equal((await world.run()).tally.copied.count, 100)
      await forgetLedger(world.ledgerPath)
      assert.equal((await world.run()).tally.adopted.count, 100)
      assert.equal(held(world), 200)
      assert.equal(new Set(world.stored()).size, 200)
    })
  },
)

quirk(
  'C04',
  'Where the destination rewrites headers, a second run appends nothing: the ledger says what was moved, the destination’s headers are not compared.',
  () => {
    const rewrite = (bytes: Buffer) =>
      Buffer.from(bytes.toString('latin1').replace(/^Received:.*|^Message-ID:.*/gim, 'X-Was: another'), 'latin1')
    return withWorld({ messages: few, imap: { faults: { rewrite } } }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 3)
      for (let again = 0; again < 2; again += 1) assert.equal((await world.run()).tally['already-there'].count, 3)
      assert.deepEqual([held(world), world.pop3.count('RETR')], [3, 3])
    })
  },
)

quirk('C05', 'Messages that share a Message-ID and differ in their bytes all arrive.', () =>
  withWorld({ messages: ['one', 'two', 'three'].map((body) => mail(7, body)) }, async (world) => {
    assert.equal((await world.run()).tally.copied.count, 3)
    assert.deepEqual(world.stored(), world.source())
    await forgetLedger(world.ledgerPath)
    assert.equal((await world.run()).tally.adopted.count, 3)
    assert.equal(held(world), 3)
  }),
)

quirk(
  'C06',
  'Messages with the same bytes under two unique-ids are two messages and arrive as two, after a lost ledger too; with duplicates: skip the second is left out and named.',
  async () => {
    await withWorld({ messages: [mail(1), mail(1)] }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 2)
      await forgetLedger(world.ledgerPath)
      assert.equal((await world.run()).tally.adopted.count, 2)
      assert.equal(held(world), 2)
    })
    await withWorld({ messages: [mail(1), mail(1)], policy: { duplicates: 'skip' } }, async (world) => {
      const { tally, exceptions } = await world.run()
      assert.deepEqual([tally.copied.count, tally.duplicate.count, held(world)], [1, 1, 1])
      assert.match(exceptions[0]?.reason ?? '', /identical to another message/)
    })
  },
)

quirk(
  'C07',
  'A Message-ID that is missing, empty, folded, repeated or in 8-bit makes no difference: it is not asked for, and no SEARCH is sent.',
  () => {
    const ids = [
      '',
      'Message-ID:\r\n',
      'Message-ID:\r\n <a@b>\r\n',
      'Message-ID: <a@b> <a@b>\r\n',
      'Message-ID: <\xe9@b>\r\n',
    ]
    const messages = ids.map((id, at) => Buffer.from(`${id}Subject: ${at}\r\n\r\nbody\r\n`, 'latin1'))
    return withWorld({ messages }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 5)
      await forgetLedger(world.ledgerPath)
      assert.equal((await world.run()).tally.adopted.count, 5)
      assert.deepEqual(world.stored(), world.source())
      assert.equal(world.imap.count('SEARCH'), 0)
    })
  },
)

quirk(
  'C08',
  'Bytes that drift after a message was recorded move nothing again: a header that an mbox server writes at the end of a session changes the listed size, the message is fetched, and recognised.',
  () =>
    withWorld({ messages: few }, async (world) => {
      await world.run()
      const marked = (bytes: Uint8Array) => headed('Status: RO\r\nX-UIDL: 0123', bytes)
      world.maildrop.messages = world.maildrop.messages.map((one) => ({ ...one, bytes: marked(one.bytes) }))
      const drifted = await world.run()
      assert.deepEqual([drifted.tally['already-there'].count, drifted.exitCode], [3, 0])
      world.maildrop.renumber()
      assert.equal((await world.run()).tally['already-there'].count, 3, 'even when the names go as well')
      assert.equal(held(world), 3)
    }),
)

quirk(
  'C09',
  'Nothing is added to a message, no mark and no header: what is stored has the bytes that were served.',
  () => {
    const messages = strangeMessages().filter(({ bytes }) => bytes.length > 0 && bytes.length < 20_000)
    return withWorld({ messages: messages.map(({ bytes }) => bytes) }, async (world) => {
      await world.run()
      assert.deepEqual(world.stored(), world.source())
    })
  },
)

quirk(
  'C10',
  'The same mail from two accounts into one folder arrives once per account, and neither account takes the other’s copy for its own.',
  async () => {
    const messages = few.map((bytes, at) => ({ uidl: `other${at}`, bytes }))
    const pop3 = await startPop3Server({ users: [{ user: 'alice', password: 'correct horse', messages }] })
    try {
      await withWorld({ messages: few }, async (world) => {
        const runs = [() => world.run(), () => world.run({ pair: 'other', pop3 })]
        for (const run of runs) assert.equal((await run()).tally.copied.count, 3)
        for (const run of runs) assert.equal((await run()).tally['already-there'].count, 3)
        await forgetLedger(world.ledgerPath)
        for (const run of runs) assert.equal((await run()).tally.adopted.count, 3)
        assert.equal(held(world), 6)
      })
    } finally {
      await pop3.stop()
    }
  },
)

quirk('C11', 'A pair is its name: when its hosts are called otherwise, everything moved stays moved.', async () => {
  const bench = await Bench.start()
  try {
    assert.equal((await bench.run('sync')).code, 0)
    await bench.configure({ source: 'host: localhost', destination: 'host: localhost' })
    bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
    const { code, stdout } = await bench.run('sync')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /4 listed = 1 copied \+ 3 already there/)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 4)
  } finally {
    await bench.stop()
  }
})

quirk(
  'C12',
  'What the source does not list today is not forgotten: a listing that shrinks to one message and comes back appends nothing.',
  () =>
    withWorld({ messages: few }, async (world) => {
      await world.run()
      const all = world.maildrop.messages
      for (const listed of [all.slice(0, 1), [], all]) {
        world.maildrop.messages = listed
        assert.equal((await world.run()).tally['already-there'].count, listed.length)
      }
      assert.equal(held(world), 3)
    }),
)

quirk(
  'C13',
  'A message counts as moved from the moment its place is proven and recorded: never before that, and always before it is removed at the source.',
  () => {
    const policy = { leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } as const
    return withWorld({ messages: few, policy }, async (world) => {
      const steps = new Steps(0, 'stop')
      await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
      const at = (name: string) => steps.names.indexOf(name)
      const order = ['after ledger begin', 'before APPEND', 'after APPEND', 'before ledger settle']
      const found = [...order, 'after ledger settle', 'before DELE', 'after QUIT'].map(at)
      assert.deepEqual(
        found,
        found.toSorted((a, b) => a - b),
        steps.names.join('\n'),
      )
      assert.ok(!found.includes(-1))
      const lastAppend = steps.names.lastIndexOf('after APPEND')
      assert.ok(steps.names.indexOf('after ledger settle', lastAppend) < at('before DELE'))
    })
  },
)

quirk('C14', 'A message that its owner moved or deleted at the destination is not brought back.', () =>
  withWorld({ messages: few }, async (world) => {
    await world.run()
    inbox(world).remove(new Set([1, 2]))
    assert.equal((await world.run()).tally['already-there'].count, 3)
    world.maildrop.add({ uidl: 'new', bytes: mail(9) })
    assert.equal((await world.run()).tally.copied.count, 1)
    assert.equal(held(world), 2)
  }),
)

quirk(
  'C15',
  'Mail that another tool brought there first is recognised through what that tool changed: its marks in the header, a line end more or less at the end, bare line feeds. `ledger rebuild` reads everything there, shows it in a dry run and adopts it; a plain sync compares only what has the size of a message of the source, so rebuild comes first.',
  () => {
    const messages = [1, 2, 3, 4, 5].map((number) => mail(number))
    const [first, second, third, fourth, fifth] = messages.map((bytes) => Buffer.from(bytes))
    assert.ok(first && second && third && fourth && fifth)
    return withWorld({ messages }, async (world) => {
      seed(world, [
        headed('X-Gmail-Received: 0123456789abcdef', first),
        headed('X-OfflineIMAP: 1234-0123-com', second),
        Buffer.concat([third, Buffer.from('\r\n')]),
        fourth.subarray(0, -2),
        Buffer.from(fifth.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
      ])
      const { tally, exitCode } = await world.run({ adoptOnly: true })
      assert.deepEqual([tally.adopted.count, exitCode], [5, 0])
      assert.equal((await world.run()).tally['already-there'].count, 5)
      assert.equal(held(world), 5)
    })
  },
)

quirk(
  'C16',
  'When source and destination are one mailbox, that is noticed after at most one message, and the pair stops.',
  () =>
    withWorld({ messages: few }, async (world) => {
      seed(
        world,
        few.map((bytes) => headed('X-Seen-Over: IMAP', bytes)),
      )
      inbox(world).watch(() => {
        const added = inbox(world).messages.slice(world.maildrop.messages.length)
        world.maildrop.add(...added.map(({ uid, bytes }) => ({ uidl: `imap${uid}`, bytes })))
      })
      const { error, exitCode } = await world.run()
      assert.deepEqual([error?.code, exitCode, held(world)], ['same-mailbox', 3, 4])
      assert.equal((await world.run()).error?.code, 'same-mailbox')
      assert.equal(held(world), 4)
    }),
)

quirk(
  'C17',
  'Hashes are SHA-256, of the bytes and of the canonical form, and each is stored with the version of the rule that made it, so that a later rule can be told from this one.',
  () => {
    const { exact, canonical } = fingerprintsOf(mail(1))
    assert.equal(exact, `v1:sha256:${createHash('sha256').update(mail(1)).digest('hex')}`)
    assert.match(canonical, /^v1:sha256:[0-9a-f]{64}$/)
    const later = exact.replace('v1:', 'v2:') as Fingerprint
    for (const one of [exact, canonical, later]) {
      assert.equal(unpackFingerprint(Buffer.from(packFingerprint(one))), one)
    }
  },
)
