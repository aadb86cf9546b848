// Removal at a source whose unique-ids are the message numbers of the moment: nothing goes that does not lie at the destination.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { hash, withWorld } from './world.ts'

const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
const pop3 = { faults: { uidl: { line: (position: number) => `${position} ${position}` } } }
// All of one size; every seventh of them is refused by the destination.
const messages = Array.from({ length: 240 }, (_, at) => mail(100 + at))
const isRefused = (at: number) => at % 7 === 3
const refuse = (bytes: Buffer) =>
  isRefused(Number(/Subject: (\d+)/.exec(bytes.toString('latin1'))?.[1]) - 100)
    ? 'NO Message contains invalid header'
    : undefined

test('removals in batches, refusals, and another program that removes in between', () =>
  withWorld({ messages, policy: { leave }, pop3, imap: { faults: { refuse } } }, async (world) => {
    const all = messages.map(hash)
    const safe = () => new Set([...world.stored(), ...world.source()])
    const removedElsewhere = new Set<string>()
    let quits = 0
    for (let run = 0; run < 6; run += 1) {
      await world.run({
        removalConfirmed: true,
        onEvent: (event) => {
          if (event.kind !== 'stage' || event.stage !== 'removing') return
          quits += 1
          const first = world.maildrop.messages[run * 2]
          if (first === undefined) return
          removedElsewhere.add(hash(first.bytes))
          world.maildrop.remove(first.uidl)
        },
      })
      const missing = all.filter((one) => !safe().has(one) && !removedElsewhere.has(one))
      assert.deepEqual(missing, [], `run ${run}`)
    }
    assert.ok(quits > 0)
    assert.equal(new Set(world.stored()).size, world.stored().length, 'nothing twice')
  }))
