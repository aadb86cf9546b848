// A destination that ends the connection over every message: the run ends before it has tried them all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { withWorld } from './world.ts'

const messages = Array.from({ length: 60 }, (_, at) => mail(at + 1))

test('a destination that ends every connection ends the run, and the next one moves everything', () =>
  withWorld({ messages }, async (world) => {
    world.imap.faults = { append: () => ({ kind: 'drop', at: 20 }) }
    const { error, tally, exitCode } = await world.run()
    assert.deepEqual([error?.code, exitCode, tally.failed.count, tally.pending.count], ['disconnected', 5, 5, 55])
    assert.ok(world.imap.count('APPEND') < 60, `${world.imap.count('APPEND')} appends`)
    world.imap.faults = {}
    assert.equal((await world.run()).exitCode, 0)
    assert.deepEqual(world.stored(), world.source())
  }))
