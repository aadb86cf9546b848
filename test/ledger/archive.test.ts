// What the ledger keeps of runs: grouped for people, bounded, compressed, and through export and import the same.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { KeptReport } from '../../src/core/archive.ts'
import { exportLedger } from '../../src/ledger/export.ts'
import { importLedger } from '../../src/ledger/import.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { inspectLedger } from '../../src/ledger/inspect.ts'
import { migrations } from '../../src/ledger/schema.ts'
import { account, copiedTo, intentOf, keyOf, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()

/** What a pair leaves behind that copied a message. */
function reportOf(pair: string, run: number | undefined, more: Partial<KeptReport> = {}): KeptReport {
  const [startedAt, finishedAt] = [clock.time, clock.time + 1000]
  const sums = { listed: 3, copied: 2, unmade: 1 }
  return { pair, run, startedAt, finishedAt, exitCode: 0, ...sums, document: `{"pair":"${pair}"}`, ...more }
}

/** Text that no compression makes much smaller. */
function noise(length: number): string {
  return randomBytes(length).toString('base64').slice(0, length)
}

function open(path: string, more = {}) {
  return openLedger({ path, clock, ...more })
}

test('the pairs of one run have one number; the next run has the next one', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  for (const expected of [1, 2]) {
    const ledger = open(path, { isOneRun: true })
    for (const [at, pair] of ['alice', 'bob'].entries()) {
      const book = ledger.open(pair, account)
      book.settle([copiedTo(expected * 10 + at, expected * 10 + at)])
      book.close()
      assert.equal(ledger.archive.keep(reportOf(pair, book.run)), expected)
    }
    ledger.close()
  }
  const { archive, close } = open(path, { readOnly: true })
  assert.deepEqual(
    archive.runs([], 10).map(({ number, pairs, listed }) => [number, pairs, listed]),
    [
      [2, ['alice', 'bob'], 6],
      [1, ['alice', 'bob'], 6],
    ],
  )
  assert.equal(archive.runs([], 1).length, 1)
  assert.deepEqual(archive.read(1, ['bob']), [{ ...reportOf('bob', 2) }])
  assert.equal(archive.read(3, []), undefined)
  assert.deepEqual(archive.unfinished([]), [])
  close()
})

test('passes are runs for themselves, and one of which nothing came takes no number', (t) => {
  const ledger = open(join(makeDirectory(t), 'ledger.db'))
  const numbers = [1, 2, 3].map((n) => {
    ledger.open('idle', account).close()
    const book = ledger.open('alice', account)
    book.settle([copiedTo(n, n)])
    book.close()
    return ledger.archive.keep(reportOf('alice', book.run))
  })
  assert.deepEqual(numbers, [1, 2, 3])
  // A failure that wrote nothing down is kept all the same, and its number in the ledger may be taken again.
  const failed = ledger.open('alice', account)
  failed.close()
  assert.equal(ledger.archive.keep(reportOf('alice', failed.run, { exitCode: 4 })), 4)
  const again = ledger.open('alice', account)
  again.settle([copiedTo(9, 9)])
  again.close()
  assert.equal(again.run, failed.run)
  assert.equal(ledger.archive.keep(reportOf('alice', again.run)), 5)
  // Nor has a pair whose ledger was never opened any run.
  assert.equal(ledger.archive.keep(reportOf('locked', undefined, { exitCode: 7 })), 6)
  ledger.close()
})

test('a run that was killed has no end, and what it had done is told', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = open(path, { isOneRun: true })
  const book = ledger.open('alice', account)
  book.settle([copiedTo(1, 1), copiedTo(2, 2)])
  book.begin([intentOf(3)])
  const looking = open(path, { readOnly: true })
  const [unfinished] = looking.archive.unfinished([])
  assert.deepEqual(unfinished, {
    pair: 'alice',
    number: 1,
    startedAt: clock.time,
    life: 'running',
    outcomes: { copied: { count: 2, bytes: 2007 } },
    unsettled: 1,
  })
  assert.deepEqual(looking.archive.unfinished(['bob']), [])
  looking.close()
  ledger.close()
})

test('what is kept is bounded by number and by size, per pair; the last report always stays', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const ledger = open(path, { bounds: { reports: 3, bytes: 8000 } })
  const numbersOf = (pair: string) => ledger.archive.runs([pair], 100).map(({ number }) => number)
  for (let at = 0; at < 5; at += 1) ledger.archive.keep(reportOf('alice', undefined))
  ledger.archive.keep(reportOf('bob', undefined))
  assert.deepEqual(numbersOf('alice').toSorted(), [3, 4, 5])
  assert.deepEqual(numbersOf('bob'), [6])
  for (let at = 0; at < 3; at += 1) ledger.archive.keep(reportOf('bob', undefined, { document: noise(5000) }))
  const left = numbersOf('bob')
  assert.ok(left.length < 3, String(left))
  ledger.archive.keep(reportOf('bob', undefined, { document: noise(20_000) }))
  assert.deepEqual(numbersOf('bob'), [10])
  assert.equal(numbersOf('alice').length, 3)
  ledger.close()
})

test('a server that is down for weeks costs nobody the reports of what was moved', (t) => {
  const ledger = open(join(makeDirectory(t), 'ledger.db'), { bounds: { reports: 3, bytes: 8000 } })
  for (const exitCode of [0, 3, 5, 5, 5, 5, 5, 0]) ledger.archive.keep(reportOf('alice', undefined, { exitCode }))
  const kept = ledger.archive.runs(['alice'], 100).map(({ number, exitCodes }) => `${number}: ${exitCodes}`)
  assert.deepEqual(kept.toSorted(), ['1: 0', '2: 3', '5: 5', '6: 5', '7: 5', '8: 0'])
  ledger.close()
})

test('a large report takes little room, and comes back byte for byte; secrets do not', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  const redact = (text: string) => text.replaceAll('sesame', '[redacted]')
  const ledger = open(path, { redact })
  const rows = Array.from({ length: 20_000 }, (_, n) => ({
    key: `uidl-${n}`,
    reason: 'sesame: too big for us, ümläut',
  }))
  const document = JSON.stringify(rows)
  const number = ledger.archive.keep(reportOf('alice', undefined, { document }))
  assert.equal(ledger.archive.read(number, [])?.[0]?.document, redact(document))
  ledger.close()
  assert.ok(statSync(path).size < document.length / 5, `${statSync(path).size} of ${document.length}`)
})

test('export and import: the same runs, under numbers that are free there', (t) => {
  const directory = makeDirectory(t)
  const [from, to] = [join(directory, 'from.db'), join(directory, 'to.db')]
  const source = open(from, { isOneRun: true })
  for (const [at, pair] of ['alice', 'bob'].entries()) {
    const book = source.open(pair, account)
    book.settle([copiedTo(at + 1, at + 1)])
    book.close()
    source.archive.keep(reportOf(pair, book.run))
  }
  source.close()
  const target = open(to)
  target.archive.keep(reportOf('carol', undefined))
  target.close()
  const lines: string[] = []
  exportLedger({ path: from, pairs: [], version: '1', write: (line) => lines.push(line.trimEnd()) })
  importLedger({ path: to, clock, name: 'lines', lines })
  const { archive, close } = open(to, { readOnly: true })
  assert.deepEqual(
    archive.runs([], 10).map(({ number, pairs }) => [number, pairs]),
    [
      [2, ['alice', 'bob']],
      [1, ['carol']],
    ],
  )
  assert.deepEqual(
    archive.read(2, [])?.map(({ pair, document }) => [pair, document]),
    ['alice', 'bob'].map((pair) => [pair, `{"pair":"${pair}"}`]),
  )
  close()
  assert.deepEqual(inspectLedger(to).problems, [])
})

test('a real ledger of schema 3 becomes a current one: every message, and room for reports', (t) => {
  const path = join(makeDirectory(t), 'ledger.db')
  copyFileSync(join(import.meta.dirname, '../fixtures/ledger-schema-3.db'), path)
  const looking = open(path, { readOnly: true })
  assert.deepEqual([looking.archive.runs([], 10), looking.archive.unfinished([])], [[], []])
  assert.equal(looking.read('alice').known().size, 42)
  looking.close()
  assert.equal(inspectLedger(path).schema, 3, 'looking changes nothing')

  const ledger = open(path, { isOneRun: true })
  const book = ledger.open('alice', account)
  assert.deepEqual([book.known().size, book.unsettled().length, book.habit('pipelining')], [42, 2, 'off'])
  assert.deepEqual(book.counted('2026-01-02', ['destination x']), [4711])
  assert.equal(book.known().get(keyOf(7))?.placed?.uid, 7)
  book.settle([copiedTo(41, 41), copiedTo(42, 42)])
  book.close()
  assert.equal(ledger.archive.keep(reportOf('alice', book.run)), 1)
  ledger.close()
  const { problems, schema, pairs } = inspectLedger(path)
  assert.deepEqual([problems, schema, pairs.map(({ settled }) => settled)], [[], migrations.length, [42, 0]])
})
