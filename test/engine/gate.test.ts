// The gate: many share it, one has it alone, who wants it alone is not kept waiting by those who come later.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Gate } from '../../src/engine/gate.ts'

/** A gate, a log of who is inside and who has left, and a way to let each of them go. */
function watched() {
  const gate = new Gate()
  const log: string[] = []
  const inside = new Map<string, PromiseWithResolvers<void>>()
  const enter = (how: 'share' | 'alone', name: string) =>
    gate[how](async () => {
      log.push(name)
      const stay = Promise.withResolvers<void>()
      inside.set(name, stay)
      await stay.promise
    })
  const leave = async (name: string, failure?: Error) => {
    if (failure) inside.get(name)?.reject(failure)
    else inside.get(name)?.resolve()
    await turn()
  }
  return { log, enter, leave }
}

test('many share it; one alone waits for all of them, and everybody else for that one', async () => {
  const { log, enter, leave } = watched()
  const all = [enter('share', 'a'), enter('share', 'b'), enter('alone', 'c'), enter('alone', 'd'), enter('share', 'e')]
  await turn()
  assert.deepEqual(log, ['a', 'b'])
  await leave('a')
  assert.deepEqual(log, ['a', 'b'])
  await leave('b')
  assert.deepEqual(log, ['a', 'b', 'c'])
  await leave('c')
  assert.deepEqual(log, ['a', 'b', 'c', 'd'], 'the next one alone goes before those who share')
  await leave('d')
  assert.deepEqual(log, ['a', 'b', 'c', 'd', 'e'])
  await leave('e')
  await Promise.all(all)
})

test('who fails inside leaves it like anybody else, and says why', async () => {
  for (const how of ['share', 'alone'] as const) {
    const { log, enter, leave } = watched()
    const failing = assert.rejects(enter(how, 'a'), /no/)
    const other = enter('alone', 'b')
    await turn()
    await leave('a', new Error('no'))
    await failing
    assert.deepEqual(log, ['a', 'b'])
    await leave('b')
    await other
    const last = enter('share', 'c')
    await turn()
    assert.deepEqual(log, ['a', 'b', 'c'])
    await leave('c')
    await last
  }
})
