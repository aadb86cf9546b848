// Scheduled passes on a leaping clock: when they come, that they never pile up, and what failures do to them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { budgetUsedUp } from '../../src/core/daily-budget.ts'
import { longestJitter } from '../../src/core/schedule.ts'
import { healthOf } from '../../src/http/health.ts'
import { day, every, failing, hour, minute, pairOf, Stage, second } from './watch-stage.ts'

test('a month of passes every five minutes: each within the jitter of its grid, no drift, none missing', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute)), pairOf('bob', every(7 * minute))])
  await stage.clock.leap(30 * day)
  await stage.end()
  for (const [name, interval] of [
    ['alice', 5 * minute],
    ['bob', 7 * minute],
  ] as const) {
    const starts = stage.startsOf(name)
    const first = starts[0] ?? Number.NaN
    assert.ok(first < second, `the first pass comes soon: ${first}`)
    assert.equal(starts.length, Math.floor((30 * day - first) / interval) + 1)
    const offsets = starts.map((start, at) => start - first - at * interval)
    const jitter = Math.min(interval / 10, longestJitter)
    assert.ok(Math.max(...offsets) <= jitter && Math.min(...offsets) >= 0, `${Math.max(...offsets)}`)
    assert.ok(Math.max(...offsets) > jitter / 2, 'they are spread')
  }
})

test('a pair of a thousand waits for its turn but not for long, and they do not all come at once', async () => {
  const pairs = Array.from({ length: 1000 }, (_, at) => pairOf(`p${at}`, every(10 * minute), `host${at % 100}`))
  const stage = new Stage(pairs, () => ({ lasts: second }), { limits: { pairs: 16, perHost: 2 } })
  await stage.clock.leap(10 * minute)
  assert.equal(new Set(stage.played.map(({ pair }) => pair)).size, 1000)
  const perSecond = new Map<number, number>()
  for (const { start } of stage.played.slice(0, 1000)) {
    perSecond.set(Math.floor(start / second), (perSecond.get(Math.floor(start / second)) ?? 0) + 1)
  }
  assert.ok(Math.max(...perSecond.values()) < 40, `${Math.max(...perSecond.values())} in one second`)
  assert.ok(stage.most <= 16)
  await stage.end()
})

test('limits hold over scheduled passes, overall and per host, and a slow host keeps no other waiting', async () => {
  const slow = Array.from({ length: 6 }, (_, at) => pairOf(`slow${at}`, every(minute), 'slow.example'))
  const quick = Array.from({ length: 3 }, (_, at) => pairOf(`quick${at}`, every(minute)))
  const atHost = { now: 0, most: 0 }
  const stage = new Stage(
    [...slow, ...quick],
    ({ sourceHost }) => ({ lasts: sourceHost === 'slow.example' ? hour : second }),
    { limits: { pairs: 4, perHost: 2 } },
  )
  for (let step = 0; step < 120; step += 1) {
    await stage.clock.leap(minute / 2)
    atHost.now = stage.watch
      .view()
      .pairs.filter((pair) => pair.phase === 'working' && pair.sourceHost === 'slow.example').length
    atHost.most = Math.max(atHost.most, atHost.now)
  }
  assert.ok(stage.most <= 4 && atHost.most === 2, `${stage.most} ${atHost.most}`)
  for (const { name } of quick) assert.ok(stage.startsOf(name).length >= 58, `${name}: ${stage.startsOf(name).length}`)
  assert.ok(stage.watch.view().queued >= 4)
  await stage.end()
})

test('a pass that overruns is never started twice; the starts it missed become one', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], (_pair, { start }) => {
    return { lasts: start < minute ? 23 * minute : second }
  })
  await stage.clock.leap(33 * minute)
  await stage.end()
  assert.equal(stage.most, 1)
  const starts = stage.startsOf('alice').map((start) => Math.floor(start / minute))
  assert.deepEqual(starts, [0, 23, 30])
})

test('a server’s LOGIN-DELAY is kept, is no failure, and moves the grid of nobody', async () => {
  const delay = 12 * minute
  let last = Number.NEGATIVE_INFINITY
  const logins: number[] = []
  const stage = new Stage([pairOf('alice', every(5 * minute))], (_pair, { start }) => {
    const rest = delay - (start - last)
    if (rest > 0) return { lasts: 1, error: failing('login-delayed', rest) }
    last = start
    logins.push(start)
    return {}
  })
  await stage.clock.leap(day)
  await stage.end()
  const gaps = logins.slice(1).map((at, index) => at - (logins[index] ?? 0))
  assert.ok(Math.min(...gaps) >= delay, `${Math.min(...gaps)}`)
  assert.ok(Math.max(...gaps) < delay + 5 * minute + 2 * longestJitter, `${Math.max(...gaps)}`)
  assert.deepEqual([stage.notices, stage.pair('alice').failure], [[], undefined])
})

test('a removal that nobody has confirmed is something to do, and no failure: mail gets through', async () => {
  let isConfirmed = false
  const stage = new Stage([pairOf('alice', every(5 * minute))], () =>
    isConfirmed ? {} : { error: failing('unconfirmed') },
  )
  await stage.clock.leap(hour)
  const { failure, toDo, lastSuccess, lastFinished } = stage.pair('alice')
  assert.deepEqual([stage.notices, failure, lastSuccess], [[], undefined, lastFinished])
  assert.deepEqual([toDo?.reason, toDo?.times], ['It is unconfirmed.', stage.startsOf('alice').length])
  assert.deepEqual([healthOf(stage.watch.view()).status, stage.startsOf('alice').length > 10], [200, true])
  isConfirmed = true
  await stage.clock.leap(10 * minute)
  assert.equal(stage.pair('alice').toDo, undefined)
  await stage.end()
})

test('a pair that gets no turn has been due for as long as that, and is not well', async () => {
  const pairs = [pairOf('slow', every(5 * minute), 'same'), pairOf('starved', every(5 * minute), 'same')]
  const stage = new Stage(pairs, () => ({ lasts: 2 * hour }), { limits: { pairs: 1, perHost: 1 } })
  await stage.clock.leap(hour)
  const { now, pairs: seen } = stage.watch.view()
  const starved = seen.find(({ phase }) => phase === 'waiting')
  assert.ok(now - (starved?.next ?? now) > 50 * minute, `${starved?.next} ${now}`)
  assert.deepEqual(healthOf(stage.watch.view()).status, 503)
  await stage.end()
})

const budget = { name: 'destination x', end: 'destination', host: 'imap.example', limit: 5e8 } as const

test('a daily budget that is used up is no failure: the pair waits until it goes on', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], () => ({
    copied: 3,
    error: budgetUsedUp(budget, stage.clock.now()),
  }))
  await stage.clock.leap(4 * day)
  await stage.end()
  const days = stage.startsOf('alice').map((start) => Math.floor((stage.clock.now() - 4 * day + start) / day))
  assert.equal(new Set(days).size, days.length, 'once a day')
  assert.ok(days.length >= 4)
  const { failure, lastSuccess, lastFinished } = stage.pair('alice')
  assert.deepEqual([stage.notices, failure, lastSuccess], [[], undefined, lastFinished])
})

test('a budget that others have used up says nothing of a pair: what failed goes on to fail, what is well rests', async () => {
  const stage = new Stage([pairOf('well', every(5 * minute)), pairOf('failing', every(5 * minute))], ({ name }, at) => {
    const isFirst = stage.startsOf(name).length === 1
    if (name === 'failing' && at.start < hour) return { error: failing('connect') }
    return isFirst ? {} : { error: budgetUsedUp(budget, stage.clock.now()) }
  })
  await stage.clock.leap(10 * hour)
  const [well, broken] = [stage.pair('well'), stage.pair('failing')]
  assert.deepEqual([well.failure, broken.failure?.code], [undefined, 'connect'])
  assert.equal(healthOf({ ...stage.watch.view(), pairs: [well] }).status, 200)
  assert.deepEqual([stage.notices.map(({ kind }) => kind), stage.disagreements], [['failing'], []])
  await stage.end()
})

test('a pair that was failing is through again with a pass that moved mail until the day’s budget ended it', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], (_pair, { start }) =>
    start < hour ? { error: failing('dns') } : { copied: 5, error: budgetUsedUp(budget, stage.clock.now()) },
  )
  await stage.clock.leap(10 * hour)
  assert.deepEqual(
    stage.notices.map(({ kind }) => kind),
    ['failing', 'recovered'],
  )
  const { failure, lastSuccess, lastFinished } = stage.pair('alice')
  assert.deepEqual([failure, lastSuccess, stage.disagreements], [undefined, lastFinished, []])
  await stage.end()
})

test('a keyring that was busy or a command that failed is no refused login: told after some passes, tried again soon', async () => {
  const stage = new Stage([pairOf('alice', every(minute))], () => ({ error: failing('secret', undefined, 'later') }))
  await stage.clock.leap(3 * hour)
  assert.deepEqual(
    stage.notices.map(({ kind, times }) => [kind, times]),
    [['failing', 3]],
  )
  assert.equal(stage.pair('alice').failure?.needsSomebody, false)
  assert.deepEqual(stage.disagreements, [])
  await stage.end()
})

test('failures wait longer each time, by class: auth longest, then locks, network, throttling; others go on', async () => {
  const codes = ['auth', 'in-use', 'connect', 'throttled'] as const
  const stage = new Stage(
    [...codes.map((code) => pairOf(code, every(minute))), pairOf('well', every(minute))],
    ({ name }) => {
      const code = codes.find((one) => one === name)
      return code === undefined ? {} : { error: failing(code) }
    },
  )
  await stage.clock.leap(3 * day)
  await stage.end()
  const counts = codes.map((code) => stage.startsOf(code).length)
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  )
  assert.ok((counts[0] ?? 0) <= 12, `${counts[0]} refused logins in three days`)
  const gaps = codes.map((code) => {
    const starts = stage.startsOf(code)
    return Math.max(...starts.slice(1).map((start, at) => start - (starts[at] ?? 0)))
  })
  assert.ok(
    gaps.every((gap, at) => at === 0 || gap < (gaps[at - 1] ?? 0)),
    `${gaps}`,
  )
  assert.equal(stage.startsOf('well').length, 3 * 24 * 60)
  assert.equal(stage.pair('auth').failure?.times, counts[0])
})

test('a pair whose sign-in is missing is looked at every hour at least: once somebody signs in, mail moves soon', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], () => ({
    error: failing('secret', undefined, 'never'),
  }))
  await stage.clock.leap(2 * day)
  await stage.end()
  const starts = stage.startsOf('alice')
  assert.ok(starts.length >= 46 && starts.length <= 110, `${starts.length}`)
  const gaps = starts.slice(1).map((start, at) => start - (starts[at] ?? 0))
  assert.ok(Math.max(...gaps) <= hour + 5 * minute + longestJitter, `${Math.max(...gaps)}`)
})

test('what is throttled waits until it is free, however long that is', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], (_pair, { start }) => {
    return start < minute ? { error: failing('throttled', 20 * hour) } : {}
  })
  await stage.clock.leap(day)
  await stage.end()
  const [, second_ = 0, third = 0] = stage.startsOf('alice')
  assert.ok(second_ >= 20 * hour && second_ <= 20 * hour + longestJitter + 5 * minute, `${second_}`)
  assert.ok(third - second_ <= 5 * minute + longestJitter)
})

test('a change of state is told once: not a hiccup, a failure after three passes, a refused login at once', async () => {
  const script = [
    'ok',
    'connect',
    'ok',
    'connect',
    'dns',
    'connect',
    'connect',
    'auth',
    'auth',
    'connect',
    'ok',
    'ok',
    'auth',
  ]
  let at = 0
  const stage = new Stage([pairOf('alice', every(minute))], () => {
    const part = script[at++] ?? 'auth'
    return part === 'ok' ? { copied: 2 } : { error: failing(part as 'connect' | 'dns' | 'auth') }
  })
  await stage.clock.leap(10 * day)
  await stage.end()
  assert.deepEqual(
    stage.notices.map(({ kind, times }) => [kind, times]),
    [
      ['failing', 3],
      ['auth', 4],
      ['recovered', 4],
      ['auth', 1],
    ],
  )
  assert.deepEqual(stage.disagreements, [])
  const { totals, lastSuccess, failure, passes } = stage.pair('alice')
  assert.equal(totals.outcomes.copied, 8)
  assert.equal(totals.bytesAppended, 8000)
  assert.equal(totals.errors.connect, 5)
  assert.equal(passes, stage.played.length)
  assert.ok(lastSuccess !== undefined && failure !== undefined && failure.since > lastSuccess)
})

test('a pass that crashes has failed like any other, and nobody else notices', async () => {
  const stage = new Stage([pairOf('bad', every(minute)), pairOf('good', every(minute))], ({ name }) => {
    if (name === 'bad') throw new Error('thrown in the middle')
    return {}
  })
  await stage.clock.leap(hour)
  await stage.end()
  assert.equal(stage.pair('bad').failure?.code, 'internal')
  assert.equal(stage.startsOf('good').length, 60)
})

test('adaptive: a minute apart while mail comes, half an hour when none has come for long', async () => {
  const isBusy = (at: number) => at >= 12 * hour && at < 14 * hour
  const stage = new Stage([pairOf('alice', { kind: 'adaptive' })], (_pair, { start }) => ({
    copied: isBusy(start) ? 1 : 0,
  }))
  await stage.clock.leap(day)
  await stage.end()
  const starts = stage.startsOf('alice')
  const gaps = starts.slice(1).map((start, at) => ({ start, gap: start - (starts[at] ?? 0) }))
  const bounds = gaps.map(({ gap }) => gap)
  assert.ok(Math.min(...bounds) >= minute && Math.max(...bounds) <= 30 * minute + longestJitter + second)
  const busy = gaps.filter(({ start }) => start > 12.75 * hour && start < 14 * hour)
  assert.ok(busy.every(({ gap }) => gap < 1.2 * minute) && busy.length > 60, `${busy.length}`)
  const late = gaps.filter(({ start }) => start > 20 * hour)
  assert.ok(
    late.every(({ gap }) => gap >= 29 * minute),
    `${late.map(({ gap }) => gap / minute)}`,
  )
})

test('a pair that another run is working on is left alone for some minutes, and does not fail', async () => {
  const stage = new Stage([pairOf('alice', every(10 * second))], (_pair, { start }) => {
    return start < hour ? { error: failing('locked') } : {}
  })
  await stage.clock.leap(hour)
  const { length } = stage.played
  assert.ok(length >= 10 && length <= 30, `${length} passes in an hour`)
  assert.deepEqual([stage.pair('alice').failure, stage.notices], [undefined, []])
  await stage.clock.leap(hour)
  await stage.end()
  assert.ok(stage.played.length > 300)
})

test('pairs whose servers do not answer take half of the places at most, so that the others come in time', async () => {
  const dead = Array.from({ length: 40 }, (_, at) => pairOf(`dead${at}`, every(5 * minute), `dead${at % 2}.example`))
  const well = Array.from({ length: 4 }, (_, at) => pairOf(`well${at}`, every(minute)))
  const stage = new Stage([...dead, ...well], ({ name }) => {
    return name.startsWith('dead') ? { lasts: 2 * minute, error: failing('timeout') } : { lasts: second }
  })
  await stage.clock.leap(day)
  await stage.end()
  const before = stage.played.filter(({ pair, start }) => pair.startsWith('dead') && start < 2 * hour)
  assert.equal(new Set(before.map(({ pair }) => pair)).size, 40, 'each of them is tried')
  for (const { name } of well) {
    const starts = stage.startsOf(name).filter((start) => start > 2 * hour)
    const gaps = starts.slice(1).map((start, at) => start - (starts[at] ?? 0))
    assert.ok(Math.max(...gaps) < minute + 10 * second, `${name}: ${Math.max(...gaps)}`)
  }
})
