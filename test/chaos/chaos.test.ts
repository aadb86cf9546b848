// A little of `npm run chaos` with every run of the tests: real Dovecots, real kills and cuts, at moments of fixed seeds.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { describeLive } from '../live/live.ts'
import { runIteration } from './chaos.ts'
import { type Ground, startGround } from './ground.ts'
import { planOf } from './plan.ts'

// Chosen for what they have in them: see the test of the choice.
const seeds = [1, 44, 52, 53]

test('the seeds cover both kinds of appends, both ways to leave the source, and TLS from the start, later and never', () => {
  const plans = seeds.map((seed) => planOf(seed))
  assert.deepEqual(new Set(plans.map(({ appending }) => appending)), new Set(['batch', 'single']))
  assert.deepEqual(new Set(plans.map(({ leave }) => leave)), new Set(['keep', 'delete']))
  assert.deepEqual(new Set(plans.map(({ tls }) => tls)), new Set(['implicit', 'starttls', 'none']))
  const attempts = plans.flatMap((plan) => plan.attempts)
  assert.ok(attempts.filter(({ kill }) => kill).length >= 8)
  assert.ok(attempts.some(({ cut }) => cut) && attempts.some(({ bytewise }) => bytewise))
})

describeLive('killed and cut off at random moments', ['dovecot'], () => {
  let ground: Ground
  before(async () => {
    ground = await startGround(seeds.length)
  })
  after(() => ground?.stop())
  let killed = 0

  for (const seed of seeds) {
    test(`npm run chaos -- --seed ${seed} --iterations 1`, async () => {
      const { isClean, kills, steps, ...counts } = await runIteration(ground, seed)
      assert.ok(isClean, [JSON.stringify(counts), ...steps].join('\n'))
      killed += kills
    })
  }

  test('most kills came before the end of their run', () => assert.ok(killed >= 4, `${killed} kills`))
})
