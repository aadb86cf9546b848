// How an older ledger becomes a current one: in one transaction, and in memory only where it is just looked at.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { BookReader, prepareReading } from '../../src/ledger/reader.ts'
import { applicationId, migrations } from '../../src/ledger/schema.ts'
import { openConnection } from '../../src/ledger/sqlite.ts'
import { account, copiedTo, intentOf, isError, keyOf, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

/** A schema that is one step further than this version's: a new column, and a value computed for every old row. */
const next = [...migrations, `ALTER TABLE message ADD COLUMN note TEXT; UPDATE message SET note = 'uid ' || uid;`]

function makeLedger(directory: string): string {
  const path = join(directory, 'ledger.db')
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  book.settle([copiedTo(1, 1), copiedTo(2, 2)])
  book.begin([intentOf(3)])
  book.setHabit('pipelining', 'off')
  ledger.close()
  return path
}

function versionOf(path: string): unknown {
  const database = new DatabaseSync(path)
  try {
    return Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]
  } finally {
    database.close()
  }
}

function notesIn(connection: ReturnType<typeof openConnection>): unknown {
  const statement = connection.prepare('SELECT note FROM message ORDER BY key')
  return connection.read(() => [...statement.rows()].map(([note]) => note))
}

test('a new ledger is marked as one, with the version of its schema', (t) => {
  const path = makeLedger(makeDirectory(t))
  assert.equal(versionOf(path), migrations.length)
  assert.equal(readFileSync(path).readUInt32BE(68), applicationId)
})

test('an older ledger is brought up to date, with all its rows', (t) => {
  const path = makeLedger(makeDirectory(t))
  const connection = openConnection({ path, readOnly: false, steps: next })
  assert.deepEqual(notesIn(connection), ['uid 1', 'uid 2', null])
  connection.close()
  assert.equal(versionOf(path), next.length)
  assert.throws(() => openLedger({ path, clock }), isError('ledger', 'run', /newer mailhaul/))
})

test('a step that fails leaves the ledger as it was', (t) => {
  const path = makeLedger(makeDirectory(t))
  const before = readFileSync(path)
  const steps = [...next, 'CREATE TABLE later (x); INSERT INTO nowhere VALUES (1)']
  assert.throws(() => openConnection({ path, readOnly: false, steps }), isError('ledger', 'run'))
  assert.equal(versionOf(path), migrations.length)
  assert.deepEqual(readFileSync(path), before)
  const ledger = openLedger({ path, clock })
  assert.equal(ledger.open('alice', account).known().size, 3)
  ledger.close()
})

test('an older ledger that is only looked at is brought up to date in memory', (t) => {
  const path = makeLedger(makeDirectory(t))
  const before = readFileSync(path)
  const connection = openConnection({ path, readOnly: true, steps: next })
  assert.deepEqual(notesIn(connection), ['uid 1', 'uid 2', null])
  const reader = new BookReader(connection, prepareReading(connection), 'alice')
  assert.deepEqual([...reader.known().keys()], [1, 2, 3].map(keyOf))
  assert.equal(reader.unsettled().length, 1)
  assert.equal(reader.habit('pipelining'), 'off')
  connection.close()
  assert.deepEqual(readFileSync(path), before)
  assert.equal(versionOf(path), migrations.length)
})

test('a ledger of schema 2 becomes one that counts for daily budgets', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const old = openConnection({ path, readOnly: false, steps: migrations.slice(0, 2) })
  old.transact(() => old.prepare("INSERT INTO pair (name) VALUES ('alice')").run())
  old.close()
  assert.equal(versionOf(path), 2)
  const looking = openLedger({ path, clock, readOnly: true })
  assert.deepEqual(looking.read('alice').counted('2026-01-02', ['destination x']), [0])
  looking.close()
  assert.equal(versionOf(path), 2, 'looking changes nothing')
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  book.count('2026-01-02', ['destination x'], () => [5])
  assert.deepEqual(book.counted('2026-01-02', ['destination x']), [5])
  ledger.close()
  assert.equal(versionOf(path), migrations.length)
})
