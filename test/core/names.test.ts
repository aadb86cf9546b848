// Names on the move: whatever a source does with its keys, each row keeps one, and its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Key } from '../../src/core/message.ts'
import { Names } from '../../src/core/names.ts'
import type { Known, Rename } from '../../src/core/ports.ts'
import { book, key, mail, row } from './rows.ts'

/** Carries renames out as the ledger does: in order, and never onto a name in use. */
function carryOut(ledger: Map<Key, Known>, renames: readonly Rename[]): void {
  for (const { from, to } of renames) {
    const moved = ledger.get(from)
    assert.ok(moved, `no row ${from}`)
    assert.ok(from === to || !ledger.has(to), `${to} is in use`)
    ledger.delete(from)
    ledger.set(to, moved)
  }
}

test('a name that is free is just taken', () => {
  const old = row('old', mail(1))
  assert.deepEqual(new Names(book(old)).rename(old, key('new'), 5), [
    { from: key('old'), to: key('new'), listedSize: 5 },
  ])
})

test('the same name with another size is a rename to itself', () => {
  const same = row('a', mail(1))
  assert.deepEqual(new Names(book(same)).rename(same, key('a'), 5), [{ from: key('a'), to: key('a'), listedSize: 5 }])
})

test('any order of renames and clearings leaves every row with its last name, and no row is lost', () => {
  const count = 5
  const step = fc.tuple(fc.nat(count - 1), fc.nat(count + 2), fc.boolean())
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const rows = Array.from({ length: count }, (_, n) => row(`k${n}`, mail(n % 3)))
      const names = new Names(book(...rows))
      const ledger = new Map(book(...rows))
      for (const [which, name, clears] of steps) {
        const target = key(`k${name}`)
        const one = rows[which]
        if (clears || one === undefined) carryOut(ledger, names.clear(target))
        else carryOut(ledger, names.rename(one, target, 1))
        assert.equal(ledger.get(target), clears ? undefined : one)
      }
      assert.deepEqual(new Set(ledger.values()), new Set(rows))
      for (const [name, holder] of ledger) assert.equal(names.holderOf(name), holder)
    }),
  )
})
