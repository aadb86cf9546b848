// After runs that died, messages are fetched one by one: a session that is lost over one of them is not a death.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Ends } from '../../src/engine/haul.ts'
import { mail } from '../core/rows.ts'
import { mortalRun } from './dying.ts'
import { withWorld } from './world.ts'

const lost = { code: 'disconnected', scope: 'pair', retry: 'now', message: 'The session was lost.' } as const

/** A source whose sessions end with the first message asked for. */
function losing({ source, destination }: Ends): Ends {
  const open: typeof source.open = async (signal) => {
    const session = await source.open(signal)
    return {
      facts: session.facts,
      consumes: session.consumes,
      pipelines: session.pipelines,
      ping: (given) => session.ping(given),
      list: (given) => session.list(given),
      headers: (...given) => session.headers(...given),
      remove: (...given) => session.remove(...given),
      close: (...given) => session.close(...given),
      abandon: () => session.abandon(),
      fetch: () => {
        throw new MailhaulError(lost)
      },
    }
  }
  return { source: { open }, destination }
}

test('sessions that are lost again and again are not held against the message', () =>
  withWorld({ messages: [mail(1), mail(2)] }, async (world) => {
    for (const _ of [1, 2]) assert.ok((await mortalRun(world, { fetching: mail(1).length })).died)
    const { tally, error } = await world.run({ ends: losing })
    assert.deepEqual([tally.failed.count, tally.pending.count, error?.code], [0, 2, 'disconnected'])
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }))
