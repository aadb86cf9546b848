// What people are told of a pair over many runs, each opened anew as a process of its own would: from the ledger.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { throughAt } from '../../src/engine/standing.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { heldClock } from '../engine/held-clock.ts'
import { type World, withWorld } from './world.ts'

/** Runs the pair so often; what each run wants people to be told. */
async function told(world: World, runs: number): Promise<readonly (string | undefined)[]> {
  const kinds: (string | undefined)[] = []
  for (let run = 0; run < runs; run += 1) kinds.push((await world.run({ now: true })).notice?.kind)
  return kinds
}

test('a refused login is told once, whatever is started anew, and so is its end', () =>
  withWorld({ messages: [mail(1)] }, async (world) => {
    assert.deepEqual(await told(world, 2), [undefined, undefined])
    world.pop3.faults = { login: 'wrong-password' }
    const first = await world.run({ now: true })
    assert.deepEqual([first.error?.code, first.notice?.kind, first.notice?.end], ['auth', 'auth', 'source'])
    assert.equal(first.notice?.error, first.error)
    assert.deepEqual(await told(world, 3), [undefined, undefined, undefined])
    world.pop3.faults = {}
    assert.deepEqual(await told(world, 3), ['recovered', undefined, undefined])
  }))

test('a rebuild says nothing and ends nothing', () =>
  withWorld({ messages: [mail(1)] }, async (world) => {
    world.pop3.faults = { login: 'wrong-password' }
    await world.run({ now: true })
    world.pop3.faults = {}
    assert.equal((await world.run({ now: true, adoptOnly: true })).notice, undefined)
    assert.deepEqual(await told(world, 2), ['recovered', undefined])
  }))

test('a run that has to wait after refusals says nothing new', () =>
  withWorld({ messages: [mail(1)] }, async (world) => {
    const clock = heldClock()
    world.pop3.faults = { login: 'wrong-password' }
    const kinds: (string | undefined)[] = []
    for (let run = 0; run < 4; run += 1) kinds.push((await world.run({ clock })).notice?.kind)
    assert.deepEqual(kinds, ['auth', undefined, undefined, undefined])
  }))

test('after a failure, a run that a daily budget ended tells that mail gets through, once something has moved', () => {
  const messages = [10, 11, 12].map((number) => mail(number, 'x'.repeat(1000)))
  return withWorld({ messages }, async (world) => {
    world.pop3.faults = { login: 'wrong-password' }
    const rates = { destinationRates: { bytesPerDay: 1500 } }
    assert.equal((await world.run({ now: true, rates })).notice?.kind, 'auth')
    world.pop3.faults = {}
    const first = await world.run({ now: true, rates })
    assert.deepEqual([first.error?.isPlanned, first.tally.copied.count, first.notice?.kind], [true, 1, 'recovered'])
    const second = await world.run({ now: true, rates })
    assert.deepEqual([second.error?.isPlanned, second.fresh.copied.count, second.notice], [true, 0, undefined])
  })
})

test('a login that gets in again is written down for a watch to see, whatever else goes wrong in that run', () =>
  withWorld({ messages: [mail(1)] }, async (world) => {
    const seen = () => {
      const ledger = openLedger({ path: world.ledgerPath, clock: heldClock(), readOnly: true })
      try {
        return throughAt(ledger.read(world.pair.name))
      } finally {
        ledger.close()
      }
    }
    world.pop3.faults = { login: 'wrong-password' }
    for (let run = 0; run < 3; run += 1) await world.run({ now: true })
    assert.equal(seen(), undefined)
    world.pop3.faults = {}
    world.imap.faults = { refuse: () => 'NO [OVERQUOTA] Quota exceeded' }
    const { error } = await world.run({ now: true })
    assert.equal(error?.code, 'quota')
    assert.ok((seen() ?? 0) > 0)
    world.imap.faults = {}
    assert.equal((await world.run()).error, undefined, 'nothing is left to wait for')
  }))
