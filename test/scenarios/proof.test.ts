// The proof that a message lies at the destination is never given up, and never taken for another message's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Source } from '../../src/core/ports.ts'
import { mail, policy } from '../core/rows.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import type { MaildropMessage } from '../servers/maildrop.ts'
import { forgetLedger } from './forget-ledger.ts'
import { hash, World, withWorld } from './world.ts'

const mails = (count: number, from = 1) => Array.from({ length: count }, (_, at) => mail(from + at))
const folder = 'Arch'
const remove = policy({ folder, leave: { kind: 'delete', afterDays: 0, proof: 'size' } })

test('a UIDL that is used again after our own removal names a new message: it is moved before it is removed', () =>
  withWorld({ messages: [mail(1)], policy: remove }, async (world) => {
    await world.run()
    await world.run()
    world.maildrop.add({ uidl: 'u1', bytes: mail(2) })
    assert.equal((await world.run()).tally.copied.count, 1)
    assert.ok(world.stored(folder).includes(hash(mail(2))))
    assert.deepEqual(world.source(), [])
  }))

for (const [name, faults] of [
  ['a wrong LIST size', { list: { size: (one: MaildropMessage) => one.bytes.length + (one.uidl === 'u3' ? 500 : 0) } }],
  [
    'an -ERR to RETR',
    {
      list: { size: (one: MaildropMessage) => one.bytes.length + 4 },
      retr: (one: MaildropMessage) => (one.uidl === 'u2' ? ({ kind: 'error' } as const) : undefined),
    },
  ],
  [
    'a size over APPENDLIMIT',
    { list: { size: (one: MaildropMessage) => (one.uidl === 'u2' ? 9000 : one.bytes.length) } },
  ],
] as const) {
  test(`${name} in one session does not double a settled message`, () =>
    withWorld(
      { messages: mails(5), imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=5000'] } },
      async (world) => {
        await world.run()
        world.pop3.faults = faults
        await world.run()
        world.pop3.faults = {}
        assert.equal((await world.run({ retryFailed: true })).exitCode, 0)
        assert.deepEqual(world.stored(), world.source())
      },
    ))
}

test('a server that rewrites mail and does not say where it put it is sent every message once, and is told of (B17)', () =>
  withWorld({ messages: mails(16), imap: { capabilities: [...imapCapabilities.bare] } }, async (world) => {
    world.imap.faults = { rewrite: (bytes) => Buffer.concat([Buffer.from('X-Rewritten: yes\r\n'), bytes]) }
    const summary = await world.run()
    assert.deepEqual([world.stored().length, summary.tally.failed.count, summary.exitCode], [16, 16, 3])
    await world.run()
    assert.equal(world.stored().length, 16)
  }))

test('what was filtered was never weighed: asked for later, it is found where it lies already', () =>
  withWorld({ messages: [...mails(4), mail(50, 'x'.repeat(3000))] }, async (world) => {
    world.imap.seed(
      'alice',
      'INBOX',
      [...mails(4), mail(50, 'x'.repeat(3000))].map((bytes) => ({ bytes })),
    )
    const select = { maxSize: 1000, since: undefined, before: undefined }
    await world.run({ policy: policy({ select }) })
    assert.equal((await world.run()).tally.adopted.count, 1)
    assert.deepEqual(world.stored(), world.source())
  }))

test('a window on a maildrop that is being emptied does not hide what lies at the destination (A50)', () =>
  withWorld(
    { messages: mails(6), policy: remove, pop3: { faults: { window: { count: 3, of: 'oldest' } } } },
    async (world) => {
      world.imap.seed(
        'alice',
        folder,
        mails(6).map((bytes) => ({ bytes })),
      )
      await world.run()
      await world.run()
      assert.equal(world.stored(folder).length, 6)
    },
  ))

test('a name that moves on while another message takes it keeps every proof where it belongs', () =>
  withWorld({ messages: [mail(1)], policy: { folder } }, async (world) => {
    await world.run()
    world.maildrop.remove('u1')
    world.maildrop.add({ uidl: 'u2', bytes: mail(1) }, { uidl: 'u1', bytes: mail(2, 'a longer body') })
    for (let run = 0; run < 3; run++) await world.run()
    assert.deepEqual(world.stored(folder), world.source())
    assert.equal((await world.verify(true)).deep?.identical, 2)
  }))

test('a reused name whose new message is left out keeps the old proof too', () =>
  withWorld({ messages: [mail(1), mail(5)], policy: { folder } }, async (world) => {
    await world.run()
    world.maildrop.remove('u1')
    world.maildrop.add({ uidl: 'u1', bytes: mail(9, 'z'.repeat(200)) })
    const select = { maxSize: undefined, since: Date.UTC(2024, 1), before: undefined }
    await world.run({ policy: policy({ folder, select }) })
    world.maildrop.remove('u1')
    world.maildrop.add({ uidl: 'u7', bytes: mail(1) })
    await world.run()
    assert.deepEqual(world.stored(folder), world.source())
  }))

test('nameless mail and a session lost after every message: it ends, and the numbers are right', () =>
  withWorld(
    { messages: mails(60), pop3: { faults: { uidl: { unsupported: true }, dropAfterRetrs: 1 } } },
    async (world) => {
      const summary = await world.run()
      assert.ok(world.pop3.logins < 200, `${world.pop3.logins} logins`)
      assert.ok(summary.bytesAppended <= world.stored().length * mail(60).length)
      assert.equal(new Set(world.stored()).size, world.stored().length)
    },
  ))

test('an individual refusal before others that were refused together touches itself alone', () =>
  withWorld(
    {
      messages: [mail(1, 'y'.repeat(1200)), mail(2, 'a\0b'), ...mails(10, 10)],
      imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=1000'] },
      pop3: { faults: { list: { size: (one) => Math.min(900, one.bytes.length - 20) } } },
    },
    async (world) => {
      world.imap.faults = { refuse: (bytes) => (bytes.includes(0) ? 'NO Message contains NUL characters' : undefined) }
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally.rejected.count, tally['too-big'].count], [10, 1, 1])
    },
  ))

test('names that last no longer than a session: the totals are those of the maildrop', () =>
  withWorld(
    { messages: mails(6), policy: { folder }, pop3: { faults: { uidl: { isPerSession: true } } } },
    async (world) => {
      let isFirst = true
      const losing = (source: Source): Source => ({
        open: async (signal) => {
          const session = await source.open(signal)
          const fetch: typeof session.fetch = async function* (...given) {
            let count = 0
            for await (const fetched of session.fetch(...given)) {
              yield fetched
              count += 1
              if (!isFirst || count < 3) continue
              isFirst = false
              throw new MailhaulError({ code: 'disconnected', scope: 'pair', retry: 'now', message: 'lost' })
            }
          }
          return {
            facts: session.facts,
            consumes: session.consumes,
            pipelines: session.pipelines,
            ping: (given) => session.ping(given),
            list: (...given) => session.list(...given),
            headers: (...given) => session.headers(...given),
            fetch,
            remove: (...given) => session.remove(...given),
            close: (...given) => session.close(...given),
            abandon: () => session.abandon(),
          }
        },
      })
      const summary = await world.run({ ends: ({ source, destination }) => ({ source: losing(source), destination }) })
      assert.deepEqual([summary.listed.count, summary.tally.copied.count, summary.exitCode], [6, 6, 0])
      assert.deepEqual(world.stored(folder), world.source())
    },
  ))

for (const [name, faults] of [
  ['names that last no longer than a session', { uidl: { isPerSession: true } }],
  ['no names', { uidl: { unsupported: true } }],
] as const) {
  test(`${name} and a fuller INBOX are no reason to think of one mailbox`, () =>
    withWorld({ messages: mails(3), pop3: { faults } }, async (world) => {
      world.imap.seed(
        'alice',
        'INBOX',
        mails(5, 200).map((bytes) => ({ bytes })),
      )
      const summary = await world.run()
      assert.equal(summary.exitCode, 0, summary.error?.message)
      assert.equal(world.stored().length, 8)
    }))
}

test('after a UIDVALIDITY change a new twin is stored beside the old message, and verify counts both', () =>
  withWorld({ messages: [mail(1), mail(2)], policy: { folder } }, async (world) => {
    await world.run()
    await world.imap.bumpUidValidity('alice', folder)
    world.maildrop.add({ uidl: 'u9', bytes: mail(3) }, { uidl: 'u10', bytes: mail(1) })
    await world.run()
    assert.deepEqual(world.stored(folder), world.source())
    assert.deepEqual((await world.verify(true)).found, 4)
  }))

test('a message that came empty though it was listed with a size is tried again, and never called done', () =>
  withWorld({ messages: mails(3), pop3: { faults: { list: { size: () => 7 } } } }, async (world) => {
    world.pop3.faults = {
      list: { size: () => 7 },
      retr: (one) => (one.uidl === 'u2' ? { kind: 'empty' } : undefined),
    }
    assert.equal((await world.run()).exitCode, 3)
    world.pop3.faults = { list: { size: () => 7 } }
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }))

test('a lost ledger with two pairs in one folder: neither is doubled', () =>
  withWorld({ messages: mails(4) }, async (world) => {
    const other = await World.start({ messages: mails(3, 100) })
    try {
      const both = async () => {
        await world.run()
        await world.run({ pair: 'other', pop3: other.pop3 })
      }
      await both()
      assert.equal(world.stored().length, 7)
      await forgetLedger(world.ledgerPath)
      await both()
      assert.equal(world.stored().length, 7)
    } finally {
      await other.stop()
    }
  }))
