// The ledger's own commands: what is exported comes back in without loss, and what is wrong is named and not imported.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { keyFromBytes } from '../../src/core/message.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { messageFields } from '../../src/ledger/lines.ts'
import { ledgerTools } from '../../src/ledger/tools.ts'
import { account, copiedTo, failed, intentOf, isError, keyOf, plain, StillClock } from '../contracts/ledger-samples.ts'
import { makeDirectory } from './place.ts'

const clock = new StillClock()
const everyByte = keyFromBytes(Uint8Array.from({ length: 256 }, (_, byte) => byte))

interface Place {
  readonly directory: string
  readonly path: string
  readonly tools: ReturnType<typeof ledgerTools>
}

function place(t: TestContext): Place {
  const directory = makeDirectory(t)
  const path = join(directory, 'ledger.db')
  return { directory, path, tools: ledgerTools(path, clock, '1.2.3') }
}

/** A ledger of two pairs with every kind of row there is. */
function fill(path: string, count = 3): void {
  const ledger = openLedger({ path, clock })
  const alice = ledger.open('alice', account)
  alice.begin([intentOf(500), intentOf(501, { folder: 'Ärger/📬' })])
  alice.settle([...Array.from({ length: count }, (_, n) => copiedTo(n + 1, n)), failed(900, 'zu groß \u0000 “so”')])
  alice.settle([{ ...copiedTo(9000, 9000), key: everyByte }])
  alice.settle([
    { key: keyOf(901), listedSize: 5, state: 'left-out', outcome: 'filtered', reason: 'old', policy: 'p1' },
  ])
  alice.markRemoval([keyOf(0)], 'quit-sent')
  alice.markAbsent([keyOf(1)], true)
  alice.setComparedTo(account, 'INBOX', 7, 42)
  alice.setHabit('pipelining', 'off')
  alice.count('2026-01-02', ['destination x', 'source y'], () => [12, 34])
  ledger.open('bøb', 'other').settle([copiedTo(1, 1)])
  ledger.close()
}

/** Every row of a ledger, without the numbers that ledgers give on their own. */
function rowsOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true })
  const all = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  const rows = {
    messages: all(
      'SELECT message.*, pair.name, account, path, uid_validity FROM message JOIN pair ON pair.id = pair ' +
        'LEFT JOIN folder ON folder.id = folder ORDER BY name, key',
    ).map(({ pair: _pair, run: _run, folder: _folder, ...row }) => row),
    runs: all('SELECT name, version, started_at, finished_at FROM run JOIN pair ON pair.id = pair ORDER BY run.id'),
    compared: all('SELECT name, account, path, uid_validity, uid FROM compared JOIN pair ON pair.id = pair'),
    budgets: all('SELECT * FROM budget ORDER BY name, day'),
    habits: all('SELECT pair.name AS pair, habit.name, value FROM habit JOIN pair ON pair.id = pair'),
  }
  database.close()
  return rows
}

function exported({ tools }: Place, ...pairs: string[]): string[] {
  const lines: string[] = []
  tools.exportLines((line) => lines.push(line), pairs)
  return lines
}

test('what is exported comes back in without loss, twice over', (t) => {
  const from = place(t)
  fill(from.path)
  const lines = exported(from)
  assert.match(lines.join(''), /^[\n\x20-\x7e]+$/)
  const file = join(from.directory, 'ledger.jsonl')
  const { messages, isWhole } = from.tools.exportTo(file, [])
  assert.deepEqual([messages, isWhole, statSync(file).mode & 0o777], [9, true, 0o600])
  assert.equal(readFileSync(file, 'utf8'), lines.join(''))
  const to = place(t)
  assert.deepEqual(to.tools.importFrom(file), { pairs: ['alice', 'bøb'], messages: 9, isWhole: true })
  assert.deepEqual(rowsOf(to.path), rowsOf(from.path))
  // All but the first line, which names the ledger itself.
  assert.deepEqual(exported(to).slice(1), lines.slice(1))
  assert.deepEqual(to.tools.inspect().problems, [])
})

test('an imported ledger goes on where the exported one stood', (t) => {
  const [from, to] = [place(t), place(t)]
  fill(from.path)
  const file = join(from.directory, 'ledger.jsonl')
  from.tools.exportTo(file, ['alice'])
  assert.deepEqual(to.tools.importFrom(file).pairs, ['alice'])
  const [before, after] = [from, to].map(({ path }) => {
    const ledger = openLedger({ path, clock })
    t.after(() => ledger.close())
    return ledger.open('alice', account)
  })
  assert.ok(before && after)
  assert.deepEqual([...after.known().values()].map(plain), [...before.known().values()].map(plain))
  assert.deepEqual(
    after.unsettled().map(({ key, uidNext }) => [key, uidNext]),
    before.unsettled().map(({ key, uidNext }) => [key, uidNext]),
  )
  assert.equal(after.comparedTo(account, 'INBOX', 7), 42)
  assert.equal(after.habit('pipelining'), 'off')
})

test('every column of a message is exported', (t) => {
  const { path } = place(t)
  openLedger({ path, clock }).close()
  const database = new DatabaseSync(path)
  t.after(() => database.close())
  const columns = database
    .prepare(`SELECT name FROM pragma_table_info('message')`)
    .all()
    .map(({ name }) => name)
  const exportedColumns = [...messageFields.map(({ column }) => column), 'pair', 'run', 'folder']
  assert.deepEqual(exportedColumns.sort(), columns.sort())
})

test('a line that is wrong is named, and nothing is imported', (t) => {
  const from = place(t)
  fill(from.path, 2)
  const lines = exported(from)
  const at = (kind: string) => lines.findIndex((line) => line.startsWith(`{"kind":"${kind}"`))
  const message = lines.findIndex((line) => line.includes('"state":"settled"'))
  const swap = (index: number, from: RegExp, to: string) => lines.with(index, (lines[index] ?? '').replace(from, to))
  const cases: [string[], RegExp][] = [
    [lines.slice(1), /In line 1 of .+, it does not begin an exported ledger\./],
    [swap(0, /"version":1/, '"version":9'), /line 1 of .+, it is of version 9/],
    [lines.with(2, '{"kind":\n'), /line 3 of .+, it is no JSON/],
    [lines.with(2, '[]\n'), /line 3 of .+, it is no object/],
    [lines.with(2, '{"kind":"song"}\n'), /line 3 of .+, it is of no known kind/],
    [swap(message, /"key":"/, '"key":"\\u0100'), new RegExp(`line ${message + 1} of .+, key holds characters`)],
    [swap(message, /"exact":"v1/, '"exact":"v1x'), /exact is no fingerprint/],
    [swap(message, /"state":"settled"/, '"state":"lost"'), /state is none of begun, settled/],
    [swap(message, /"uid":\d+/, '"uid":"1"'), /uid is no whole number/],
    [swap(message, /"uid":\d+/, '"uid":null'), /contradicts another row: CHECK constraint/],
    [swap(message, /"uid":\d+/, '"uid":4294967296'), /contradicts another row: CHECK constraint/],
    [swap(message, /"outcome":"copied"/, '"outcome":"eaten"'), /outcome is none of/],
    [swap(message, /"run":\d+/, '"run":99'), /run is none of those before/],
    [swap(message, /"pair":"alice"/, '"pair":"carol"'), /pair is none of those before/],
    [swap(message, /"account":"[^"]+"/, '"account":7'), /account is no text/],
    [lines.toSpliced(message, 0, lines[message] ?? ''), /contradicts another row: UNIQUE/],
    [lines.toSpliced(message, 1), /it counts \d+ rows, and there are \d+/],
    [lines.slice(0, -1), /is cut short/],
    [[...lines, lines[at('habit')] ?? ''], /it stands behind the end/],
    [[], /is cut short/],
  ]
  const to = place(t)
  const file = join(to.directory, 'bad.jsonl')
  for (const [bad, sentence] of cases) {
    writeFileSync(file, bad.join(''))
    assert.throws(
      () => to.tools.importFrom(file),
      (thrown) => {
        assert.ok(isError('usage', 'run', sentence)(thrown))
        assert.ok(thrown instanceof MailhaulError && thrown.hint?.includes('Nothing was imported'))
        return true
      },
    )
  }
  assert.deepEqual(to.tools.inspect().pairs, [])
  // Without its last line end alone it would be whole.
  for (let length = 0; length < lines.join('').length - 1; length += 97) {
    writeFileSync(file, lines.join('').slice(0, length))
    assert.throws(() => to.tools.importFrom(file), isError('usage', 'run'))
  }
  assert.deepEqual(to.tools.inspect().pairs, [])
})

test('pairs that the ledger knows, or that somebody works on, are not imported over', (t) => {
  const [from, to] = [place(t), place(t)]
  fill(from.path)
  const file = join(from.directory, 'ledger.jsonl')
  from.tools.exportTo(file, [])
  assert.throws(() => from.tools.importFrom(file), isError('usage', 'run', /messages of pair "alice" already/))
  const ledger = openLedger({ path: to.path, clock })
  const book = ledger.open('bøb', 'other')
  assert.throws(() => to.tools.importFrom(file), isError('locked', 'pair', new RegExp(`process ${process.pid} `)))
  assert.deepEqual(
    to.tools.inspect().pairs.map(({ pair }) => pair),
    ['bøb'],
  )
  book.close()
  ledger.close()
  assert.equal(to.tools.importFrom(file).messages, 9)
})

test('an export names what there is not, and leaves no half file behind', (t) => {
  const { path, tools, directory } = place(t)
  assert.throws(() => tools.exportLines(() => undefined, []), isError('usage', 'run', /There is no ledger/))
  fill(path)
  assert.throws(() => tools.exportLines(() => undefined, ['carol']), isError('usage', 'run', /no pair called "carol"/))
  const file = join(directory, 'out.jsonl')
  writeFileSync(file, 'kept')
  assert.throws(() => tools.exportTo(file, ['carol']), isError('usage', 'run'))
  assert.equal(readFileSync(file, 'utf8'), 'kept')
  assert.throws(() => tools.exportTo(join(directory, 'none', 'x'), []), isError('usage', 'run', /cannot be written/))
  assert.throws(() => tools.importFrom(join(directory, 'none')), isError('usage', 'run', /cannot be read/))
})

test('of a damaged ledger everything is exported that can be read, and what is missing is compared anew', (t) => {
  const { path, tools, directory } = place(t)
  fill(path, 400)
  const whole = readFileSync(path)
  const all = exported({ path, tools, directory }).filter((line) => line.includes('"kind":"message"'))
  let saved = 0
  for (let page = 4096; page < whole.length; page += 4096) {
    const bytes = Buffer.from(whole)
    bytes.fill(0xa5, page, page + 200)
    writeFileSync(path, bytes)
    const lines = exported({ path, tools, directory })
    const messages = lines.filter((line) => line.includes('"kind":"message"'))
    assert.ok(
      messages.every((line) => all.includes(line)),
      `page ${page}: nothing made up`,
    )
    assert.ok(new Set(messages).size === messages.length, `page ${page}: nothing twice`)
    const end: unknown = JSON.parse(lines.at(-1) ?? '')
    assert.ok(typeof end === 'object' && end !== null && 'unreadable' in end && 'whole' in end)
    assert.equal(end.whole, false, `page ${page}`)
    assert.ok(!lines.some((line) => line.includes('"kind":"compared"')), 'nothing may count as compared')
    saved += messages.length
    if (page % (8 * 4096) !== 0) continue
    const to = place(t)
    writeFileSync(join(to.directory, 'saved.jsonl'), lines.join(''))
    const report = to.tools.importFrom(join(to.directory, 'saved.jsonl'))
    assert.deepEqual([report.messages, report.isWhole], [messages.length, false])
  }
  const pages = whole.length / 4096 - 1
  assert.ok(saved / (pages * all.length) > 0.8, `${saved} of ${pages} × ${all.length}`)
})

test('what lies between two damaged places is saved too, and what is lost is counted', (t) => {
  const from = place(t)
  fill(from.path, 400)
  const whole = readFileSync(from.path)
  const saved = (pages: readonly number[]) => {
    const bytes = Buffer.from(whole)
    for (const page of pages) bytes.fill(0xa5, page, page + 200)
    writeFileSync(from.path, bytes)
    const lines = exported(from)
    const { unreadable } = JSON.parse(lines.at(-1) ?? '')
    return { count: lines.filter((line) => line.includes('"kind":"message"')).length, unreadable }
  }
  const all = saved([]).count
  const pages = Array.from({ length: whole.length / 4096 - 1 }, (_, at) => (at + 1) * 4096)
  const lost = new Map(pages.map((page) => [page, all - saved([page]).count]))
  // Pages that hold some messages and nothing else.
  const leaves = pages.filter((page) => (lost.get(page) ?? 0) > 0 && (lost.get(page) ?? 0) < all / 2)
  assert.ok(leaves.length > 5, `${leaves.length} leaves`)
  for (const [one, other] of [
    [leaves[0], leaves.at(-1)],
    [leaves[1], leaves[4]],
  ]) {
    assert.ok(one !== undefined && other !== undefined)
    const { count, unreadable } = saved([one, other])
    const expected = all - (lost.get(one) ?? 0) - (lost.get(other) ?? 0)
    // The four that are not settled stand in no index that names them.
    assert.ok(count <= expected && count >= expected - 4, `${count} of ${expected}`)
    assert.ok(unreadable > 0 && unreadable <= all - count)
  }
})

test('an older ledger is exported as the present one would tell it', async (t) => {
  const { migrations } = await import('../../src/ledger/schema.ts')
  const { openConnection } = await import('../../src/ledger/sqlite.ts')
  const from = place(t)
  openConnection({ path: from.path, readOnly: false, steps: migrations.slice(0, 1) }).close()
  const database = new DatabaseSync(from.path)
  database.exec(`
    INSERT INTO pair VALUES (1, 'alice'); INSERT INTO run VALUES (1, 1, '0.0.1', 10, 20);
    INSERT INTO folder VALUES (1, 'a', 'INBOX', 7);
    INSERT INTO message VALUES (1, x'7531', 5, 'settled', 'copied', 5, zeroblob(33), zeroblob(33), 1, 3, NULL, NULL,
      NULL, 1, 1, NULL, 15, 'none')`)
  database.close()
  const file = join(from.directory, 'old.jsonl')
  assert.equal(from.tools.exportTo(file, []).isWhole, true)
  const to = place(t)
  assert.equal(to.tools.importFrom(file).messages, 1)
  const ledger = openLedger({ path: to.path, clock, readOnly: true })
  t.after(() => ledger.close())
  const [row] = ledger.read('alice').known().values()
  assert.deepEqual([row?.key, row?.settledAt, row?.changedAt, row?.absentSince], ['u1', 15, 15, undefined])
})

test('an import counts no less for daily budgets than was counted already', (t) => {
  const [from, to] = [place(t), place(t)]
  fill(from.path)
  const file = join(from.directory, 'ledger.jsonl')
  from.tools.exportTo(file, [])
  const ledger = openLedger({ path: to.path, clock })
  ledger.open('carol', account).count('2026-01-02', ['destination x', 'source y'], () => [100, 1])
  ledger.close()
  to.tools.importFrom(file)
  const reader = openLedger({ path: to.path, clock, readOnly: true })
  t.after(() => reader.close())
  assert.deepEqual(reader.read('alice').counted('2026-01-02', ['destination x', 'source y']), [100, 34])
})

test('counts that cannot be are found', (t) => {
  const { path, tools } = place(t)
  fill(path)
  const database = new DatabaseSync(path)
  database.exec("INSERT INTO budget VALUES ('destination x', 'someday', 1)")
  database.close()
  assert.match(tools.inspect().problems.join(), /Wrong are 1 row: counts of daily budgets that cannot be\./)
})
