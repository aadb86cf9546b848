// Room in the order of asking, and what becomes of those who stop waiting.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { Budget } from '../../src/spool/budget.ts'

const never = new AbortController().signal

/** Asks for room and writes the name down when it is there. */
function ask(budget: Budget, octets: number, name: string, log: string[], signal = never): Promise<void> {
  return budget.take(octets, signal).then(
    () => void log.push(name),
    (reason: unknown) => void log.push(`${name}: ${reason}`),
  )
}

test('room is given while there is some, and to anything while nothing is held', () => {
  const budget = new Budget(10)
  assert.equal(budget.tryTake(11), true)
  assert.equal(budget.tryTake(0), false)
  budget.free(11)
  assert.equal(budget.tryTake(4), true)
  assert.equal(budget.tryTake(6), true)
  assert.equal(budget.tryTake(1), false)
  assert.equal(budget.held, 10)
})

test('who waits is admitted in order, and nobody overtakes', async () => {
  const budget = new Budget(10)
  const log: string[] = []
  budget.tryTake(8)
  const all = [ask(budget, 5, 'a', log), ask(budget, 1, 'b', log), ask(budget, 20, 'c', log), ask(budget, 1, 'd', log)]
  assert.equal(budget.tryTake(1), false, 'it would fit, but others wait')
  await setImmediate()
  assert.deepEqual(log, [])
  budget.free(8)
  await setImmediate()
  assert.deepEqual(log, ['a', 'b'])
  budget.free(6)
  await setImmediate()
  assert.deepEqual(log, ['a', 'b', 'c'])
  assert.equal(budget.held, 20)
  budget.free(20)
  await Promise.all(all)
  assert.deepEqual(log, ['a', 'b', 'c', 'd'])
})

test('an overdrawn budget lets nobody in until it is in order again', async () => {
  const budget = new Budget(10)
  const log: string[] = []
  budget.tryTake(5)
  budget.overdraw(10)
  const waiting = ask(budget, 1, 'a', log)
  budget.free(5)
  await setImmediate()
  assert.deepEqual(log, [])
  budget.free(1)
  await waiting
  assert.equal(budget.held, 10)
})

test('an aborted signal rejects with its reason, before and while waiting', async () => {
  const budget = new Budget(10)
  const log: string[] = []
  await assert.rejects(budget.take(1, AbortSignal.abort('too late')), (reason) => reason === 'too late')
  assert.equal(budget.held, 0)
  budget.tryTake(8)
  const controller = new AbortController()
  const all = [ask(budget, 5, 'a', log, controller.signal), ask(budget, 2, 'b', log)]
  controller.abort('enough')
  await Promise.all(all)
  assert.deepEqual(log.toSorted(), ['a: enough', 'b'], 'the one behind it fits')
  assert.equal(budget.held, 10)
})

test('a signal aborted right after admission takes nothing from anybody', async () => {
  const budget = new Budget(10)
  const log: string[] = []
  budget.tryTake(10)
  const controller = new AbortController()
  const all = [ask(budget, 10, 'a', log, controller.signal), ask(budget, 10, 'b', log)]
  budget.free(10)
  controller.abort('enough')
  await setImmediate()
  assert.deepEqual(log, ['a'])
  budget.free(10)
  await Promise.all(all)
  assert.deepEqual(log, ['a', 'b'])
})

test('whatever is asked for is admitted in the end, in order, and never beyond the limit together', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      const budget = new Budget(10)
      const admitted: number[] = []
      await Promise.all(
        all.map(async (octets, index) => {
          await budget.take(octets, never)
          admitted.push(index)
          assert.ok(budget.held <= 10 || budget.held === octets)
          await setImmediate()
          budget.free(octets)
        }),
      )
      assert.deepEqual(admitted, [...all.keys()])
      assert.equal(budget.held, 0)
    }),
  )
})
