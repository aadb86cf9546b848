// Every scenario four ways: once; again, doing nothing; stopped at every step and resumed; with one failure at every step.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { totalOf } from '../../src/core/outcome.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { type Mishap, Steps } from './steps.ts'
import { World } from './world.ts'

/** How it was before the run that is examined. */
interface Before {
  readonly appended: number
  /** Hashes of the maildrop. */
  readonly source: readonly string[]
}

async function withWorld(scenario: Scenario, work: (world: World, before: Before) => Promise<void>): Promise<void> {
  const world = await World.start(scenario.options)
  try {
    await scenario.before?.(world)
    await work(world, { appended: appended(world), source: world.source() })
  } finally {
    await world.stop()
  }
}

/** Messages that the destination has ever been given. */
function appended(world: World): number {
  return world.imap.appends.reduce((sum, { uids }) => sum + uids.length, 0)
}

function assertAllThereOnce(world: World, scenario: Scenario, { source }: Before, when: string): void {
  const { folders = ['INBOX'], isRemoved = false } = scenario
  assert.deepEqual(folders.flatMap((folder) => world.stored(folder)).sort(), source, when)
  assert.deepEqual(world.source(), isRemoved ? [] : source, when)
}

async function withMishap(scenario: Scenario, at: number, mishap: Mishap): Promise<string> {
  let name = ''
  await withWorld(scenario, async (world, before) => {
    const steps = new Steps(at, mishap)
    await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
    name = steps.names[at - 1] ?? 'nowhere'
    const resumed = await world.run()
    assert.equal(resumed.exitCode, 0, `${mishap} ${name}: ${resumed.error?.message}`)
    assertAllThereOnce(world, scenario, before, `${mishap} ${name}`)
    assert.equal(totalOf(resumed.tally).count, resumed.listed.count)
  })
  return name
}

async function stepsOf(scenario: Scenario): Promise<number> {
  const steps = new Steps(0, 'stop')
  await withWorld(scenario, async (world) => {
    await world.run({ ends: (ends) => steps.ends(ends), ledger: (ledger) => steps.ledger(ledger) })
  })
  return steps.names.length
}

for (const scenario of scenarios) {
  describe(scenario.name, () => {
    test('once: everything is there, once, and the totals add up', () =>
      withWorld(scenario, async (world, before) => {
        const summary = await world.run()
        assert.equal(summary.exitCode, 0, summary.error?.message)
        assertAllThereOnce(world, scenario, before, 'once')
        assert.equal(appended(world) - before.appended, scenario.appends ?? before.source.length)
        assert.deepEqual(totalOf(summary.tally), summary.listed)
        assert.equal(summary.listed.count, before.source.length)
        const { settled, found, deep } = await world.verify(true)
        assert.deepEqual([settled, found, deep?.identical], [summary.listed.count, settled, settled])
      }))

    test('again: nothing is appended, no body is fetched, no IMAP login', () =>
      withWorld(scenario, async (world) => {
        await world.run()
        const before = { appends: appended(world), bodies: world.pop3.count('RETR'), logins: world.imap.logins }
        const summary = await world.run()
        assert.equal(summary.exitCode, 0, summary.error?.message)
        assert.equal(summary.tally['already-there'].count, world.source().length)
        assert.equal(appended(world), before.appends)
        if (scenario.isNameless) return
        assert.equal(world.pop3.count('RETR'), before.bodies)
        assert.equal(world.imap.logins, before.logins)
      }))

    for (const mishap of ['stop', 'fail'] as const) {
      test(`${mishap === 'stop' ? 'stopped' : 'failing'} at every step, then resumed`, async () => {
        const count = await stepsOf(scenario)
        assert.ok(count > 10)
        for (let at = 1; at <= count; at += scenario.stride ?? 1) await withMishap(scenario, at, mishap)
      })
    }
  })
}
