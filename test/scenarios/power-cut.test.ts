// The power is cut: what the disk holds by then tells of every append that was sent, and of every message that was removed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { key, mail } from '../core/rows.ts'
import type { AppendedMessage, AppendFault } from '../servers/imap-faults.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { ShadowDisk } from './shadow-disk.ts'
import { type World, type WorldOptions, withWorld } from './world.ts'

/** Several batches of messages of which no two have the same size. */
const messages = Array.from({ length: 120 }, (_, at) => mail(at, 'x'.repeat(at * 3)))
const deleting = { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } as const

async function withShadow(options: WorldOptions, work: (world: World, shadow: ShadowDisk) => Promise<void>) {
  await withWorld({ messages, ...options }, async (world) => {
    const shadow = new ShadowDisk(world.ledgerPath, world.directory)
    try {
      await work(world, shadow)
    } finally {
      shadow.close()
    }
  })
}

describe('no append is sent before its intent is on the disk', () => {
  for (const [name, capabilities] of Object.entries(imapCapabilities)) {
    test(name, () =>
      withShadow({ imap: { capabilities } }, async (world, shadow) => {
        const early: number[] = []
        const append = ({ size }: AppendedMessage): AppendFault | undefined => {
          if (!shadow.found.announced.has(size)) early.push(size)
          return undefined
        }
        world.imap.faults = { append }
        const { exitCode, tally } = await world.run({ sync: shadow.sync })
        assert.deepEqual([exitCode, tally.copied.count, early], [0, messages.length, []])
        assert.ok(shadow.flushes > 2, `${shadow.flushes} flushes`)
      }),
    )
  }
})

test('no message is removed before its proof is on the disk', () =>
  withShadow({ policy: deleting }, async (world, shadow) => {
    const early: string[] = []
    const script = (verb: string, argument: string) => {
      if (verb !== 'DELE') return undefined
      if (!shadow.found.proven.has(key(`u${argument}`))) early.push(argument)
      return undefined
    }
    world.pop3.faults = { script }
    assert.equal((await world.run({ sync: shadow.sync })).exitCode, 0)
    assert.deepEqual([world.pop3.count('DELE'), early, world.maildrop.messages.length], [messages.length, [], 0])
  }))

describe('a run after a power cut stores every message once', () => {
  const cuts = [1, 60, 120].flatMap((at) => [true, false].map((isStored) => ({ at, isStored })))
  for (const { at, isStored } of cuts) {
    test(`cut at message ${at}, which is ${isStored ? '' : 'not '}stored`, () =>
      withShadow({}, async (world, shadow) => {
        const kill = new AbortController()
        let restore = () => {}
        const append = ({ index }: AppendedMessage): AppendFault | undefined => {
          if (index !== at) return undefined
          restore = shadow.cut()
          kill.abort()
          return isStored ? { kind: 'drop-answer' } : { kind: 'drop', at: 0 }
        }
        world.imap.faults = { append }
        await world.run({ sync: shadow.sync, kill: kill.signal })
        assert.equal(world.stored().length >= at, isStored)
        restore()
        world.imap.faults = {}
        const { exitCode } = await world.run()
        assert.equal(exitCode, 0)
        assert.deepEqual(world.stored(), world.source())
      }))
  }
})
