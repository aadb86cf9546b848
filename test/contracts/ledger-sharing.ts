// The part of the ledger contract on what pairs share, and on who may write.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LedgerPlace, useLedger } from './ledger-place.ts'
import { account, copiedTo, failed, inbox, intentOf, isError, keyOf, rowOf, uidValidity } from './ledger-samples.ts'

/** Declares the tests for one kind of ledger. */
export function declareSharing(makePlace: () => LedgerPlace): void {
  describe('pairs, accounts and locks', () => {
    const opened = useLedger(makePlace)

    test('a place is bound to one message of all pairs feeding the account', () => {
      const bob = opened.ledger.open('bob', account)
      const elsewhere = opened.ledger.open('carol', 'another account')
      opened.book.settle([copiedTo(1, 1), copiedTo(2, 2)])
      bob.settle([copiedTo(3, 1)])
      elsewhere.settle([copiedTo(1, 1)])
      opened.book.begin([intentOf(8)])
      assert.deepEqual(opened.book.bound(account, inbox, uidValidity), new Set([1, 2, 3]))
      assert.deepEqual(bob.bound(account, inbox, uidValidity + 1), new Set())
      assert.deepEqual(bob.bound('another account', inbox, uidValidity), new Set([1]))

      const settlements = [copiedTo(9, 9), copiedTo(1, 8)]
      assert.throws(() => bob.settle(settlements), isError('append-unknown', 'pair'))
      assert.equal(bob.known().has(keyOf(9)), false, 'nothing of the batch is kept')
      opened.book.settle([copiedTo(1, 1, { outcome: 'adopted' })])
      assert.equal(rowOf(opened.book, 1).outcome, 'adopted', 'the same message may keep its place')
    })

    test('what was compared is remembered per folder and forgotten with its UIDVALIDITY', () => {
      assert.equal(opened.book.comparedTo(account, inbox, uidValidity), 1)
      opened.book.setComparedTo(account, inbox, uidValidity, 100)
      assert.equal(opened.book.comparedTo(account, inbox, uidValidity), 100)
      assert.equal(opened.book.comparedTo(account, 'Sent', uidValidity), 1)
      assert.equal(opened.book.comparedTo('another account', inbox, uidValidity), 1)
      assert.equal(opened.ledger.read('bob').comparedTo(account, inbox, uidValidity), 1, 'it belongs to the pair')
      opened.book.setComparedTo(account, inbox, uidValidity + 1, 5)
      assert.equal(opened.book.comparedTo(account, inbox, uidValidity + 1), 5)
      assert.equal(opened.book.comparedTo(account, inbox, uidValidity), 1)
    })

    test('habits belong to a pair', () => {
      opened.book.setHabit('pipelining', 'off')
      opened.book.setHabit('pipelining', 'on')
      assert.equal(opened.book.habit('pipelining'), 'on')
      assert.equal(opened.book.habit('capa'), undefined)
      assert.equal(opened.ledger.read('bob').habit('pipelining'), undefined)
    })

    test('what daily budgets count is shared by all pairs and connections, day by day, and never below zero', () => {
      const second = opened.place.open(opened.clock)
      const bob = second.open('bob', account)
      const budgets = ['destination x', 'source y']
      opened.book.count('2026-01-31', budgets, (counts) => {
        assert.deepEqual(counts, [0, 0])
        return [10, 0]
      })
      bob.count('2026-01-31', budgets, (counts) => counts.map((count) => 100 - count))
      assert.deepEqual(opened.book.counted('2026-01-31', budgets.toReversed()), [100, 100])
      opened.book.count('2026-02-01', budgets, () => [7, -7])
      assert.deepEqual(second.read('alice').counted('2026-02-01', budgets), [7, 0])
      bob.count('2026-02-20', budgets, () => [1, 0])
      assert.deepEqual(bob.counted('2026-02-01', budgets), [0, 0], 'counts of days long past are forgotten')
      const fails = () => {
        throw new Error('no')
      }
      assert.throws(() => bob.count('2026-02-20', budgets, fails))
      bob.count('2026-02-20', budgets, () => [1, 1])
      assert.deepEqual(opened.book.counted('2026-02-20', budgets), [2, 1])
      second.close()
    })

    test('a pair never seen reads as empty', () => {
      const nobody = opened.ledger.read('nobody')
      assert.equal(nobody.known().size, 0)
      assert.deepEqual(nobody.unsettled(), [])
    })

    test('pairs do not see each other', () => {
      opened.book.settle([copiedTo(1, 1)])
      const bob = opened.ledger.open('bob', account)
      bob.settle([failed(1)])
      bob.begin([intentOf(2)])
      assert.deepEqual([...opened.book.known().keys()], [keyOf(1)])
      assert.equal(rowOf(opened.book, 1).state, 'settled')
      assert.deepEqual(opened.book.unsettled(), [])
      assert.notEqual(bob.run, opened.book.run)
    })

    test('a pair is worked on by one at a time', () => {
      const isHeld = isError('locked', 'pair', new RegExp(`"alice" is being worked on by process ${process.pid} on `))
      assert.throws(() => opened.ledger.open('alice', account), isHeld)
      const second = opened.place.open(opened.clock)
      assert.throws(() => second.open('alice', account), isHeld)
      const bob = second.open('bob', account)
      assert.equal(second.read('alice').known().size, 0, 'reading needs no lock')
      opened.book.close()
      opened.book.close()
      const again = second.open('alice', account)
      again.settle([copiedTo(1, 1)])
      assert.throws(() => opened.book.settle([copiedTo(2, 2)]), isError('internal', 'pair'))
      bob.settle([copiedTo(3, 3)])
      second.close()
      second.close()
      assert.equal(opened.ledger.open('alice', account).known().size, 1)
    })
  })
}
