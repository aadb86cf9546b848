// The backlog's rules where servers leave doubt: what is old by name, what by date, and what is never taken for old.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BacklogInput, backlogRules, fallsUnder, markOf, memoryOf } from '../../src/core/backlog.ts'
import { book, listed, row } from './rows.ts'

const now = Date.UTC(2026, 2, 10, 12)
const hour = 60 * 60_000
const day = 24 * hour
const skip = { kind: 'skip' } as const
const seen = { backlog: skip, known: book(), memory: memoryOf(skip, now), isPart: false, now: now + 10 * day }

function left(name: string, changes: Parameters<typeof row>[2] = {}) {
  return row(name, Buffer.alloc(10), { state: 'left-out', outcome: 'filtered', policy: markOf(skip), ...changes })
}

function rulingOn(input: Partial<BacklogInput>, name: string | undefined) {
  const message = listed(7, name, 10)
  return backlogRules({ ...seen, messages: [message, listed(8, 'other', 10)], ...input })?.rulingOn(message)
}

test('a new name is new, and an old one old, without a look at any header', () => {
  assert.equal(rulingOn({}, 'a'), undefined)
  assert.equal(rulingOn({ known: book(left('a')) }, 'a')?.kind, 'leave')
  assert.equal(rulingOn({ known: book(row('a', Buffer.alloc(10))) }, 'a'), undefined)
  assert.equal(backlogRules({ ...seen, messages: [], backlog: { kind: 'copy' } }), undefined)
})

test('in doubt the date of delivery tells, and what came within a day of the first run is not taken for old', () => {
  const doubtful = [
    rulingOn({}, undefined),
    rulingOn({ isPart: true }, 'a'),
    rulingOn({ known: book(left('gone')) }, 'a'),
    rulingOn({ known: book(left('a', { absentSince: now })) }, 'a'),
    rulingOn({ known: book(left('a', { listedSize: 11 })) }, 'a'),
  ]
  for (const ruling of doubtful) {
    assert.ok(ruling?.kind === 'dated' && ruling.readsAhead)
    const falls = (instant: number, rule: 'received' | 'date' | 'listing') => fallsUnder(ruling, { instant, rule })
    assert.ok(falls(now - day - hour, 'received'))
    assert.ok(!falls(now - day + hour, 'received'))
    assert.ok(!falls(now - 900 * day, 'date'), 'a Date field says nothing of when a message came')
    assert.ok(!falls(now - 900 * day, 'listing'))
  }
})

test('a name that went away earlier is no reason to doubt others', () => {
  assert.equal(rulingOn({ known: book(left('gone', { absentSince: now })) }, 'a'), undefined)
})

test('since: what comes later is moved whatever date was asked for', () => {
  const backlog = { kind: 'since', instant: now + 900 * day } as const
  const ruling = rulingOn({ backlog, memory: memoryOf(backlog, now) }, 'a')
  assert.ok(ruling?.kind === 'dated' && !ruling.readsAhead)
  assert.ok(fallsUnder(ruling, { instant: now - 1, rule: 'received' }))
  assert.ok(!fallsUnder(ruling, { instant: now, rule: 'received' }))
})

test('a run that died right after it wrote down what stays has fixed it', () => {
  const rules = backlogRules({ ...seen, memory: undefined, known: book(left('a', { changedAt: now })), messages: [] })
  assert.equal(rules?.memory, memoryOf(skip, now))
})
