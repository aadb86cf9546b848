// Work over time in a bounded number of steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunningTimeline } from '../../src/engine/timeline.ts'

function timelineAt() {
  let now = 5_000
  const timeline = new RunningTimeline({ monotonic: () => now })
  return {
    timeline,
    at: (milliseconds: number) => {
      now = 5_000 + milliseconds
    },
  }
}

test('nothing done, nothing kept', () => {
  const { timeline } = timelineAt()
  assert.deepEqual(timeline.value().messages, [])
})

test('work falls into its step; the rows are equally long', () => {
  const { timeline, at } = timelineAt()
  timeline.add('bytesFetched', 10)
  at(600)
  timeline.add('messages', 1)
  timeline.add('messages', 1)
  assert.deepEqual(timeline.value(), {
    stepMilliseconds: 250,
    messages: [0, 0, 2],
    bytesFetched: [10, 0, 0],
    bytesAppended: [0, 0, 0],
  })
})

test('steps double when they are used up, and no work is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ after: fc.nat(40_000), amount: fc.nat(1000) }), { maxLength: 300 }), (works) => {
      const { timeline, at } = timelineAt()
      const done: { at: number; amount: number }[] = []
      let now = 0
      for (const { after, amount } of works) {
        now += after
        at(now)
        timeline.add('bytesAppended', amount)
        done.push({ at: now, amount })
      }
      const { stepMilliseconds, bytesAppended } = timeline.value()
      assert.ok(bytesAppended.length <= 120)
      const steps = bytesAppended.map((_, step) =>
        done
          .filter((work) => Math.floor(work.at / stepMilliseconds) === step)
          .reduce((sum, { amount }) => sum + amount, 0),
      )
      assert.deepEqual(bytesAppended, steps)
      assert.ok(now < stepMilliseconds * 120 && (stepMilliseconds === 250 || now >= stepMilliseconds * 60))
    }),
  )
})

test('a clock that goes backwards counts for the first step', () => {
  const { timeline, at } = timelineAt()
  at(-10)
  timeline.add('messages', 1)
  assert.deepEqual(timeline.value().messages, [1])
})
