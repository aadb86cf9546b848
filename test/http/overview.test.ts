// The page's verdict: what its first line says, for every way a watch can stand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchView } from '../../src/core/watch.ts'
import { headlineOf, overview } from '../../src/http/overview.ts'
import { calm, failingPair, fleet, now, troubled, watchedPair, watchView } from './views.ts'

const fresh = watchedPair('new', { lastSuccess: undefined, lastFinished: undefined })
const soon = { startedAt: now - 60_000 }

const rows: readonly [view: WatchView, mark: string, text: string][] = [
  [calm, 'well', 'All is well'],
  [watchView([]), 'well', 'All is well'],
  [troubled, 'failing', '2 of 7 pairs are failing'],
  [fleet, 'failing', '25 of 1,000 pairs are failing'],
  [watchView([failingPair('x', {})]), 'failing', 'The pair is failing'],
  [watchView([failingPair('x', {}), watchedPair('y')]), 'failing', '1 of 2 pairs is failing'],
  [watchView([watchedPair('x', { lastSuccess: 0 }), watchedPair('y')]), 'late', '1 of 2 pairs is late'],
  [watchView([fresh, fresh], soon), 'working', 'Waiting for the first pass'],
  [watchView([{ ...fresh, phase: 'working' }, fresh], soon), 'working', 'The first passes are under way'],
  [watchView([fresh, watchedPair('y')], soon), 'well', 'All is well'],
  [watchView([watchedPair('x')], { isDraining: true }), 'working', 'Stopping: what is in flight is being finished'],
  [
    watchView([watchedPair('x', { next: now - 3_600_000 })]),
    'failing',
    'Pairs are due and nothing is at work: start mailhaul anew',
  ],
]

for (const [view, mark, text] of rows) {
  test(text, () => assert.deepEqual(headlineOf(view), { mark, text }))
}

test('what waits for somebody is shown with what to do, and all is well', () => {
  const toDo = { times: 3, reason: 'Nothing was removed <yet>.', hint: 'Run it once.' }
  const view = watchView([watchedPair('x', { toDo })])
  assert.equal(headlineOf(view).text, 'All is well')
  assert.match(overview(view).text, /waits for you[\s\S]*Nothing was removed &#60;yet&#62;\.[\s\S]*Run it once\./)
})
