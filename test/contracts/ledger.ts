// The suite that every ledger has to pass: what a pair's book keeps of its messages.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { declareNames } from './ledger-names.ts'
import { type LedgerPlace, useLedger } from './ledger-place.ts'
import {
  account,
  copiedTo,
  failed,
  fingerprintsFor,
  inbox,
  intentOf,
  isError,
  keyOf,
  plainIntents,
  rowOf,
  uidValidity,
} from './ledger-samples.ts'
import { declareSharing } from './ledger-sharing.ts'

/** Declares the suite for one kind of ledger. */
export function ledgerContract(name: string, makePlace: () => LedgerPlace): void {
  describe(`the ledger contract: ${name}`, () => {
    declareMessages(makePlace)
    declareNames(makePlace)
    declareSharing(makePlace)
  })
}

function declareMessages(makePlace: () => LedgerPlace): void {
  describe('messages', () => {
    const opened = useLedger(makePlace)

    test('an intent is a begun row until it is settled', () => {
      opened.book.begin([intentOf(1)])
      assert.deepEqual(rowOf(opened.book, 1), {
        key: keyOf(1),
        listedSize: 1001,
        state: 'begun',
        outcome: 'pending',
        fingerprints: fingerprintsFor(1),
        size: 1003,
        placed: undefined,
        sent: undefined,
        reason: undefined,
        attempts: 0,
        interrupted: 0,
        run: opened.book.run,
        policy: undefined,
        changedAt: opened.clock.time,
        settledAt: undefined,
        absentSince: undefined,
        removal: 'none',
      })
      assert.deepEqual(plainIntents(opened.book), [intentOf(1)])
      opened.clock.time += 1000
      opened.book.settle([copiedTo(60, 1)])
      const placed = { folder: inbox, uidValidity, uid: 60 }
      const { state, outcome, attempts, changedAt } = rowOf(opened.book, 1)
      assert.deepEqual(
        { state, outcome, attempts, changedAt },
        {
          state: 'settled',
          outcome: 'copied',
          attempts: 0,
          changedAt: opened.clock.time,
        },
      )
      assert.deepEqual(rowOf(opened.book, 1).placed, placed)
      assert.deepEqual(opened.book.unsettled(), [])
    })

    test('a message may be settled without an intent', () => {
      opened.book.settle([copiedTo(7, 1, { outcome: 'adopted' }), failed(2)])
      assert.equal(rowOf(opened.book, 1).outcome, 'adopted')
      assert.equal(rowOf(opened.book, 1).attempts, 0)
      const { state, reason, fingerprints, size, placed } = rowOf(opened.book, 2)
      assert.deepEqual(
        [state, reason, fingerprints, size, placed],
        ['failed', 'refused', undefined, undefined, undefined],
      )
    })

    test('a try counts when it has failed: announced or not, put off or not', () => {
      for (const expected of [1, 2, 3]) {
        opened.book.begin([intentOf(1)])
        assert.equal(rowOf(opened.book, 1).attempts, expected - 1)
        opened.book.settle([failed(1)])
        assert.equal(rowOf(opened.book, 1).attempts, expected)
      }
      opened.book.begin([intentOf(1)])
      opened.book.settle([{ ...failed(1), outcome: 'pending' }])
      assert.equal(rowOf(opened.book, 1).attempts, 3, 'not reached is not failed')
      opened.book.settle([failed(2)])
      opened.book.settle([failed(2)])
      assert.equal(rowOf(opened.book, 2).attempts, 2)
      opened.book.begin([intentOf(2)])
      opened.book.settle([copiedTo(9, 2)])
      assert.equal(rowOf(opened.book, 2).attempts, 2)
    })

    test('an append that a dying run left unanswered is interrupted, until any answer comes', () => {
      const putOff = { ...failed(1), outcome: 'pending' } as const
      const begun = () => opened.book.begin([intentOf(1)])
      const interrupted = () => rowOf(opened.book, 1).interrupted
      for (const expected of [1, 2]) {
        begun()
        opened.die()
        opened.book.settle([putOff])
        assert.equal(interrupted(), expected)
      }
      begun()
      opened.reopen()
      opened.book.settle([putOff])
      assert.equal(interrupted(), 2, 'a run that came to its end was not killed by it')
      begun()
      opened.book.settle([putOff])
      assert.equal(interrupted(), 2, 'nor is this one')
      begun()
      opened.book.settle([failed(1)])
      assert.deepEqual([interrupted(), rowOf(opened.book, 1).attempts], [0, 1])
    })

    test('what was sent in place of a message is known of its intent and its place, and forgotten with the next one', () => {
      const sent = { size: 7, fingerprints: fingerprintsFor(9), repairs: ['nul', 'long-lines'] } as const
      const sentOf = () => JSON.parse(JSON.stringify(rowOf(opened.book, 1).sent ?? null))
      opened.book.begin([intentOf(1, { sent })])
      opened.reopen()
      assert.deepEqual(JSON.parse(JSON.stringify(opened.book.unsettled()[0]?.sent)), sent)
      opened.book.settle([copiedTo(5, 1)])
      assert.deepEqual(sentOf(), sent)
      opened.book.settle([copiedTo(6, 1)])
      assert.deepEqual(sentOf(), sent, 'a new place')
      opened.book.begin([intentOf(1)])
      assert.equal(sentOf(), null)
      opened.book.begin([intentOf(1, { sent })])
      opened.book.settle([failed(1)])
      opened.book.settle([copiedTo(5, 1, { outcome: 'adopted' })])
      assert.equal(sentOf(), null, 'what lies there is the message itself')
    })

    test('two runs in a row that died without settling anything make a pair that is stuck', () => {
      assert.equal(opened.book.isStuck, false)
      opened.die()
      assert.equal(opened.book.isStuck, false, 'once is chance')
      opened.die()
      assert.equal(opened.book.isStuck, true)
      opened.book.settle([copiedTo(5, 1)])
      opened.die()
      assert.equal(opened.book.isStuck, false, 'it gets somewhere')
      opened.die()
      opened.die()
      assert.equal(opened.book.isStuck, true)
      opened.reopen()
      assert.equal(opened.book.isStuck, false, 'the run before came to its end')
    })

    test('runs in which nothing happens share one number; one that something refers to keeps its own', () => {
      const next = () => {
        opened.reopen()
        return opened.book.run
      }
      const first = opened.book.run
      assert.deepEqual([next(), next()], [first, first])
      opened.book.settle([copiedTo(5, 1)])
      const second = next()
      assert.ok(second > first)
      assert.deepEqual([rowOf(opened.book, 1).run, next()], [first, second])
      opened.book.begin([intentOf(2)])
      assert.ok(next() > second)
      assert.equal(rowOf(opened.book, 2).run, second)
    })

    test('begin takes over a row of any state', () => {
      opened.book.settle([
        copiedTo(5, 1),
        failed(2),
        { ...failed(3), state: 'left-out', outcome: 'filtered', policy: 'p1' },
      ])
      opened.book.markRemoval([keyOf(1)], 'dele-sent')
      opened.book.begin([1, 2, 3].map((n) => intentOf(n)))
      for (const n of [1, 2, 3]) {
        const { state, outcome, placed, reason, policy, removal } = rowOf(opened.book, n)
        const expected = ['begun', 'pending', undefined, undefined, undefined, 'none']
        assert.deepEqual([state, outcome, placed, reason, policy, removal], expected)
      }
      assert.equal(opened.book.bound(account, inbox, uidValidity).size, 0, 'a place given up is free')
    })

    test('what a settlement does not say of size, hashes and place stays', () => {
      opened.book.settle([copiedTo(5, 1)])
      opened.book.markRemoval([keyOf(1)], 'quit-sent')
      opened.book.settle([{ key: keyOf(1), listedSize: 2000, state: 'settled', outcome: 'copied' }])
      const { fingerprints, size, placed, listedSize, removal } = rowOf(opened.book, 1)
      assert.deepEqual(fingerprints, fingerprintsFor(1))
      assert.deepEqual([size, listedSize, placed?.uid, removal], [1003, 2000, 5, 'quit-sent'])
      opened.book.settle([failed(1)])
      assert.equal(rowOf(opened.book, 1).placed?.uid, 5, 'proof is never given up for a failure')
      assert.equal(rowOf(opened.book, 1).state, 'settled')
    })

    test('intents come back in the order they were begun', () => {
      opened.book.begin([intentOf(9), intentOf(3)])
      opened.book.begin([intentOf(5)])
      opened.book.settle([copiedTo(1, 3)])
      opened.book.begin([intentOf(1), intentOf(3)])
      assert.deepEqual(
        opened.book.unsettled().map(({ key }) => key),
        [9, 5, 1, 3].map(keyOf),
      )
    })

    test('everything is there after closing and opening again', () => {
      opened.book.begin([intentOf(1), intentOf(2)])
      opened.book.settle([copiedTo(4, 2), failed(3)])
      opened.book.markRemoval([keyOf(2)], 'absent-confirmed')
      opened.book.setComparedTo(account, inbox, uidValidity, 77)
      opened.book.setHabit('pipelining', 'off')
      const before = [1, 2, 3].map((n) => rowOf(opened.book, n))
      const { run } = opened.book
      opened.reopen()
      assert.deepEqual(
        [1, 2, 3].map((n) => rowOf(opened.book, n)),
        before,
      )
      assert.deepEqual(plainIntents(opened.book), [intentOf(1)])
      assert.equal(opened.book.comparedTo(account, inbox, uidValidity), 77)
      assert.equal(opened.book.habit('pipelining'), 'off')
      assert.ok(opened.book.run > run, 'runs are counted on')
    })

    test('thousands of messages keep their own hashes', () => {
      const all = Array.from({ length: 2500 }, (_, n) => copiedTo(n + 1, n))
      opened.book.settle(all)
      const known = opened.book.known()
      assert.equal(known.size, all.length)
      for (const { key, fingerprints } of all) {
        const found = known.get(key)?.fingerprints
        assert.deepEqual([found?.exact, found?.canonical], [fingerprints?.exact, fingerprints?.canonical])
      }
    })

    test('the time when a message was first settled stays, whatever is said of it later', () => {
      opened.book.settle([copiedTo(5, 1)])
      const first = opened.clock.time
      opened.clock.time += 1000
      opened.book.settle([copiedTo(6, 1, { outcome: 'adopted' })])
      const { settledAt, changedAt } = rowOf(opened.book, 1)
      assert.deepEqual([settledAt, changedAt], [first, first + 1000])
      opened.book.begin([intentOf(1)])
      assert.equal(rowOf(opened.book, 1).settledAt, undefined, 'an append begun anew is not settled')
      opened.book.settle([copiedTo(7, 1)])
      assert.equal(rowOf(opened.book, 1).settledAt, first + 1000)
    })

    test('a message that the source does not list any more is marked, until it is listed again', () => {
      opened.book.settle([copiedTo(5, 1), copiedTo(6, 2)])
      opened.book.markAbsent([keyOf(1)], true)
      assert.deepEqual(
        [1, 2].map((n) => rowOf(opened.book, n).absentSince),
        [opened.clock.time, undefined],
      )
      opened.book.markAbsent([keyOf(1)], false)
      assert.equal(rowOf(opened.book, 1).absentSince, undefined)
      opened.book.markAbsent([keyOf(2)], true)
      opened.book.settle([copiedTo(6, 2)])
      assert.equal(rowOf(opened.book, 2).absentSince, undefined, 'what is settled anew was listed')
    })

    test('numbers and reasons of any size are kept as they are', () => {
      const reason = `${'long '.repeat(2000)}\0 ü \u{1f4e8}`
      const uid = 4_294_967_295
      opened.book.settle([copiedTo(uid, 1, { listedSize: 0, size: 5_000_000_000, reason })])
      const row = rowOf(opened.book, 1)
      assert.deepEqual([row.listedSize, row.size, row.placed?.uid, row.reason], [0, 5_000_000_000, uid, reason])
    })

    test('settled means placed, and only settled messages are removed at the source', () => {
      const placeless = { key: keyOf(1), listedSize: 1, state: 'settled', outcome: 'copied' } as const
      assert.throws(() => opened.book.settle([placeless]), isError('internal', 'pair'))
      assert.throws(() => opened.book.settle([{ ...copiedTo(1, 1), state: 'failed' }]), isError('internal', 'pair'))
      opened.book.settle([failed(1)])
      assert.throws(() => opened.book.markRemoval([keyOf(1)], 'dele-sent'), isError('internal', 'pair'))
      assert.throws(() => opened.book.markRemoval([keyOf(2)], 'dele-sent'), isError('internal', 'pair'))
      assert.equal(rowOf(opened.book, 1).removal, 'none')
    })
  })
}
