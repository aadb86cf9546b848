// The end of a session at the source: no QUIT after a message that is not stored, for a server need not tell that it consumes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { withWorld } from './world.ts'

const messages = [mail(1), mail(2), mail(3)]
const removing = { kind: 'delete', afterDays: 0, proof: 'size' } as const
const faults = { consumes: 'at-quit' } as const
const refuse = (bytes: Buffer) => (bytes.equals(mail(2)) ? 'NO [CANNOT] not this one' : undefined)

describe('a message that was fetched and refused is still there after the run', () => {
  for (const uidl of [{}, { unsupported: true }]) {
    for (const leave of [{ kind: 'keep' } as const, removing]) {
      test(`leave: ${leave.kind}, ${uidl.unsupported ? 'without' : 'with'} names`, () =>
        withWorld({ messages, policy: { leave }, pop3: { faults: { ...faults, uidl } } }, async (world) => {
          world.imap.faults = { refuse }
          const { tally, exitCode } = await world.run()
          assert.deepEqual([tally.copied.count, tally.failed.count, exitCode], [2, 1, 3])
          assert.ok(world.maildrop.messages.some(({ bytes }) => Buffer.from(bytes).equals(mail(2))))
        }))
    }
  }

  test('and the settled ones are removed in a session of their own', () =>
    withWorld({ messages, policy: { leave: removing }, pop3: { faults } }, async (world) => {
      world.imap.faults = { refuse }
      const { removal } = await world.run()
      assert.equal(removal.removed, 2)
      assert.deepEqual(
        world.maildrop.messages.map(({ bytes }) => Buffer.from(bytes).equals(mail(2))),
        [true],
      )
    }))
})

test('messages without a name, one of them refused, keep no run going for ever, and are told to stay', () => {
  const capabilities = { clear: ['USER', 'EXPIRE 0'], transaction: ['USER', 'EXPIRE 0', 'PIPELINING'] }
  const pop3 = { faults: { ...faults, uidl: { unsupported: true }, capabilities } }
  return withWorld({ messages, policy: { leave: removing }, pop3 }, async (world) => {
    world.imap.faults = { refuse }
    const stop = new AbortController()
    let sessions = 0
    const { warnings } = await world.run({
      stop: stop.signal,
      onEvent: (event) => {
        if (event.kind !== 'stage' || event.stage !== 'connecting') return
        sessions += 1
        if (sessions > 10) stop.abort()
      },
    })
    assert.ok(sessions < 5, `${sessions} sessions`)
    assert.equal(world.maildrop.messages.length, 3)
    assert.match(warnings.join(), /3 messages due for removal stay at the source: they have no name/)
  })
})
