// Who is told what, that a failure is tried again and told, and that nothing of this reaches a pass.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Notice, NoticeKind } from '../../src/core/notice.ts'
import { Notifier } from '../../src/notify/notifier.ts'
import { type Target, untold } from '../../src/notify/target.ts'
import type { Telling } from '../../src/notify/telling.ts'
import { heldClock } from '../engine/held-clock.ts'
import { notice, over, refusal } from './tellings.ts'

const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }

interface StageOptions extends Partial<Target> {
  /** Tries that fail before one succeeds. */
  readonly failing?: number
  readonly retry?: 'now' | 'never'
}

/** A notifier with one target. */
function stage({ failing = 0, retry = 'now', ...more }: StageOptions) {
  const clock = heldClock()
  const told: Telling[] = []
  const failures: string[] = []
  const [stop, kill] = [new AbortController(), new AbortController()]
  let left = failing
  const target: Target = {
    called: 'it',
    on: ['failing', 'auth', 'recovered'],
    tell: async (telling) => {
      left -= 1
      if (left >= 0) throw untold('it', 'was away', { code: 'connect', retry })
      told.push(telling)
    },
    ...more,
  }
  const notifier = new Notifier({
    targets: [target],
    clock,
    mask: (text) => text.replaceAll('sesame', '***'),
    pauses: [10, 20],
    onFailure: (error, next) => failures.push(`${error.message} ${next ?? 'given up'}`),
    stop: stop.signal,
    kill: kill.signal,
  })
  return { notifier, clock, told, failures, stop }
}

const histories: readonly [on: NoticeKind[], changes: Partial<Notice>[], told: string][] = [
  [['failing', 'auth', 'recovered'], [{ kind: 'failing' }, { kind: 'auth' }, over], 'failing auth recovered'],
  [['failing'], [{ kind: 'failing' }, { kind: 'auth' }, over], 'failing auth'],
  [['auth'], [{ kind: 'failing' }, { kind: 'auth' }, over], 'auth'],
  [['recovered'], [{ kind: 'auth' }, over], 'recovered'],
  [['auth', 'recovered'], [{ kind: 'failing' }, { ...over, was: 'failing' }], ''],
  [['auth', 'recovered'], [{ kind: 'auth' }, over], 'auth recovered'],
]

describe('who wants to hear what', () => {
  for (const [on, changes, expected] of histories) {
    test(`${on}: ${changes.map(({ kind }) => kind).join(' ')}: ${expected}`, async () => {
      const { notifier, told } = stage({ on })
      for (const change of changes) {
        notifier.tell(notice(change), hosts)
        await notifier.settled()
      }
      assert.equal(told.map(({ kind }) => kind).join(' '), expected)
      assert.deepEqual(notifier.counts, { sent: told.length, failed: 0 })
    })
  }

  test('a target may have no use for some', async () => {
    const { notifier, told } = stage({ suits: ({ end }) => end === 'source' })
    for (const end of ['destination', undefined, 'source'] as const) {
      notifier.tell(notice({ end, pair: String(end) }), hosts)
    }
    await notifier.settled()
    assert.equal(told.map(({ pair }) => pair).join(), 'source')
  })
})

test('secrets that a server said back are masked, its text is escaped', async () => {
  const { notifier, told } = stage({})
  notifier.tell(notice({ error: refusal('not sesame\x1b[2J') }), hosts)
  await notifier.settled()
  assert.equal(told[0]?.reason, 'not ***\\x1b[2J')
})

test('it is tried again after each pause, and each failure is told', async () => {
  const { notifier, clock, told, failures } = stage({ failing: 2 })
  notifier.tell(notice(), hosts)
  await clock.pass(0)
  assert.equal(told.length, 0)
  await clock.pass(10)
  await clock.pass(20)
  await notifier.settled()
  assert.equal(told.length, 1)
  assert.deepEqual(failures, ['Notification failed: it was away. 10', 'Notification failed: it was away. 20'])
  assert.deepEqual(notifier.counts, { sent: 1, failed: 2 })
})

test('it is given up after the last, and where trying again cannot help', async () => {
  const patient = stage({ failing: 9 })
  patient.notifier.tell(notice(), hosts)
  for (const pause of [0, 10, 20]) await patient.clock.pass(pause)
  await patient.notifier.settled()
  assert.equal(patient.failures.at(-1), 'Notification failed: it was away. given up')
  assert.equal(patient.failures.length, 3)
  const hopeless = stage({ failing: 1, retry: 'never' })
  hopeless.notifier.tell(notice(), hosts)
  await hopeless.notifier.settled()
  assert.deepEqual(hopeless.failures, ['Notification failed: it was away. given up'])
})

test('what comes later makes what was not told yet worthless', async () => {
  const { notifier, clock, told } = stage({ failing: 1 })
  notifier.tell(notice({ kind: 'failing' }), hosts)
  await clock.pass(0)
  notifier.tell(notice(over), hosts)
  await notifier.settled()
  await clock.pass(100)
  assert.equal(told.map(({ kind }) => kind).join(), 'recovered')
})

test('stopping ends the waiting, not what is under way', async () => {
  const { notifier, clock, told, stop } = stage({ failing: 1 })
  notifier.tell(notice(), hosts)
  await clock.pass(0)
  notifier.tell(notice({ pair: 'bob' }), hosts)
  stop.abort()
  await notifier.settled()
  assert.equal(told.map(({ pair }) => pair).join(), 'bob')
})

test('telling never waits and never throws; a thousand at once take turns', async () => {
  const gate = Promise.withResolvers<void>()
  let [working, most] = [0, 0]
  const { notifier } = stage({
    tell: async () => {
      working += 1
      most = Math.max(most, working)
      await gate.promise
      working -= 1
      throw new TypeError('a fault')
    },
  })
  for (let at = 0; at < 1000; at += 1) notifier.tell(notice({ pair: `p${at}` }), hosts)
  gate.resolve()
  await notifier.settled()
  assert.deepEqual([most, notifier.counts.failed], [4, 1000])
})
