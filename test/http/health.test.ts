// What makes a watch unwell: one rule each, at its very edge.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchedPair, WatchView } from '../../src/core/watch.ts'
import { healthOf, livenessOf } from '../../src/http/health.ts'
import { failingPair, now, watchedPair, watchView } from './views.ts'

const minute = 60_000
const hour = 60 * minute

const pair = (more: Partial<WatchedPair>) => watchedPair('alice', more)
const neverRun = { passes: 0, lastStarted: undefined, lastFinished: undefined, lastSuccess: undefined }
const ago = (milliseconds: number) => now - milliseconds

const rows: readonly [what: string, view: WatchView, health: 200 | 503, liveness: 200 | 503][] = [
  ['all in step', watchView([pair({})]), 200, 200],
  ['nothing to watch', watchView([]), 200, 200],
  ['no success for half an hour', watchView([pair({ lastSuccess: ago(30 * minute) })]), 200, 200],
  ['a moment longer', watchView([pair({ lastSuccess: ago(30 * minute + 1) })]), 503, 200],
  ['three long intervals', watchView([pair({ interval: 2 * hour, lastSuccess: ago(6 * hour) })]), 200, 200],
  ['a moment longer than these', watchView([pair({ interval: 2 * hour, lastSuccess: ago(6 * hour + 1) })]), 503, 200],
  [
    'never a success, just started',
    watchView([pair({ lastSuccess: undefined })], { startedAt: ago(minute) }),
    200,
    200,
  ],
  ['never a success for an hour', watchView([pair({ lastSuccess: undefined })], { startedAt: ago(hour) }), 503, 200],
  [
    'no further passes',
    watchView([pair({ interval: undefined, next: undefined, lastSuccess: ago(99 * hour) })]),
    200,
    200,
  ],
  [
    'a rest of a day, after a pass that went through',
    watchView([pair({ lastSuccess: ago(9 * hour), lastFinished: ago(9 * hour), next: now + 5 * hour })]),
    200,
    200,
  ],
  [
    'the same, and the server wanted time between two logins since',
    watchView([pair({ lastSuccess: ago(9 * hour), lastFinished: ago(hour), next: now + 5 * hour })]),
    200,
    200,
  ],
  [
    'the same, and it fails',
    watchView([failingPair('bob', {}, { lastSuccess: ago(9 * hour), lastFinished: ago(hour), next: now + 5 * hour })]),
    503,
    200,
  ],
  [
    'passes that say nothing for hours, as while another run is at work',
    watchView([pair({ lastSuccess: ago(9 * hour), lastFinished: ago(minute), next: now + 5 * minute })]),
    503,
    200,
  ],
  [
    'never run: its schedule begins after the weekend',
    watchView([pair({ ...neverRun, interval: hour / 2, next: now + 50 * hour })], { startedAt: ago(9 * hour) }),
    200,
    200,
  ],
  [
    'never run, though due for long, while others are at work',
    watchView([pair({ ...neverRun, next: ago(6 * minute) }), pair({ phase: 'working' })], { startedAt: ago(9 * hour) }),
    503,
    200,
  ],
  ['a long first pass', watchView([pair({ phase: 'working', next: undefined, lastSuccess: undefined })]), 200, 200],
  ['failing, but not for long', watchView([failingPair('bob', {}, { lastSuccess: ago(minute) })]), 200, 200],
  ['failing for hours', watchView([failingPair('bob', {})]), 503, 200],
  ['failing for hours, tried now', watchView([failingPair('bob', {}, { phase: 'working' })]), 503, 200],
  ['due for five minutes', watchView([pair({ next: ago(5 * minute) })]), 200, 200],
  ['a moment longer, and nothing at work', watchView([pair({ next: ago(5 * minute + 1) })]), 503, 503],
  ['the same, but others are at work', watchView([pair({ next: ago(hour) }), pair({ phase: 'working' })]), 200, 200],
  ['stopping', watchView([pair({})], { isDraining: true }), 503, 503],
]

for (const [what, view, health, liveness] of rows) {
  test(`${what}: ${health}, alive: ${liveness}`, () => {
    const [one, other] = [healthOf(view), livenessOf(view)]
    assert.deepEqual([one.status, other.status], [health, liveness])
    for (const { status, body } of [one, other]) {
      assert.equal(status === 200, body.status === 'ok')
      assert.equal(status === 200, Array.isArray(body.reasons) && body.reasons.length === 0)
    }
  })
}

test('the body tells each pair’s last success and its age', () => {
  const view = watchView([pair({ lastSuccess: ago(90_000) }), failingPair('bob', { code: 'auth' })])
  assert.deepEqual(healthOf(view).body, {
    status: 'failing',
    reasons: ['Pair bob has had no success for 3 h.'],
    now: '2026-05-14T09:26:30.000Z',
    startedAt: '2026-05-12T04:38:30.000Z',
    pairs: [
      {
        name: 'alice',
        phase: 'waiting',
        state: 'waiting',
        isOverdue: false,
        lastSuccess: '2026-05-14T09:25:00.000Z',
        ageSeconds: 90,
        allowedSeconds: 1800,
        next: '2026-05-14T09:29:30.000Z',
        failure: undefined,
      },
      {
        name: 'bob',
        phase: 'waiting',
        state: 'failing',
        isOverdue: true,
        lastSuccess: '2026-05-14T06:16:30.000Z',
        ageSeconds: 11_400,
        allowedSeconds: 1800,
        next: '2026-05-14T10:13:30.000Z',
        failure: { code: 'auth', since: '2026-05-14T06:21:30.000Z', times: 4 },
      },
    ],
  })
})
