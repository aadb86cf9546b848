// Files that are no ledger, or not a whole one: refused in one sentence that says what to do, and never changed.
import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../src/core/errors.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { account, copiedTo, isError, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

/** A ledger of 400 messages, closed. */
function makeLedger(t: TestContext): string {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  book.settle(Array.from({ length: 400 }, (_, n) => copiedTo(n + 1, n)))
  ledger.close()
  return path
}

/** Both ways of opening refuse the file with this sentence, and leave it as it is. */
function assertRefused(path: string, sentence: RegExp): void {
  const before = readFileSync(path)
  for (const readOnly of [true, false]) {
    assert.throws(
      () => openLedger({ path, clock, readOnly }),
      (thrown) => {
        assert.ok(isError('ledger', 'run', sentence)(thrown))
        assert.ok(thrown instanceof MailhaulError && thrown.message.includes(path), 'it names the file')
        return true
      },
    )
  }
  assert.deepEqual(readFileSync(path), before)
}

test('an empty file becomes a ledger', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  writeFileSync(path, '')
  const reader = openLedger({ path, clock, readOnly: true })
  assert.equal(reader.read('alice').known().size, 0)
  reader.close()
  assert.equal(readFileSync(path).length, 0)
  const ledger = openLedger({ path, clock })
  assert.equal(ledger.open('alice', account).run, 1)
  ledger.close()
})

test('a file that is no database is refused', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  writeFileSync(path, 'alice: the words of somebody else\n'.repeat(200))
  assertRefused(path, /is damaged/)
})

test('another program’s database is refused', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE notes (text)')
  database.close()
  chmodSync(path, 0o644)
  assertRefused(path, /another program/)
  assert.equal(statSync(path).mode & 0o777, 0o644)
  const marked = new DatabaseSync(path)
  marked.exec('DROP TABLE notes; PRAGMA application_id = 42')
  marked.close()
  assertRefused(path, /another program/)
})

test('a newer mailhaul’s ledger is refused', (t) => {
  const path = makeLedger(t)
  const database = new DatabaseSync(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  assertRefused(path, /newer mailhaul \(schema 99, this one knows \d+\)/)
})

test('a ledger without one of its tables is refused', (t) => {
  const path = makeLedger(t)
  const database = new DatabaseSync(path)
  database.exec('DROP TABLE habit')
  database.close()
  assertRefused(path, /is damaged/)
})

test('a truncated ledger is refused, wherever it was cut', (t) => {
  const path = makeLedger(t)
  const { length } = readFileSync(path)
  const cut = `${path}.cut`
  for (const size of [2, 15, 100, 511, 4096, 4097, 8192, length / 2, length - 4096, length - 1].map(Math.floor)) {
    copyFileSync(path, cut)
    truncateSync(cut, size)
    assertRefused(cut, /is damaged/)
  }
})

test('a damaged page is noticed', (t) => {
  const path = makeLedger(t)
  const whole = readFileSync(path)
  for (let page = 4096; page < whole.length; page += 4096) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xa5, page, page + 200)
    writeFileSync(path, bytes)
    assertRefused(path, /is damaged/)
  }
})

test('a glance reads no more than it is asked for, however large or damaged the rest is', (t) => {
  const path = makeLedger(t)
  const writing = openLedger({ path, clock })
  writing.open('alice', account).setHabit('got-through', '5')
  writing.close()
  const whole = readFileSync(path)
  let seen = 0
  for (let page = 4096; page < whole.length; page += 4096) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xa5, page, page + 200)
    writeFileSync(path, bytes)
    assertRefused(path, /is damaged/)
    seen += glancesAt(path)
  }
  assert.ok(seen > 10, `only ${seen} pages may be damaged`)
})

/** How many habits can be seen, though the messages cannot be read. */
function glancesAt(path: string): number {
  const ledger = openLedger({ path, clock, readOnly: true, isGlance: true })
  const messagesThere = () => ledger.read('alice').known()
  try {
    const habit = ledger.read('alice').habit('got-through')
    assert.throws(messagesThere, isError('ledger', 'run', /is damaged/))
    return habit === '5' ? 1 : 0
  } catch {
    return 0
  } finally {
    ledger.close()
  }
}

test('a row that no mailhaul has written is noticed when it is read', (t) => {
  const path = makeLedger(t)
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA ignore_check_constraints = ON; UPDATE message SET outcome = 'nonsense' WHERE uid = 7`)
  database.close()
  const ledger = openLedger({ path, clock, readOnly: true })
  t.after(() => ledger.close())
  assert.throws(() => ledger.read('alice').known(), isError('ledger', 'run', /is damaged/))
})

test('whatever bytes are flipped, a ledger opens or says that it cannot', (t) => {
  const path = makeLedger(t)
  const whole = readFileSync(path)
  const flip = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }))
  const check = (flips: readonly (readonly [number, number])[]) => {
    const bytes = Buffer.from(whole)
    for (const [at, mask] of flips) bytes[at] = (bytes[at] ?? 0) ^ mask
    for (const suffix of ['-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
    writeFileSync(path, bytes)
    try {
      const ledger = openLedger({ path, clock })
      try {
        const book = ledger.open('alice', account)
        book.known()
        book.settle([copiedTo(1000, 1000)])
      } finally {
        ledger.close()
      }
    } catch (thrown) {
      assert.ok(thrown instanceof MailhaulError, String(thrown))
    }
  }
  fc.assert(fc.property(fc.array(flip, { minLength: 1, maxLength: 20 }), check), { numRuns: 50 })
  const header = fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(fc.property(header, check), { numRuns: 50 })
})

test('a ledger moved away makes room for a new one', (t) => {
  const path = makeLedger(t)
  truncateSync(path, 8192)
  assertRefused(path, /is damaged/)
  renameSync(path, `${path}.damaged`)
  const ledger = openLedger({ path, clock })
  assert.equal(ledger.open('alice', account).known().size, 0)
  ledger.close()
})
