// What the source has stopped listing: marked once, and only where the name was the source's own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newlyAbsent } from '../../src/core/absence.ts'
import { fingerprintsOf, keyFromFingerprint } from '../../src/core/fingerprint.ts'
import { Names } from '../../src/core/names.ts'
import { book, key, mail, row } from './rows.ts'

test('a row that is not listed is absent, unless it was removed, is marked already, has no name, or awaits its answer', () => {
  const derived = keyFromFingerprint(fingerprintsOf(mail(6)).exact, 1)
  const known = book(
    row('here', mail(1)),
    row('gone', mail(2)),
    row('left out and gone', mail(3), { state: 'left-out', outcome: 'rejected' }),
    row('removed', mail(4), { removal: 'quit-sent' }),
    row('marked', mail(5), { absentSince: 1 }),
    row(derived, mail(6)),
    row('begun', mail(7), { state: 'begun' }),
  )
  assert.deepEqual(newlyAbsent(known, new Set([key('here')]), new Names(known)), [
    key('gone'),
    key('left out and gone'),
  ])
})

test('a row that was recognised under another name is not absent', () => {
  const moved = row('old name', mail(1))
  const known = book(moved)
  const names = new Names(known)
  names.rename(moved, key('new name'), 9)
  assert.deepEqual(newlyAbsent(known, new Set([key('new name')]), names), [])
})
