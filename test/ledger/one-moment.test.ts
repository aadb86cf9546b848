// A reader sees the ledger as it was at one moment, though another connection writes in the middle of the reading.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { PairLedger } from '../../src/core/ports.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { BookReader, prepareReading } from '../../src/ledger/reader.ts'
import { type Connection, openConnection, type Statement } from '../../src/ledger/sqlite.ts'
import { account, copiedTo, intentOf, keyOf, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

/** A book that is written to, and another connection to the same file that reads. */
function writerAndReader(t: TestContext): { readonly book: PairLedger; readonly connection: Connection } {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock: new StillClock() })
  const book = ledger.open('alice', account)
  const connection = openConnection({ path, readOnly: true })
  t.after(() => {
    connection.close()
    ledger.close()
  })
  return { book, connection }
}

/** The same statement, but the first time its rows have been read, something happens. */
function followedBy(statement: Statement, once: () => void): Statement {
  let isDone = false
  return {
    ...statement,
    *rows(...parameters) {
      yield* statement.rows(...parameters)
      if (!isDone) once()
      isDone = true
    },
  }
}

test('a message that is settled in the middle of a reading is not missed', (t) => {
  const { book, connection } = writerAndReader(t)
  book.settle([copiedTo(60, 1)])
  book.begin([intentOf(2)])
  const reading = prepareReading(connection)
  const plain = followedBy(reading.plain, () => book.settle([copiedTo(61, 2)]))
  const reader = new BookReader(connection, { ...reading, plain }, 'alice')
  const states = () => {
    const known = reader.known()
    return [1, 2].map((n) => known.get(keyOf(n))?.state)
  }
  assert.deepEqual(states(), ['settled', 'begun'], 'as it was when the reading began')
  assert.deepEqual(states(), ['settled', 'settled'], 'the next reading sees the new state')
})

test('a snapshot shows one moment from its first question on, lets go of it, and keeps nobody from writing', (t) => {
  const { book, connection } = writerAndReader(t)
  const count = connection.prepare('SELECT count(*) FROM message')
  const look = () => count.first()?.[0]
  const seen = connection.snapshot(() => {
    const before = look()
    book.settle([copiedTo(60, 1)])
    // One within another is the same moment.
    return [before, look(), connection.snapshot(look), look()]
  })
  assert.deepEqual([...seen, connection.snapshot(look)], [0, 0, 0, 0, 1])
  const fails = () => {
    throw new Error('no')
  }
  assert.throws(() => connection.snapshot(fails))
  book.settle([copiedTo(61, 2)])
  assert.equal(connection.read(look), 2, 'one that failed lets go as well')
})
