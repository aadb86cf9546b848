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

const refused = new MailhaulError({ code: 'auth', scope: 'pair', retry: 'never', message: 'refused' })
const locked = new MailhaulError({ code: 'locked', scope: 'pair', retry: 'later', message: 'at work' })

for (const [meanwhile, error] of [
  ['another run was at work', locked],
  ['the ledger could not be used', damaged],
] as const) {
  test(`what was told is not told again, and its end is, where ${meanwhile} in between`, () => {
    const clock = heldClock()
    const standings = new Map<string, string>()
    const habits = new Map<string, string>()
    const book = {
      habit: (name: string) => habits.get(name),
      setHabit: (name: string, value: string) => void habits.set(name, value),
    }
    const run = (thrown?: MailhaulError) => judgeRun('alice', book, standings, thrown, clock).notice?.kind
    assert.equal(run(refused), 'auth')
    judgeBooklessRun('alice', standings, error, clock)
    assert.equal(run(refused), undefined)
    judgeBooklessRun('alice', standings, error, clock)
    assert.equal(run(), 'recovered')
  })
}

test('failures before the ledger could not be used count on with those after it', () => {
  const clock = heldClock()
  const standings = new Map<string, string>()
  const habits = new Map<string, string>()
  const book = {
    habit: (name: string) => habits.get(name),
    setHabit: (name: string, value: string) => void habits.set(name, value),
  }
  const down = new MailhaulError({ code: 'connect', scope: 'pair', retry: 'later', message: 'down' })
  judgeRun('alice', book, standings, down, clock)
  judgeRun('alice', book, standings, down, clock)
  judgeBooklessRun('alice', standings, locked, clock)
  assert.equal(judgeRun('alice', book, standings, down, clock).notice?.kind, 'failing')
})
