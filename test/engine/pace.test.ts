// How fast mail may be moved: never faster than allowed on the clock it is given, nothing too large, nobody overtaken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pair } from '../../src/core/pair.ts'
import type { Clock } from '../../src/core/ports.ts'
import { providers } from '../../src/core/providers.ts'
import { Paces } from '../../src/engine/pace.ts'
import { mail, policy } from '../core/rows.ts'
import { withWorld } from '../scenarios/world.ts'
import { heldClock } from './held-clock.ts'

const never = new AbortController().signal

function pairOf(changes: Partial<Pair> = {}): Pair {
  const hosts = { sourceHost: 'pop.example', destinationHost: 'imap.example' }
  const ends = { sourceProvider: providers.none, destinationProvider: providers.none }
  return { name: 'pair', ...hosts, ...ends, policy: policy(), ...changes }
}

/** A clock on which every wait is over at once, and has taken its time. */
function leapingClock(onSleep: (now: number) => void = () => {}): Clock {
  let time = 0
  return {
    ...heldClock(),
    monotonic: () => time,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted()
      onSleep(time)
      time += milliseconds
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
    },
  }
}

test("a second's worth passes at once, the rest at the rate, in order of asking", async () => {
  const clock = heldClock()
  const { fetch } = new Paces({ bytesPerSecond: 1000 }, clock).of(pairOf())
  assert.ok(fetch.tryPass(600, 1))
  assert.ok(fetch.tryPass(600, 1), 'nothing was owed yet')
  assert.ok(!fetch.tryPass(1, 1), '200 are owed')
  const passed: string[] = []
  const first = fetch.pass(500, 1, never).then(() => passed.push('first'))
  const second = fetch.pass(1, 1, never).then(() => passed.push('second'))
  await clock.pass(199)
  assert.deepEqual(passed, [])
  await clock.pass(1)
  assert.deepEqual(passed, ['first'])
  await clock.pass(499)
  assert.deepEqual(passed, ['first'])
  await clock.pass(1)
  await Promise.all([first, second])
  assert.deepEqual(passed, ['first', 'second'])
})

test('a message larger than a second is worth passes alone, and those behind it wait until it is paid', async () => {
  const clock = heldClock()
  const { append } = new Paces({ bytesPerSecond: 1000 }, clock).of(pairOf())
  assert.ok(append.tryPass(50_000, 1))
  await clock.pass(48_999)
  assert.ok(!append.tryPass(1, 1))
  await clock.pass(1)
  assert.ok(append.tryPass(1, 1))
})

test('whoever gives up waiting owes nothing', async () => {
  const clock = heldClock()
  const { fetch } = new Paces({ messagesPerSecond: 1 }, clock).of(pairOf())
  assert.ok(fetch.tryPass(1, 2))
  const stop = new AbortController()
  const waiting = fetch.pass(1, 100, stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(waiting, /stopped/)
  await clock.pass(1000)
  assert.ok(fetch.tryPass(1, 1))
})

test('pairs of a host share its pace, the two directions do not, and a pair may have less', async () => {
  const paces = new Paces({ messagesPerSecond: 2 }, heldClock())
  const [one, two, other] = ['POP.example', 'pop.example', 'pop.other'].map((sourceHost) =>
    paces.of(pairOf({ sourceHost })),
  )
  assert.ok(one?.fetch.tryPass(1, 3))
  assert.ok(!two?.fetch.tryPass(1, 1))
  assert.ok(other?.fetch.tryPass(1, 1))
  assert.ok(two?.append.tryPass(1, 1))
  const slow = paces.of(pairOf({ sourceHost: 'pop.third', sourceRates: { messagesPerSecond: 0.5 } })).fetch
  assert.ok(slow.tryPass(1, 1))
  assert.ok(!slow.tryPass(1, 1), 'its own is used up, not that of the host')
  assert.ok(paces.of(pairOf({ sourceHost: 'pop.third' })).fetch.tryPass(1, 1))
})

test('batches are no larger than what passes in a second', () => {
  const destinationRates = { bytesPerSecond: 100_000, messagesPerSecond: 2.5 }
  const { append } = new Paces({ bytesPerSecond: 4_000_000 }, heldClock()).of(pairOf({ destinationRates }))
  assert.deepEqual(append.batches({ count: 50, bytes: 4_194_304 }), { count: 2, bytes: 100_000 })
  const free = new Paces({}, heldClock()).of(pairOf()).append
  assert.deepEqual(free.batches({ count: 50, bytes: 4_194_304 }), { count: 50, bytes: 4_194_304 })
})

test('a source is asked for no more messages than may pass', () =>
  withWorld({ messages: Array.from({ length: 40 }, (_, number) => mail(number)) }, async (world) => {
    const looks: [milliseconds: number, retrieved: number][] = []
    const clock = leapingClock((now) => looks.push([now, world.pop3.count('RETR')]))
    const summary = await world.run({ clock, rates: { sourceRates: { messagesPerSecond: 5 } } })
    assert.equal(summary.tally.copied.count, 40)
    looks.push([clock.monotonic(), world.pop3.count('RETR')])
    for (const [milliseconds, retrieved] of looks) {
      // A second's worth, and the one that brought it into debt.
      assert.ok(retrieved <= 6 + (5 * milliseconds) / 1000, `${retrieved} after ${milliseconds} ms`)
    }
  }))

test('a destination gets no more octets than may pass', () =>
  withWorld({ messages: Array.from({ length: 40 }, (_, number) => mail(number, 'x'.repeat(900))) }, async (world) => {
    const clock = leapingClock()
    const summary = await world.run({ clock, rates: { destinationRates: { bytesPerSecond: 4000 } } })
    assert.equal(summary.tally.copied.count, 40)
    assert.deepEqual(world.stored(), world.source())
    // A second's worth, and the batch that brought it into debt.
    const least = ((summary.bytesAppended - 8000) / 4000) * 1000
    assert.ok(least > 1000 && clock.monotonic() >= least, `${clock.monotonic()} ms for ${summary.bytesAppended} octets`)
  }))
