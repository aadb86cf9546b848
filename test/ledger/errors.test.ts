// What SQLite and the file system say, in mailhaul's words: whose fault it is and what to do.
import assert from 'node:assert/strict'
import { chmodSync, chownSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { translate } from '../../src/ledger/errors.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { account, failed, isError, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()
const isRoot = process.geteuid?.() === 0
const nobody = 65_534

/** What a database says when it is asked to do something it cannot. */
function complaint(t: TestContext, database: DatabaseSync, sql: string): MailhaulError {
  t.after(() => database.close())
  let thrown: unknown
  try {
    database.exec(sql)
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof Error, 'it complained')
  const translated = translate(thrown, '/where/ledger.db')
  assert.equal(translated.cause, thrown)
  return translated
}

test('a full database is a full disk', (t) => {
  const database = new DatabaseSync(join(makeDirectory(t), 'small.db'))
  database.exec('CREATE TABLE x (y); PRAGMA max_page_count = 2')
  const error = complaint(t, database, 'INSERT INTO x VALUES (randomblob(100000))')
  assert.ok(isError('disk-full', 'run', /\/where\/ledger\.db/)(error))
  assert.equal(error.retry, 'later')
})

test('a writer that does not end is waited for in a later run', (t) => {
  const path = join(makeDirectory(t), 'busy.db')
  const writer = new DatabaseSync(path)
  t.after(() => writer.close())
  writer.exec('BEGIN IMMEDIATE')
  const error = complaint(t, new DatabaseSync(path), 'BEGIN IMMEDIATE')
  assert.ok(isError('ledger', 'run', /Another process/)(error))
  assert.equal(error.retry, 'later')
})

test('a database that may not be written to needs somebody’s help', (t) => {
  const path = join(makeDirectory(t), 'fixed.db')
  new DatabaseSync(path).close()
  const error = complaint(t, new DatabaseSync(path, { readOnly: true }), 'CREATE TABLE x (y)')
  assert.ok(isError('ledger', 'run', /cannot be opened for writing/)(error))
  assert.equal(error.retry, 'never')
})

test('what breaks the schema’s rules is a fault of ours', (t) => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE x (y CHECK (y > 0))')
  assert.ok(isError('internal', 'pair')(complaint(t, database, 'INSERT INTO x VALUES (0)')))
})

test('our own errors stay what they are, others become internal ones', () => {
  const own = new MailhaulError({ code: 'locked', scope: 'pair', retry: 'later', message: 'x' })
  assert.equal(translate(own, 'p'), own)
  assert.equal(translate(new TypeError('x'), 'p').code, 'internal')
  assert.equal(translate('x', 'p').code, 'internal')
})

/** Runs `work` as somebody who is not root, and so is bound by permissions. */
function asNobody(work: () => void): void {
  if (isRoot) process.seteuid?.(nobody)
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

test('a place where nothing may be written is refused with advice', (t) => {
  const directory = makeDirectory(t)
  chmodSync(directory, 0o555)
  const paths = [join(directory, 'ledger.db'), join(directory, 'state', 'ledger.db')]
  for (const path of paths) {
    asNobody(() => assert.throws(() => openLedger({ path, clock }), isError('ledger', 'run', /cannot be opened/)))
  }
  assert.deepEqual(readdirSync(directory), [])
})

test('a ledger that may not be written to is refused with advice, and nothing changes', (t) => {
  const directory = makeDirectory(t)
  const path = join(directory, 'ledger.db')
  const ledger = openLedger({ path, clock })
  ledger.open('alice', account).settle([failed(1)])
  ledger.close()
  chmodSync(path, 0o400)
  if (isRoot) for (const file of [directory, path]) chownSync(file, nobody, nobody)
  asNobody(() => {
    const isRefused = isError('ledger', 'run', /cannot be opened for writing/)
    assert.throws(() => {
      const fixed = openLedger({ path, clock })
      t.after(() => fixed.close())
      fixed.open('alice', account)
    }, isRefused)
  })
})
