// Removal at a source whose unique-ids are the message numbers of the moment: nothing goes that does not lie at the destination.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as turn } from 'node:timers/promises'
import type { SourceSession } from '../../src/core/ports.ts'
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

test('the session is lost between the look and the removal, and numbers have moved on', () => {
  const ten = messages.slice(0, 10)
  const late = mail(999)
  return withWorld({ messages: ten, policy: { leave }, pop3 }, async (world) => {
    const first = world.maildrop.messages[0]
    assert.ok(first)
    let isLost = false
    const loseIt = async () => {
      if (isLost) return
      isLost = true
      world.maildrop.remove(first.uidl)
      world.maildrop.add({ uidl: 'late', bytes: late })
      world.pop3.dropAll()
      await turn()
    }
    await world.run({
      removalConfirmed: true,
      ends: ({ source, destination }) => ({
        destination,
        source: { open: async (signal) => losing(await source.open(signal), loseIt) },
      }),
    })
    assert.ok(isLost)
    const safe = new Set([...world.stored(), ...world.source()])
    const missing = [...ten, late].map(hash).filter((one) => !safe.has(one) && one !== hash(first.bytes))
    assert.deepEqual(missing, [])
  })
})

/** A session that is lost just before its removals are sent. */
function losing(session: SourceSession, lose: () => Promise<void>): SourceSession {
  return new Proxy(session, {
    get: (target, name) => {
      if (name === 'remove') {
        return async (...given: Parameters<SourceSession['remove']>) => {
          await lose()
          return target.remove(...given)
        }
      }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
