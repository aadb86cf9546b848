// A look at the ledger: what is in it, who holds it, and whatever is wrong with it.
import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { inspectLedger } from '../../src/ledger/inspect.ts'
import { account, copiedTo, failed, intentOf, isError, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

function makeLedger(t: TestContext): string {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = openLedger({ path, clock })
  const book = ledger.open('alice', account)
  book.begin([intentOf(500)])
  book.settle([...Array.from({ length: 300 }, (_, n) => copiedTo(n + 1, n)), failed(900)])
  ledger.close()
  return path
}

/** Changes rows behind the ledger's back, its rules switched off. */
function tamper(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; ${sql}`)
  database.close()
}

test('a sound ledger is described', (t) => {
  const path = makeLedger(t)
  const before = readFileSync(path)
  const { pairs, problems, schema, latest, generation, exists, bytes } = inspectLedger(path)
  assert.deepEqual(problems, [])
  assert.equal(schema, latest)
  assert.match(generation ?? '', /^[0-9a-f]{16}$/)
  assert.ok(exists && bytes > 4096)
  const counts = { settled: 300, begun: 1, leftOut: 0, failed: 1, runs: 1, lastRun: clock.now(), lock: undefined }
  assert.deepEqual(pairs, [{ pair: 'alice', ...counts }])
  assert.deepEqual(readFileSync(path), before)
})

test('no ledger is no fault', (t) => {
  const { exists, problems } = inspectLedger(join(makeDirectory(t), 'ledger.db'))
  assert.deepEqual([exists, problems], [false, []])
})

test('it says who holds a pair, while it is held', (t) => {
  const path = makeLedger(t)
  const ledger = openLedger({ path, clock })
  t.after(() => ledger.close())
  const book = ledger.open('alice', account)
  const lock = inspectLedger(path).pairs[0]?.lock
  assert.deepEqual([lock?.pid, lock?.life, lock?.since], [process.pid, 'running', clock.now()])
  book.close()
  assert.equal(inspectLedger(path).pairs[0]?.lock, undefined)
})

const faults: readonly (readonly [string, RegExp])[] = [
  ['UPDATE message SET uid = NULL WHERE uid = 7', /settled, and without a place/],
  ['UPDATE message SET settled_at = NULL WHERE uid < 3', /Wrong are 2 rows: settled, and nobody knows when/],
  ['UPDATE message SET exact = NULL, canonical = NULL WHERE uid = 7', /without fingerprints/],
  ["UPDATE message SET uid_next = NULL WHERE state = 'begun'", /not enough is known to look for them/],
  ["UPDATE message SET outcome = 'nonsense' WHERE uid = 7", /an outcome that there is not/],
  ["UPDATE message SET removal = 'quit-sent' WHERE state = 'failed'", /removed at the source, and not settled/],
  ['UPDATE message SET sent_size = 5 WHERE uid = 7', /half a record/],
  ["UPDATE message SET state = 'lost' WHERE uid = 7", /a state that there is not/],
  ['UPDATE message SET folder = 77 WHERE uid = 7', /References to what is not there: 1 row/],
  [
    "INSERT INTO pair VALUES (9, 'x'); INSERT INTO run VALUES (99, 9, 'v', 1, 2, NULL); UPDATE message SET run = 99 WHERE uid = 7",
    /a run that is not of their pair/,
  ],
  ['DROP INDEX message_place; UPDATE message SET uid = 1 WHERE uid < 3', /same place at the destination, at 1 place/],
  ["UPDATE message SET exact = x'01' WHERE uid = 7", /a broken fingerprint/],
  ['UPDATE message SET exact = NULL WHERE uid = 7', /one fingerprint of two/],
  ['UPDATE message SET uid = 0 WHERE uid = 7', /numbers that cannot be/],
  ['DELETE FROM meta', /lost the name/],
]

for (const [sql, sentence] of faults) {
  test(`found: ${sql}`, (t) => {
    const path = makeLedger(t)
    tamper(path, sql)
    const { problems } = inspectLedger(path)
    assert.ok(
      problems.some((problem) => sentence.test(problem)),
      problems.join('\n'),
    )
  })
}

test('damage is found wherever it is', (t) => {
  const path = makeLedger(t)
  const whole = readFileSync(path)
  for (let page = 0; page < whole.length; page += 4096) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xa5, page, page + 200)
    writeFileSync(path, bytes)
    assert.notDeepEqual(inspectLedger(path).problems, [], `page ${page}`)
  }
  writeFileSync(path, whole)
  truncateSync(path, whole.length - 4096)
  assert.notDeepEqual(inspectLedger(path).problems, [])
})

test('another program’s database and a newer mailhaul’s ledger are refused', (t) => {
  const path = makeLedger(t)
  tamper(path, 'PRAGMA user_version = 99')
  assert.throws(() => inspectLedger(path), isError('ledger', 'run', /newer mailhaul/))
  tamper(path, 'PRAGMA user_version = 1; PRAGMA application_id = 5')
  assert.throws(() => inspectLedger(path), isError('ledger', 'run', /another program/))
})
