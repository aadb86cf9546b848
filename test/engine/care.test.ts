// Messages that runs die of are counted by name, whatever a name is made of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Care } from '../../src/engine/care.ts'
import { listed } from '../core/rows.ts'

for (const name of ['u1', 'a b', ' ', undefined]) {
  test(`a message called ${JSON.stringify(name)} is begun three times, and once more after another one`, () => {
    const habits = new Map<string, string>()
    const care = new Care({
      habit: (of) => habits.get(of),
      setHabit: (of, value) => habits.set(of, value),
      isStuck: true,
    })
    const one = listed(1, name, 10)
    assert.deepEqual(
      [1, 2, 3, 4].map(() => care.begin(one)),
      [true, true, true, false],
    )
    assert.equal(care.begin(listed(2, 'other', 10)), true)
    assert.equal(care.begin(one), true)
  })
}
