// How a pair stands while the ledger cannot be used, and afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { judgeBooklessRun, judgeRun, throughAt } from '../../src/engine/standing.ts'
import { heldClock } from './held-clock.ts'

const damaged = new MailhaulError({ code: 'ledger', scope: 'run', retry: 'never', message: 'damaged' })

test('a ledger that cannot be used is told once, and its end is told once, and written down', () => {
  const clock = heldClock()
  const standings = new Map<string, string>()
  const habits = new Map<string, string>()
  let writes = 0
  const book = {
    habit: (name: string) => habits.get(name),
    setHabit: (name: string, value: string) => {
      writes += 1
      habits.set(name, value)
    },
  }
  const kinds = [1, 2, 3, 4].map(() => judgeBooklessRun('alice', standings, damaged, clock).notice?.kind)
  assert.deepEqual(kinds, [undefined, undefined, 'failing', undefined])
  assert.equal(judgeRun('alice', book, standings, undefined, clock).notice?.kind, 'recovered')
  assert.deepEqual(judgeRun('alice', book, standings, undefined, clock), { after: undefined, notice: undefined })
  assert.equal(writes, 0)
  judgeRun('alice', book, standings, damaged, clock)
  judgeRun('alice', book, standings, undefined, clock)
  assert.deepEqual([writes, habits.get('standing')], [3, ''])
  assert.equal(throughAt(book), clock.now())
})
