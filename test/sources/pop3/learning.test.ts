// What is learned about a server: how far its sizes can be believed, and how deep its pipeline may be.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SizeModel } from '../../../src/sources/pop3/size-model.ts'
import { PipelineWindow } from '../../../src/sources/pop3/window.ts'
import { TestHabits } from './rig.ts'

function observing(pairs: readonly (readonly [listed: number, received: number])[], habits = new TestHabits()) {
  const model = new SizeModel(habits)
  for (const [listed, received] of pairs) model.observe(listed, received)
  return { trusted: model.isTrusted, distrusted: model.isDistrusted, habit: habits.get('sizes') }
}

describe('sizes', () => {
  test('nothing is known at first', () => {
    assert.deepEqual(observing([]), { trusted: false, distrusted: false, habit: undefined })
  })

  test('exact ones, and those that an added CRLF explains, are trusted', () => {
    assert.deepEqual(observing([[10, 10]]), { trusted: true, distrusted: false, habit: undefined })
    assert.deepEqual(observing([[10, 12]]), { trusted: true, distrusted: false, habit: undefined })
  })

  test('one exception among right ones does not end the trust, a majority does', () => {
    assert.equal(
      observing([
        [10, 10],
        [20, 5],
      ]).trusted,
      true,
    )
    assert.deepEqual(
      observing([
        [10, 10],
        [20, 5],
        [30, 99],
      ]),
      { trusted: false, distrusted: true, habit: undefined },
    )
  })

  test('are remembered once there are enough of them, and forgotten when the server has changed', () => {
    const exact = Array.from({ length: 16 }, () => [10, 10] as const)
    assert.equal(observing(exact.slice(1)).habit, undefined)
    const habits = new TestHabits()
    assert.equal(observing(exact, habits).habit, 'exact')
    assert.equal(observing([], habits).trusted, true)
    const wrong = Array.from({ length: 17 }, () => [10, 99] as const)
    assert.equal(observing(wrong, habits).habit, 'unreliable')
    assert.deepEqual(observing([], habits), { trusted: false, distrusted: true, habit: 'unreliable' })
  })
})

describe('the window', () => {
  test('starts at 16, grows with every answer, ends at 256', () => {
    const window = new PipelineWindow(new TestHabits())
    assert.deepEqual([window.depth, window.stretch, window.isClosed], [16, 32, false])
    for (let count = 0; count < 500; count += 1) window.answered()
    assert.equal(window.depth, 256)
  })

  test('halves its limit with every lost connection, down to 4, and seals more often', () => {
    const window = new PipelineWindow(new TestHabits())
    const seen: number[][] = []
    for (let round = 0; round < 7; round += 1) {
      for (let count = 0; count < 500; count += 1) window.answered()
      seen.push([window.depth, window.stretch])
      window.lost()
      assert.equal(window.depth, 4)
    }
    assert.deepEqual(seen, [
      [256, 32],
      [128, 32],
      [64, 16],
      [32, 8],
      [16, 4],
      [8, 4],
      [4, 4],
    ])
  })

  test('lets more octets be unanswered where that has gone well, and remembers where it has not', () => {
    const habits = new TestHabits()
    const window = new PipelineWindow(habits)
    const after = (replies: number) => {
      for (let count = 0; count < replies; count += 1) window.answered()
      return window.outstanding
    }
    assert.deepEqual([after(255), after(1), after(256), after(512)], [1000, 2000, 4000, 4000])
    window.lost()
    assert.deepEqual([window.outstanding, after(1000), habits.get('outstanding')], [1000, 1000, '1000'])
    const other = new PipelineWindow(new TestHabits())
    other.lost()
    for (let count = 0; count < 256; count += 1) other.answered()
    assert.equal(other.outstanding, 2000, 'a loss below that says nothing about it')
  })

  test('closed, it is one for good', () => {
    const window = new PipelineWindow(new TestHabits())
    window.close()
    window.answered()
    window.lost()
    assert.deepEqual([window.depth, window.isClosed], [1, true])
  })
})
