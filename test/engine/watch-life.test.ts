// A watch over a long life: cron and changed clocks, other configurations, the end; and that it keeps nothing it should not.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { longestJitter, type Schedule } from '../../src/core/schedule.ts'
import { day, every, failing, hour, minute, pairOf, Stage, second } from './watch-stage.ts'

// Before anything asks for a local time.
process.env.TZ = 'Europe/Berlin'

function cron(expression: string): Schedule {
  return { kind: 'cron', expression }
}

describe('cron', () => {
  test('passes come when the expression says so, through both changes of the clocks, and at no other time', async () => {
    const start = Date.parse('2026-03-01T00:00:00Z')
    const stage = new Stage([pairOf('alice', cron('30 2 * * *'))], undefined, { start })
    await stage.clock.leap(275 * day)
    await stage.end()
    const jitters = stage.startsOf('alice').map((at) => {
      const { length } = stage.played
      const local = new Date(start + at)
      const isLeftOut = local.toISOString().startsWith('2026-03-29')
      assert.equal(
        `${local.getHours()}:${local.getMinutes()}`,
        isLeftOut ? '3:0' : '2:30',
        `${local.toISOString()} ${length}`,
      )
      return local.getSeconds() * second
    })
    assert.equal(jitters.length, 275)
    assert.ok(Math.max(...jitters) <= longestJitter)
  })

  test('a wall clock put forward starts what was missed, once; one put back keeps nobody waiting', async () => {
    const stage = new Stage([pairOf('alice', cron('0 * * * *'))], undefined, { heartbeat: minute })
    await stage.clock.leap(90 * minute)
    assert.equal(stage.played.length, 1)
    stage.clock.setWall(5 * hour)
    await stage.clock.leap(2 * minute)
    assert.equal(stage.played.length, 2)
    stage.clock.setWall(-5 * day)
    await stage.clock.leap(2 * hour)
    assert.ok(stage.played.length >= 3 && stage.played.length <= 4, `${stage.played.length}`)
    await stage.end()
  })
})

describe('another configuration', () => {
  test('pairs come, go and change while others are at work', async () => {
    const lasts = 20 * minute
    const before = [
      pairOf('stays', every(5 * minute)),
      pairOf('goes', every(5 * minute)),
      pairOf('changes', every(day)),
    ]
    const stage = new Stage(before, ({ name }) => ({ lasts: name === 'changes' ? second : lasts }))
    await stage.clock.leap(minute)
    const after = [
      pairOf('stays', every(5 * minute)),
      pairOf('changes', every(2 * minute)),
      pairOf('comes', every(hour)),
    ]
    stage.watch.reload(stage.assignment(after))
    await stage.clock.leap(10 * minute)
    assert.deepEqual(
      stage.watch.view().pairs.map(({ name, phase }) => [name, phase]),
      [
        ['stays', 'working'],
        ['changes', 'waiting'],
        ['comes', 'working'],
      ],
    )
    assert.ok(stage.startsOf('changes').length >= 5)
    assert.equal(stage.startsOf('stays').length, 1)
    await stage.clock.leap(5 * hour)
    assert.equal(stage.startsOf('goes').length, 1)
    await stage.end()
  })

  test('a pair that is at work when its schedule changes misses no time of the new one', async () => {
    const start = Date.parse('2026-05-01T00:00:00Z')
    const script = (_pair: unknown, { start: at }: { start: number }) => ({ lasts: at < minute ? hour : second })
    const stage = new Stage([pairOf('alice', every(day))], script, { start })
    await stage.clock.leap(minute)
    stage.watch.reload(stage.assignment([pairOf('alice', cron('0 * * * *'))]))
    await stage.clock.leap(4 * hour)
    assert.deepEqual(
      stage.startsOf('alice').map((at) => Math.floor(at / hour)),
      [0, 1, 2, 3, 4],
    )
    await stage.end()
  })

  test('a pair that goes and comes back while it is at work is not started beside itself', async () => {
    const pairs = [pairOf('alice', every(minute)), pairOf('bob', every(minute))]
    const stage = new Stage(pairs, () => ({ lasts: 30 * minute }))
    await stage.clock.leap(minute)
    stage.watch.reload(stage.assignment(pairs.slice(1)))
    await stage.clock.leap(minute)
    stage.watch.reload(stage.assignment(pairs))
    await stage.clock.leap(20 * minute)
    assert.equal(stage.startsOf('alice').length, 1)
    await stage.clock.leap(2 * hour)
    assert.ok(stage.startsOf('alice').length >= 3)
    assert.equal(stage.most, 2)
    await stage.end()
  })

  test('what fails is tried again at once, and logs in although it was refused; what is well keeps its time', async () => {
    let isMended = false
    const stage = new Stage([pairOf('bad', every(5 * minute)), pairOf('good', every(hour))], ({ name }) => {
      return name === 'bad' && !isMended ? { error: failing('auth') } : {}
    })
    await stage.clock.leap(2 * day)
    const tried = stage.startsOf('bad').length
    const wasGood = stage.startsOf('good').length
    isMended = true
    stage.watch.reload(stage.assignment([pairOf('bad', every(5 * minute)), pairOf('good', every(hour))]))
    await stage.clock.leap(10 * second)
    assert.equal(stage.startsOf('bad').length, tried + 1)
    assert.equal(stage.played.findLast(({ pair }) => pair === 'bad')?.now, true)
    assert.ok(stage.startsOf('good').length <= wasGood + 1)
    assert.deepEqual(stage.notices.at(-1)?.kind, 'recovered')
    await stage.end()
  })
})

test('a pass that began before the configuration was mended and fails is followed by another at once', async () => {
  const stage = new Stage([pairOf('alice', every(5 * minute))], (_pair, { start }) => {
    return start < minute ? { lasts: 10 * minute, error: failing('auth') } : {}
  })
  await stage.clock.leap(5 * minute)
  stage.watch.reload(stage.assignment([pairOf('alice', every(5 * minute))]))
  await stage.clock.leap(5 * minute + 10 * second)
  assert.equal(stage.played.length, 2)
  assert.deepEqual([stage.played[1]?.now, stage.pair('alice').failure], [true, undefined])
  await stage.end()
})

describe('the end', () => {
  test('nothing new is started, what is in flight is finished, and nothing sleeps on', async () => {
    const stage = new Stage([pairOf('alice', every(minute)), pairOf('bob', every(hour))], () => ({
      lasts: 10 * minute,
    }))
    await stage.clock.leap(5 * minute)
    stage.stop.abort()
    await stage.clock.leap(minute)
    assert.equal(stage.watch.view().isDraining, true)
    assert.equal(stage.atWork, 2)
    await stage.end()
    assert.deepEqual([stage.played.length, stage.clock.sleepers], [2, 0])
    assert.deepEqual([stage.pair('alice').failure, stage.notices], [undefined, []])
  })

  test('killed, it does not wait for what is in flight', async () => {
    const stage = new Stage([pairOf('alice', every(minute))], () => ({ lasts: day }))
    await stage.clock.leap(5 * minute)
    stage.stop.abort()
    stage.kill.abort()
    await stage.watch.ended
    assert.equal(stage.atWork, 0)
  })

  test('it looks around even when nothing is due, so that a watchdog can be told, until the last pass has ended', async () => {
    const stage = new Stage([pairOf('alice', every(day))], () => ({ lasts: 2 * hour }), { heartbeat: minute })
    await stage.clock.leap(hour)
    assert.ok(stage.turns >= 60, `${stage.turns}`)
    stage.stop.abort()
    const before = stage.turns
    await stage.clock.leap(30 * minute)
    assert.ok(stage.turns >= before + 29)
    await stage.end()
  })
})

test('--now: every pair at once, whatever its schedule says, then as it says', async () => {
  const stage = new Stage([pairOf('alice', cron('0 3 * * *')), pairOf('bob', every(day))], undefined, { now: true })
  await stage.clock.leap(second)
  assert.deepEqual(
    stage.played.map(({ pair, now }) => [pair, now]),
    [
      ['alice', true],
      ['bob', true],
    ],
  )
  await stage.clock.leap(day)
  assert.equal(stage.startsOf('alice').length, 2)
  await stage.end()
})

test('ten thousand passes leave nothing behind', async () => {
  setFlagsFromString('--expose-gc')
  const gc: () => void = runInNewContext('gc')
  const codes = ['connect', 'auth', 'in-use'] as const
  const pairs = Array.from({ length: 50 }, (_, at) => pairOf(`p${at}`, every(minute), `host${at % 5}`))
  const stage = new Stage(pairs, ({ name }, { start }) => {
    const isBad = name === 'p7' && start % hour < 30 * minute
    return isBad ? { error: failing(codes[Math.floor(start / hour) % 3] ?? 'auth') } : { copied: 1 }
  })
  stage.isKeeping = false
  const heap = async (passes: number) => {
    while (stage.passes < passes) await stage.clock.leap(minute)
    stage.notices.length = 0
    gc()
    return process.memoryUsage().heapUsed
  }
  const early = await heap(2000)
  const late = await heap(12_000)
  assert.ok(late - early < 2_000_000, `${early} octets after 2,000 passes, ${late} after 12,000`)
  assert.equal(stage.clock.sleepers, stage.atWork + 1)
  await stage.end()
})

test('ten thousand real passes over a real ledger leave the memory of the process as it was', {
  timeout: 600_000,
}, async (context) => {
  const script = join(import.meta.dirname, 'watch-memory.ts')
  // Where there is room, V8 takes it before it looks for what is free: this is about what is left, so it gets little.
  const flags = ['--expose-gc', '--max-semi-space-size=4', '--max-old-space-size=64']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, '3000', '13000'])
  const { early, late, passes } = JSON.parse(stdout)
  const megabytes = (octets: number) => Math.round(octets / 1e6)
  context.diagnostic(`${megabytes(early)} MB after 3,000 passes, ${megabytes(late)} MB after ${passes}`)
  // A hundred octets kept by each part of each pass would be seen; what the allocator holds in reserve moves by less.
  assert.ok(late - early < 12_000_000, stdout)
})

test('a run by hand that got through ends the wait of a pair that fails, once, and nobody is asked while nobody waits', async () => {
  let asked = 0
  let byHand = 0
  let isRight = false
  const stage = new Stage(
    [pairOf('alice', every(5 * minute)), pairOf('bob', every(5 * minute))],
    ({ name }) => (name === 'alice' && !isRight ? { error: failing('auth') } : {}),
    {
      gotThrough: (names) => {
        asked += 1
        assert.deepEqual(names, ['alice'])
        return new Map(byHand > 0 ? [['alice', byHand]] : [])
      },
    },
  )
  await stage.clock.leap(day)
  const before = stage.startsOf('alice').length
  assert.ok(asked <= 24 * 60 * 6 + 10, `${asked} looks in a day`)
  // Somebody else's run got through, but this watch is refused again: it tried at once, and not over and over.
  byHand = stage.clock.now()
  await stage.clock.leap(minute)
  assert.equal(stage.startsOf('alice').length, before + 1)
  assert.equal(stage.played.at(-1)?.now, false, 'whether to log in is for the ledger to say')
  await stage.clock.leap(10 * minute)
  assert.equal(stage.startsOf('alice').length, before + 1)
  // The same from a clock that is a day ahead.
  byHand = stage.clock.now() + day
  await stage.clock.leap(10 * minute)
  assert.equal(stage.startsOf('alice').length, before + 2)
  isRight = true
  byHand = stage.clock.now()
  await stage.clock.leap(minute)
  assert.equal(stage.pair('alice').failure, undefined)
  const sofar = asked
  await stage.clock.leap(day)
  assert.equal(asked, sofar)
  await stage.end()
})
