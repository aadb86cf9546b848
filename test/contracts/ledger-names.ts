// The part of the ledger contract on the names and sizes that a source gives to its messages.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyFromBytes } from '../../src/core/message.ts'
import { type LedgerPlace, useLedger } from './ledger-place.ts'
import { copiedTo, failed, intentOf, isError, keyOf, plainIntents, rowOf } from './ledger-samples.ts'

/** Declares the tests for one kind of ledger. */
export function declareNames(makePlace: () => LedgerPlace): void {
  describe('names and sizes', () => {
    const opened = useLedger(makePlace)

    test('keys are opaque bytes: case, NUL, every value, any length', () => {
      const keys = ['a', 'A', '\0', 'a\0b', 'a/b', ' ', "x'; --", '\xff\xfe', 'k'.repeat(5000)].map((text) =>
        keyFromBytes(Buffer.from(text, 'latin1')),
      )
      const all = [...keys, keyFromBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte))]
      opened.book.settle(all.map((key, at) => copiedTo(at + 1, at, { key })))
      const known = opened.book.known()
      assert.deepEqual(new Set(known.keys()), new Set(all))
      for (const [at, key] of all.entries()) assert.equal(known.get(key)?.placed?.uid, at + 1)
    })

    test('a rename to the same name changes the listed size and nothing else', () => {
      opened.book.settle([copiedTo(1, 1)])
      const before = rowOf(opened.book, 1)
      opened.clock.time += 1000
      opened.reopen()
      opened.book.rekey([{ from: keyOf(1), to: keyOf(1), listedSize: 5 }])
      assert.deepEqual(rowOf(opened.book, 1), { ...before, listedSize: 5 })
      const unknown = [{ from: keyOf(2), to: keyOf(2), listedSize: 5 }]
      assert.throws(() => opened.book.rekey(unknown), isError('internal', 'pair'))
    })

    test('rekey gives messages other names, in order, and keeps their proof', () => {
      opened.book.settle([copiedTo(1, 1), copiedTo(2, 2)])
      opened.book.rekey([
        { from: keyOf(1), to: keyOf(9), listedSize: 1 },
        { from: keyOf(2), to: keyOf(1), listedSize: 77 },
        { from: keyOf(9), to: keyOf(2), listedSize: 78 },
      ])
      assert.deepEqual([rowOf(opened.book, 1).placed?.uid, rowOf(opened.book, 2).placed?.uid], [2, 1])
      assert.deepEqual([rowOf(opened.book, 1).listedSize, rowOf(opened.book, 2).listedSize], [77, 78])
      assert.equal(opened.book.known().size, 2)
    })

    test('rekey never takes the name of a settled message or of an open append, and then changes nothing', () => {
      opened.book.settle([copiedTo(1, 1), copiedTo(2, 2)])
      opened.book.begin([intentOf(3)])
      for (const taken of [2, 3]) {
        const renames = [
          { from: keyOf(1), to: keyOf(8), listedSize: 1 },
          { from: keyOf(8), to: keyOf(taken), listedSize: 1 },
        ]
        assert.throws(() => opened.book.rekey(renames), isError('internal', 'pair'))
        assert.equal(rowOf(opened.book, 1).placed?.uid, 1)
      }
      assert.deepEqual(plainIntents(opened.book), [intentOf(3)])
    })

    test('a message without proof gives its name to one that has it', () => {
      opened.book.settle([copiedTo(1, 1), failed(2)])
      opened.book.rekey([{ from: keyOf(1), to: keyOf(2), listedSize: 50 }])
      assert.deepEqual([...opened.book.known().keys()], [keyOf(2)])
      assert.equal(rowOf(opened.book, 2).placed?.uid, 1)
    })
  })
}
