// Who is told what, that a failure is tried again and told, and that nothing of this reaches a pass.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Notice, NoticeKind } from '../../src/core/notice.ts'
import { inboxTarget } from '../../src/notify/inbox.ts'
import { Notifier } from '../../src/notify/notifier.ts'
import { type Target, untold } from '../../src/notify/target.ts'
import type { Telling } from '../../src/notify/telling.ts'
import { heldClock } from '../engine/held-clock.ts'
import { notice, over, refusal, telling } from './tellings.ts'

const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }

interface StageOptions extends Partial<Target> {
  /** Tries that fail before one succeeds. */
  readonly failing?: number
  readonly retry?: 'now' | 'never'
  readonly isBrief?: boolean
  readonly others?: readonly Target[]
}

/** A notifier with one target. */
function stage({ failing = 0, retry = 'now', isBrief = false, others = [], ...more }: StageOptions) {
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
    targets: [target, ...others],
    isBrief,
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
  const { notifier, clock, told, failures, stop } = stage({ failing: 1 })
  notifier.tell(notice(), hosts)
  await clock.pass(0)
  notifier.tell(notice({ pair: 'bob' }), hosts)
  stop.abort()
  await notifier.settled()
  assert.equal(told.map(({ pair }) => pair).join(), 'bob')
  const away = 'Notification failed: it was away.'
  assert.deepEqual(failures, [`${away} 10`, `${away} It was not told of: alice. given up`], 'nobody will tell it later')
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

describe('a run that is over soon', () => {
  const pairs = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`)
  const tell = ({ notifier }: ReturnType<typeof stage>, names: readonly string[]) => {
    for (const pair of names) notifier.tell(notice({ pair }), hosts)
  }
  const silent = (called: string) => async () => {
    throw untold(called, 'did not answer within 10 seconds', { code: 'timeout', retry: 'now' })
  }

  test('gives up a target that did not answer in time, tells the others, and says so once', async () => {
    let asked = 0
    const told: string[] = []
    const well: Target = { called: 'that', on: ['auth'], tell: async ({ pair }) => void told.push(pair) }
    const one = stage({
      isBrief: true,
      others: [well],
      tell: () => {
        asked += 1
        return silent('it')()
      },
    })
    tell(one, pairs(12))
    await one.notifier.settled(1000)
    assert.deepEqual([asked, told.length], [4, 12])
    const of = 'It was not told of: p0, p1, p2, p3, p4 and 7 more.'
    assert.deepEqual(one.failures, [`Notification failed: it did not answer within 10 seconds. ${of} given up`])
    tell(one, ['late'])
    await one.notifier.settled(1000)
    assert.equal(asked, 4)
  })

  test('has a target of many places tried in each of them', async () => {
    const told: string[] = []
    const one = stage({
      isBrief: true,
      placeOf: ({ destinationHost }) => destinationHost,
      tell: async ({ pair, destinationHost }) => {
        if (destinationHost === 'dead.example') return silent('it')()
        told.push(pair)
      },
    })
    for (const pair of pairs(9)) one.notifier.tell(notice({ pair }), { ...hosts, destinationHost: 'dead.example' })
    tell(one, ['alice'])
    await one.notifier.settled(1000)
    assert.deepEqual([told, one.failures.length], [['alice'], 1])
    const inboxes = inboxTarget({ on: [], open: () => Promise.reject(new Error('nobody asks')) })
    assert.equal(inboxes.placeOf?.(telling()), 'imap.new.example')
  })

  test('stays for so long and no longer, also where a target hears of no end', async () => {
    const never = new Promise<void>(() => undefined)
    let aborted = 0
    const hearing: Target = {
      called: 'that',
      on: ['auth'],
      tell: (_telling, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted += 1
            reject(untold('that', 'was cut off', { code: 'connect', retry: 'now' }))
          })
        }),
    }
    const one = stage({ isBrief: true, others: [hearing], tell: () => never })
    tell(one, pairs(6))
    const settled = one.notifier.settled(1000)
    await one.clock.pass(999)
    assert.equal(aborted, 0)
    await one.clock.pass(1)
    await one.clock.pass(2000)
    await settled
    assert.equal(aborted, 4)
    const of = 'took too long for this run. It was not told of: p0, p1, p2, p3, p4 and 1 more. given up'
    assert.deepEqual(one.failures.toSorted(), [`Notification failed: it ${of}`, `Notification failed: that ${of}`])
  })

  test('tries again where that can help, and says what failed once, with all pairs', async () => {
    const one = stage({ isBrief: true, failing: 2 })
    tell(one, ['alice'])
    for (const pause of [0, 10, 20]) await one.clock.pass(pause)
    await one.notifier.settled(1000)
    assert.deepEqual([one.told.length, one.failures], [1, []])
    const two = stage({ isBrief: true, failing: 99 })
    tell(two, ['alice', 'bob'])
    for (const pause of [0, 10, 20]) await two.clock.pass(pause)
    await two.notifier.settled(1000)
    assert.deepEqual(two.failures, ['Notification failed: it was away. It was not told of: alice, bob. given up'])
  })
})
