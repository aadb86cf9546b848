// What the destination refuses, and how far that reaches: one message, or the pair.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { onAppend } from '../servers/imap-faults.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { withWorld } from './world.ts'

const many = Array.from({ length: 30 }, (_, number) => mail(number))
const culprit = Buffer.from('Subject: with a NUL\r\n\r\na\0b\r\n')

const refuseNul = (bytes: Buffer) => (bytes.includes(0) ? 'NO Message contains NUL characters' : undefined)

for (const [style, capabilities] of [
  ['MULTIAPPEND', imapCapabilities.full],
  ['single APPENDs', imapCapabilities.gmail],
  ['synchronising literals', imapCapabilities.bare],
] as const) {
  describe(`refusals with ${style}`, () => {
    test('one message in a batch is refused: it alone is rejected, with the reason, and not tried again (B12, B33)', () =>
      withWorld(
        { messages: [...many.slice(0, 17), culprit, ...many.slice(17)], imap: { capabilities } },
        async (world) => {
          world.imap.faults = { refuse: refuseNul }
          const summary = await world.run()
          assert.equal(summary.exitCode, 3)
          assert.equal(summary.tally.copied.count, 30)
          assert.deepEqual(
            summary.exceptions.map(({ kind, key }) => [kind, key]),
            [['rejected', 'u18']],
          )
          assert.match(summary.exceptions[0]?.reason ?? '', /NUL/)
          const before = world.pop3.count('RETR')
          assert.equal((await world.run()).exitCode, 3, 'it is still told')
          assert.equal(world.pop3.count('RETR'), before)
          world.imap.faults = {}
          assert.equal((await world.run({ retryFailed: true })).tally.copied.count, 1)
          assert.deepEqual(world.stored(), world.source())
        },
      ))

    test('a full quota stops the pair, loses nothing and is taken up later (B29)', () =>
      withWorld({ messages: many, imap: { capabilities } }, async (world) => {
        let room = 12
        world.imap.faults = { refuse: () => (room-- > 0 ? undefined : 'NO [OVERQUOTA] Quota exceeded') }
        const summary = await world.run()
        assert.equal(summary.exitCode, 6)
        assert.equal(summary.error?.code, 'quota')
        assert.equal(summary.tally.rejected.count + summary.tally.failed.count, 0)
        world.imap.faults = {}
        assert.equal((await world.run()).exitCode, 0)
        assert.deepEqual(world.stored(), world.source())
      }))

    test('a message that breaks every connection is set aside after a few, the others go through (B10)', () =>
      withWorld({ messages: [...many, culprit], imap: { capabilities } }, async (world) => {
        world.imap.faults = {
          append: ({ size }) => (size === culprit.length ? { kind: 'drop', at: 'after-literal' } : undefined),
        }
        const summary = await world.run()
        assert.equal(summary.tally.copied.count, 30)
        assert.deepEqual(
          summary.exceptions.map(({ kind, key }) => [kind, key]),
          [['failed', 'u31']],
        )
        assert.equal(world.stored().length, 30)
      }))

    test('stored, but the answer is lost: found and bound, not sent again (B01)', () =>
      withWorld({ messages: many, imap: { capabilities } }, async (world) => {
        world.imap.faults = { append: onAppend(1, { kind: 'drop-answer' }) }
        const summary = await world.run()
        assert.equal(summary.exitCode, 0, summary.error?.message)
        assert.equal(summary.tally.copied.count, 30)
        assert.deepEqual(world.stored(), world.source())
      }))
  })
}

test('a message over APPENDLIMIT is told from the others before it is fetched (B09)', () =>
  withWorld(
    {
      messages: [mail(1), mail(2, 'x'.repeat(5000))],
      imap: { capabilities: [...imapCapabilities.full, 'APPENDLIMIT=2000'] },
    },
    async (world) => {
      const planned = await world.preview()
      assert.deepEqual([planned.tooBig?.count, planned.tooBig?.limit], [1, 2000])
      const summary = await world.run()
      assert.deepEqual([summary.tally.copied.count, summary.tally['too-big'].count, summary.exitCode], [1, 1, 3])
      assert.equal(world.pop3.count('RETR'), 1)
    },
  ))

test('a message the source cannot give is reported, and the others go through (A41, A42)', () =>
  withWorld({ messages: many }, async (world) => {
    world.maildrop.add({ uidl: 'none', bytes: mail(99), size: 0 })
    world.pop3.faults = { retr: onlyFor({ u5: { kind: 'error' }, u9: { kind: 'vanish' }, none: { kind: 'empty' } }) }
    const summary = await world.run()
    assert.deepEqual(
      summary.exceptions.map(({ kind, key }) => [kind, key]),
      [
        ['failed', 'u5'],
        ['vanished', 'u9'],
        ['empty', 'none'],
      ],
    )
    assert.equal(summary.tally.copied.count, 28)
  }))

test('a source that drops the session after every few messages is opened again until all are there (A56)', () =>
  withWorld({ messages: many }, async (world) => {
    world.pop3.faults = { dropAfterRetrs: 7 }
    const summary = await world.run()
    assert.equal(summary.exitCode, 0, summary.error?.message)
    assert.deepEqual(world.stored(), world.source())
  }))

test('a destination that says BYE in the middle is opened again, and nothing is doubled (D19)', () =>
  withWorld({ messages: many }, async (world) => {
    let times = 0
    const summary = await world.run({
      onEvent: (event) => {
        if (event.kind === 'outcome' && times++ === 0) void world.imap.byeAll()
      },
    })
    assert.equal(summary.exitCode, 0, summary.error?.message)
    assert.deepEqual(world.stored(), world.source())
  }))
