// The ledger's files: who may read them, what is refused, and what is never touched.
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { BookReader, prepareReading } from '../../src/ledger/reader.ts'
import { openConnection } from '../../src/ledger/sqlite.ts'
import { account, copiedTo, failed, intentOf, isError, keyOf, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

test('files and directory are for their owner alone, even under umask 000', (t) => {
  const path = join(makeDirectory(t), 'new', 'state', 'ledger.db')
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  const ledger = openLedger({ path, clock })
  ledger.open('alice', account).settle([failed(1)])
  const modes = (files: readonly string[]) => files.map((file) => statSync(file).mode & 0o777)
  assert.deepEqual(modes([path, `${path}-wal`, `${path}-shm`]), [0o600, 0o600, 0o600])
  assert.deepEqual(modes([join(path, '..'), join(path, '..', '..')]), [0o700, 0o700])
  ledger.close()
  chmodSync(path, 0o644)
  openLedger({ path, clock }).close()
  assert.deepEqual(modes([path]), [0o600], 'what others could read is taken away from them')
})

test('what servers said is written down without the secrets in it', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock, redact: (text) => text.replaceAll('sesame', '[redacted]') })
  ledger.open('alice', account).settle([failed(1, 'NO sesame is no good')])
  assert.equal(ledger.read('alice').known().get(keyOf(1))?.reason, 'NO [redacted] is no good')
  ledger.close()
  assert.ok(!readFileSync(path).includes('sesame'))
})

test('after closing there is one file, with everything in it', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock })
  ledger.open('alice', account).settle([failed(1)])
  ledger.close()
  ledger.close()
  assert.deepEqual(readdirSync(join(path, '..')), ['ledger.db'])
  assert.equal(openLedger({ path, clock, readOnly: true }).read('alice').known().size, 1)
})

test('every commit is made to last, and foreign keys hold', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const seen: string[] = []
  const { exec } = DatabaseSync.prototype
  t.mock.method(DatabaseSync.prototype, 'exec', function (this: DatabaseSync, sql: string) {
    exec.call(this, sql)
    const values = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map((name) => {
      return Object.values(this.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    })
    if (sql === 'COMMIT') return
    seen.push(`${sql} ${values.join(' ')}`)
  })
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  book.settle([failed(1)])
  book.setHabit('pipelining', 'off')
  ledger.close()
  const transactions = seen.filter((line) => line.startsWith('BEGIN IMMEDIATE'))
  // synchronous: 2 is FULL, 1 is NORMAL (https://sqlite.org/pragma.html#pragma_synchronous).
  const [waiting, leavingThatToDurable] = ['BEGIN IMMEDIATE wal 2 1 15000', 'BEGIN IMMEDIATE wal 1 1 15000']
  // Schema, lock, settle, habit, unlock.
  assert.deepEqual(transactions, [waiting, waiting, leavingThatToDurable, waiting, waiting])
})

test('a symbolic link is refused, as the file, beside it, or as its directory', (t) => {
  const directory = makeDirectory(t)
  const isLink = isError('ledger', 'run', /symbolic link/)
  const target = join(directory, 'target.db')
  writeFileSync(target, '')
  mkdirSync(join(directory, 'real'))
  symlinkSync(target, join(directory, 'ledger.db'))
  symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling.db'))
  symlinkSync(target, join(directory, 'other.db-wal'))
  symlinkSync(join(directory, 'real'), join(directory, 'linked'))
  for (const name of ['ledger.db', 'dangling.db', 'other.db', 'linked/ledger.db', 'linked/']) {
    const path = name === 'linked/' ? join(directory, 'linked') : join(directory, name)
    assert.throws(() => openLedger({ path, clock }), isLink, name)
  }
  assert.throws(() => openLedger({ path: join(directory, 'ledger.db'), clock, readOnly: true }), isLink)
  assert.equal(statSync(target).size, 0)
  assert.equal(existsSync(join(directory, 'nowhere')), false)
  assert.deepEqual(readdirSync(join(directory, 'real')), [])
})

test('a directory that everybody can write to is refused, and so is what is not a file', (t) => {
  const directory = makeDirectory(t)
  mkdirSync(join(directory, 'folder'))
  assert.throws(() => openLedger({ path: join(directory, 'folder'), clock }), isError('ledger', 'run', /is not a file/))
  chmodSync(directory, 0o777)
  const path = join(directory, 'ledger.db')
  assert.throws(() => openLedger({ path, clock }), isError('ledger', 'run', /Everybody can write/))
  assert.equal(existsSync(path), false)
})

test('a relative path means the same file whatever becomes of the working directory', (t) => {
  const directory = realpathSync(makeDirectory(t))
  const before = process.cwd()
  t.after(() => process.chdir(before))
  process.chdir(directory)
  const ledger = openLedger({ path: join('state', 'ledger.db'), clock })
  process.chdir(before)
  ledger.open('alice', account).settle([failed(1)])
  ledger.close()
  assert.deepEqual(readdirSync(directory, { recursive: true }).sort(), ['state', join('state', 'ledger.db')])
})

test('reading where there is no ledger finds nothing and leaves nothing', (t) => {
  const directory = makeDirectory(t)
  for (const path of [join(directory, 'ledger.db'), join(directory, 'no', 'such', 'ledger.db')]) {
    const ledger = openLedger({ path, clock, readOnly: true })
    const reader = ledger.read('alice')
    assert.equal(reader.known().size, 0)
    assert.deepEqual(reader.unsettled(), [])
    assert.equal(reader.bound(account, 'INBOX', 1).size, 0)
    assert.equal(reader.comparedTo(account, 'INBOX', 1), 1)
    assert.equal(reader.habit('x'), undefined)
    assert.throws(() => ledger.open('alice', account), /read only/)
    ledger.close()
  }
  assert.deepEqual(readdirSync(directory), [])
})

test('reading changes no byte, also beside a process that writes', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const writer = openLedger({ path, clock })
  const book = writer.open('alice', account)
  book.settle([copiedTo(1, 1)])
  const reader = openLedger({ path, clock, readOnly: true })
  assert.equal(reader.read('alice').known().size, 1)
  book.begin([intentOf(2)])
  assert.equal(reader.read('alice').known().get(keyOf(2))?.state, 'begun')
  reader.close()
  writer.close()
  const before = readFileSync(path)
  const again = openConnection({ path, readOnly: true })
  assert.equal(new BookReader(again, prepareReading(again), 'alice').unsettled().length, 1)
  const erase = again.prepare('DELETE FROM message')
  assert.throws(() => again.transact(() => erase.run()), isError('ledger', 'run'), 'not even by mistake')
  again.close()
  assert.deepEqual(readFileSync(path), before)
  assert.deepEqual(readdirSync(join(path, '..')), ['ledger.db'])
})

test('nothing but keys, hashes, places and reasons is written down', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock, version: '9.8.7' })
  const book = ledger.open('alice', 'account-hash')
  book.begin([intentOf(1)])
  book.settle([copiedTo(1, 1), failed(2, 'refused for a reason')])
  book.setHabit('pipelining', 'off')
  ledger.close()
  const database = new DatabaseSync(path)
  t.after(() => database.close())
  const texts = new Set<unknown>()
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  for (const { name } of tables) {
    for (const row of database.prepare(`SELECT * FROM "${name}"`).all()) {
      for (const value of Object.values(row)) if (typeof value === 'string') texts.add(value)
    }
  }
  const ours = ['alice', '9.8.7', 'account-hash', 'INBOX', 'settled', 'failed', 'copied', 'none', 'pipelining', 'off']
  const { value: generation } = database.prepare(`SELECT value FROM meta WHERE name = 'generation'`).get() ?? {}
  const expected = new Set<unknown>([...ours, 'refused for a reason', 'run', 'generation', generation, 'together', '1'])
  assert.deepEqual(texts, expected)
  const bytes = readFileSync(path).toString('latin1')
  for (const text of ['Subject', 'body 1']) assert.equal(bytes.includes(text), false, text)
})
