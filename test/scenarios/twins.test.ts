// Messages that differ in nothing but 8-bit octets of a header: two messages, unless one is a copy that was rewritten.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withWorld } from './world.ts'

const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
const mailAbout = (word: string) => Buffer.from(`From: a@example.org\r\nSubject: ${word}\r\n\r\nbody\r\n`, 'latin1')

const twins = [
  ['other 8-bit characters', 'St\xf6rung', 'St\xfcrung'],
  ['X and a question mark', 'Report X', 'Report ?'],
] as const

for (const [what, one, other] of twins) {
  describe(what, () => {
    test('a message is stored beside its twin at the destination', () =>
      withWorld({ messages: [mailAbout(one)] }, async (world) => {
        world.imap.seed('alice', 'INBOX', [{ bytes: mailAbout(other) }])
        assert.equal((await world.run()).tally.copied.count, 1)
        assert.equal(world.stored().length, 2)
      }))

    test('a message is stored after its twin was moved and removed at the source', () =>
      withWorld({ messages: [mailAbout(one)], policy: { leave } }, async (world) => {
        await world.run()
        await world.run()
        world.maildrop.add({ uidl: 'new', bytes: mailAbout(other) })
        assert.equal((await world.run()).tally.copied.count, 1)
        assert.deepEqual([world.stored().length, world.source().length], [2, 0])
      }))

    test('a message is stored after it took the name of its twin', () =>
      withWorld({ messages: [mailAbout(one)] }, async (world) => {
        await world.run()
        world.maildrop.remove('u1')
        await world.run()
        world.maildrop.add({ uidl: 'u1', bytes: mailAbout(other) })
        assert.equal((await world.run()).tally.copied.count, 1)
        assert.equal(world.stored().length, 2)
      }))

    test('a copy of the twin is no copy of the message: it stays at the source', () =>
      withWorld({ messages: [mailAbout(one)], policy: { leave: { ...leave, proof: 'hash' } } }, async (world) => {
        world.imap.faults = { rewrite: () => mailAbout(other) }
        await world.run()
        assert.equal(world.maildrop.messages.length, 1)
      }))
  })
}

for (const replaced of ['X', '?']) {
  test(`a copy with ${replaced} for each 8-bit octet is recognised without a ledger, once`, () =>
    withWorld({ messages: [mailAbout('St\xf6rung'), mailAbout('St\xfcrung')] }, async (world) => {
      world.imap.seed('alice', 'INBOX', [{ bytes: mailAbout(`St${replaced}rung`) }])
      const { tally } = await world.run()
      assert.deepEqual([tally.adopted.count, tally.copied.count], [1, 1])
    }))
}
