// Source and destination are one mailbox, and a daily budget ends before that could be seen: it is still found out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Destination } from '../../src/core/ports.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { type World, withWorld } from './world.ts'

const messages = Array.from({ length: 6 }, (_, number) => mail(number + 1, 'x'.repeat(1000)))
const size = messages[0]?.length ?? 0
/** What lies there looks different over IMAP, so that nothing is recognised. */
const seeded = messages.map((bytes) => ({ bytes: Buffer.concat([Buffer.from('X-Seen-Over: IMAP\r\n'), bytes]) }))

/** Whatever is appended turns up in the maildrop. */
function mirrored(world: World): (ends: Ends) => Ends {
  return ({ source, destination }) => {
    const append: Destination['append'] = async (folder, batch, signal) => {
      const answers = await destination.append(folder, batch, signal)
      for (const { message } of batch) {
        const uidl = `mirrored-${world.maildrop.messages.length}`
        if (message.bytes) world.maildrop.add({ uidl, bytes: Buffer.from(message.bytes) })
      }
      return answers
    }
    const get = (target: Destination, name: string | symbol) => {
      const value: unknown = name === 'append' ? append : Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    }
    return { source, destination: new Proxy(destination, { get }) }
  }
}

test('the look at what has turned up waits for a day with room for it', () =>
  withWorld({ messages }, async (world) => {
    world.imap.seed('alice', 'INBOX', seeded)
    for (let day = 0; day < 4; day += 1) {
      const clock = { ...hastyClock(), now: () => Date.UTC(2026, 2, 1 + day, 12) }
      const rates = { sourceRates: { bytesPerDay: Math.round(size * 1.5) } }
      await world.run({ clock, ends: mirrored(world), ...(day === 0 ? { rates } : {}) })
    }
    const appended = world.imap.appends.reduce((sum, { uids }) => sum + uids.length, 0)
    assert.ok(appended <= 2, `${appended} messages were copied into their own mailbox`)
  }))
