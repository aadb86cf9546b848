// Removing settled messages at the source: only when asked, only what was just seen at the destination, never half.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail, policy } from '../core/rows.ts'
import { Steps } from './steps.ts'
import { type WorldOptions, withWorld } from './world.ts'

const messages = [mail(1), mail(2), mail(3)]
const remove: WorldOptions = { messages, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } }

test('by default nothing is removed, whatever happens', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    assert.equal(world.pop3.count('DELE'), 0)
    assert.equal(world.maildrop.messages.length, 3)
  }))

test('what is settled and seen at the destination is removed, and its absence confirmed by the next listing', () =>
  withWorld(remove, async (world) => {
    const all = world.source()
    const summary = await world.run()
    assert.equal(summary.removed, 3)
    assert.deepEqual(world.source(), [])
    assert.deepEqual(world.stored(), all)
    assert.equal((await world.run()).exitCode, 0)
  }))

test('a message that its owner deleted at the destination stays at the source', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    const folder = world.imap.folder('alice', 'INBOX')
    folder.messages.splice(1, 1)
    const again = await world.run({ policy: policy(remove.policy) })
    assert.equal(again.removed, 2)
    assert.equal(world.maildrop.messages.length, 1)
    assert.match(again.warnings.join(), /no longer at the destination/)
  }))

test('with days to wait, nothing is removed before they are over', () =>
  withWorld({ messages, policy: { leave: { kind: 'delete', afterDays: 30, proof: 'size' } } }, async (world) => {
    await world.run()
    await world.run()
    assert.equal(world.maildrop.messages.length, 3)
  }))

test('stopped at every step of a run that removes, nothing is lost and nothing doubled', async () => {
  let count = 0
  await withWorld(remove, async (world) => {
    const steps = new Steps(0, 'stop')
    await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
    count = steps.names.length
  })
  for (let at = 1; at <= count; at++) {
    await withWorld(remove, async (world) => {
      const all = world.source()
      const steps = new Steps(at, 'stop')
      await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
      await world.run()
      assert.deepEqual(world.stored(), all, steps.names[at - 1])
      assert.deepEqual(world.source(), [], steps.names[at - 1])
    })
  }
})
