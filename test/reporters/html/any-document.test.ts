// Whatever figures a document holds, its page has no figure that is none, and says the same sum.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { outcomeKinds } from '../../../src/core/outcome.ts'
import { renderPlanPage } from '../../../src/reporters/html/plan-page.ts'
import { renderRunPage } from '../../../src/reporters/html/run-page.ts'
import { pairPlan, planOf } from './plan-samples.ts'
import { pairRun, runOf, tally } from './run-samples.ts'

const figure = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(), fc.nat({ max: 2 ** 45 }))
const amount = fc.record({ count: figure, bytes: figure })
const figures = fc.array(figure, { maxLength: 200 })
const time = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const years = fc.array(
  fc.record({ year: fc.option(fc.integer({ min: -300_000, max: 300_000 })), count: figure, bytes: figure }),
)
const sizes = fc.array(fc.record({ upTo: fc.option(figure), count: figure, bytes: figure }))

const run = fc.record({
  startedAt: time,
  milliseconds: figure,
  outcomes: fc
    .array(amount, { minLength: outcomeKinds.length, maxLength: outcomeKinds.length })
    .map((amounts) => tally(Object.fromEntries(outcomeKinds.map((kind, at) => [kind, amounts[at]])))),
  bytesAppended: figure,
  timeline: fc.record({ stepMilliseconds: figure, messages: figures, bytesFetched: figures, bytesAppended: figures }),
  sizes,
  years,
})

const plan = fc.record({
  total: fc.record({ copy: amount, compare: amount, left: amount, tooBig: amount }),
  quota: fc.option(fc.record({ used: figure, limit: figure })),
  fits: fc.option(fc.boolean()),
  appendLimit: fc.option(figure),
  estimate: fc.option(
    fc.record({ low: figure, likely: figure, high: figure, days: figure, basis: fc.array(fc.string()) }),
  ),
  sizes,
  years: fc.option(years),
  datesRead: figure,
})

const none = /NaN|Infinity|undefined|\[object|="-/

test('a page of any run', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 4 }), time, figure, (pairs, startedAt, milliseconds) => {
      const page = renderRunPage(
        runOf(
          pairs.map((of, at) => pairRun(`pair ${at}`, of)),
          { startedAt, milliseconds },
        ),
      )
      assert.doesNotMatch(body(page), none)
      assert.match(page, /<h1[^>]*>It adds up|<h1[^>]*>Nothing is listed/)
    }),
  )
})

test('a page of any plan', () => {
  fc.assert(
    fc.property(fc.array(plan, { maxLength: 4 }), (pairs) => {
      const page = renderPlanPage(planOf(pairs.map((of, at) => pairPlan(`pair ${at}`, of))))
      assert.doesNotMatch(body(page).replaceAll(/<bdi>.*?<\/bdi>/g, ''), none)
      assert.match(page, /<h1[^>]*>It adds up|<h1[^>]*>Nothing is listed/)
    }),
  )
})

function body(page: string): string {
  return page.slice(page.indexOf('<body>'))
}
