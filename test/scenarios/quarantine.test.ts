// What is kept of messages that did not make it, when somebody asked for that, and what becomes of it.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { attemptLimit } from '../../src/core/plan.ts'
import { createQuarantine } from '../../src/quarantine/quarantine.ts'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { mortalRun } from './dying.ts'
import { type World, withWorld } from './world.ts'

const some = Array.from({ length: 8 }, (_, number) => mail(number))
const culprit = Buffer.from('Subject: with a NUL\r\n\r\na\0b\r\n')
const messages = [...some, culprit]

function quarantineOf(world: World) {
  const directory = join(world.directory, 'kept')
  return { directory, quarantine: createQuarantine({ directory, clock: hastyClock(), version: '0' }) }
}

const refuse = (text: string) => ({
  refuse: (bytes: Buffer) => (bytes.equals(culprit) ? text : undefined),
})

test('a rejected message is kept as it is, named in its outcome, and gone once it has arrived', () =>
  withWorld({ messages }, async (world) => {
    const { directory, quarantine } = quarantineOf(world)
    world.imap.faults = refuse('NO Message contains NUL characters')
    const { exceptions, exitCode } = await world.run({ quarantine })
    const path = exceptions[0]?.kept ?? ''
    assert.equal(exitCode, 3)
    assert.ok(path.startsWith(join(directory, 'pair')))
    assert.deepEqual(readFileSync(path), culprit)
    assert.equal(JSON.parse(readFileSync(path.replace('.eml', '.json'), 'utf8')).code, 'nul')
    world.imap.faults = {}
    assert.equal((await world.run({ quarantine, retryFailed: true })).exitCode, 0)
    assert.deepEqual(readdirSync(join(directory, 'pair')), [])
    assert.deepEqual(world.stored(), world.source())
  }))

test('arrived, but the run died before it could say so: the next run tidies up', () =>
  withWorld({ messages }, async (world) => {
    const { directory, quarantine } = quarantineOf(world)
    world.imap.faults = refuse('NO Message contains NUL characters')
    await world.run({ quarantine })
    world.imap.faults = {}
    const { died } = await mortalRun(world, { afterAppends: 1 }, { quarantine, retryFailed: true })
    assert.ok(died)
    assert.equal(readdirSync(join(directory, 'pair')).length, 2)
    assert.equal((await world.run({ quarantine })).exitCode, 0)
    assert.deepEqual(readdirSync(join(directory, 'pair')), [])
    assert.deepEqual(world.stored(), world.source())
  }))

test('a message that only failed is kept when it is given up, not before', () =>
  withWorld({ messages }, async (world) => {
    const { quarantine } = quarantineOf(world)
    world.imap.faults = refuse('NO Something odd')
    for (let run = 1; run <= attemptLimit; run++) {
      const [outcome] = (await world.run({ quarantine })).exceptions
      assert.deepEqual([outcome?.kind, outcome?.kept !== undefined], ['failed', run === attemptLimit])
    }
  }))

test('a quarantine that cannot be written to ends the run with a clear error, and loses nothing', () =>
  withWorld({ messages }, async (world) => {
    const { directory, quarantine } = quarantineOf(world)
    mkdirSync(directory)
    chmodSync(directory, 0o755)
    world.imap.faults = refuse('NO Message contains NUL characters')
    const { error } = await world.run({ quarantine })
    assert.equal(error?.code, 'quarantine')
    chmodSync(directory, 0o700)
    const { exceptions, tally } = await world.run({ quarantine })
    assert.deepEqual([tally.rejected.count, exceptions.length > 0], [1, true])
    assert.equal(world.stored().length, 8)
    assert.deepEqual(readFileSync(exceptions.find(({ kept }) => kept)?.kept ?? ''), culprit)
  }))
