// mailhaul ledger check, export and import, as people and scripts meet them.
import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openLedger } from '../../src/ledger/index.ts'
import { copiedTo } from '../contracts/ledger-samples.ts'
import { mail } from '../core/rows.ts'
import { Bench } from './bench.ts'

/** A bench of its own for one test; the ledger's path goes with it. */
async function withBench(work: (bench: Bench, ledger: string) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  try {
    await work(bench, join(bench.directory, 'state', 'ledger.db'))
  } finally {
    await bench.stop()
  }
}

test('check: no ledger yet, a sound one, a damaged one', () =>
  withBench(async (bench, ledger) => {
    const before = await bench.run('ledger', 'check')
    assert.deepEqual([before.code, before.stderr], [0, ''])
    assert.match(before.stdout, /There is no ledger at .+ yet/)
    assert.equal((await bench.run('sync')).code, 0)
    const sound = await bench.run('ledger', 'check')
    assert.equal(sound.code, 0, sound.stdout)
    assert.match(
      sound.stdout,
      /sound\n\n.+schema \d+; generation [0-9a-f]{16}; .+\n\n {2}alice: 3 settled; 1 run, the last on /,
    )
    truncateSync(ledger, readFileSync(ledger).length - 4096)
    const damaged = await bench.run('ledger', 'check', '--json')
    assert.equal(damaged.code, 1)
    const { kind, sound: isSound, problems, next } = JSON.parse(damaged.stdout)
    assert.deepEqual([kind, isSound, problems.length > 0], ['ledger', false, true])
    assert.deepEqual(next, ['mailhaul ledger export --out ledger.jsonl', 'mailhaul ledger rebuild'])
    const sync = await bench.run('sync')
    assert.equal(sync.code, 1)
    assert.match(sync.stderr, /is damaged\.[\s\S]+mailhaul ledger export[\s\S]+mailhaul ledger rebuild/)
  }))

test('export and import: a ledger moves, and the next sync finds nothing to do', () =>
  withBench(async (bench, ledger) => {
    assert.equal((await bench.run('sync')).code, 0)
    const lines = await bench.run('ledger', 'export', 'alice')
    assert.deepEqual([lines.code, lines.stderr], [0, ''])
    const kinds = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).kind)
    assert.deepEqual([kinds[0], kinds.at(-1)], [undefined, 'end'])
    assert.equal(kinds.filter((kind) => kind === 'message').length, 3)
    const { code, stdout } = await bench.run('ledger', 'export', '--out', 'out.jsonl')
    assert.deepEqual([code, stdout], [0, '3 messages of 1 pair written to out.jsonl.\n'])
    assert.equal(readFileSync(join(bench.directory, 'out.jsonl'), 'utf8'), lines.stdout)
    const again = await bench.run('ledger', 'import', 'out.jsonl')
    assert.equal(again.code, 2)
    assert.match(again.stderr, /has messages of pair "alice" already[\s\S]+Nothing was\s+imported/)
    writeFileSync(ledger, '')
    const imported = await bench.run('ledger', 'import', 'out.jsonl')
    assert.deepEqual([imported.code, imported.stdout], [0, '3 messages of 1 pair imported.\n'])
    const fetched = bench.pop3.count('RETR')
    assert.match((await bench.run('--verbose', 'sync')).stdout, /nothing new/)
    assert.deepEqual([bench.pop3.count('RETR'), bench.imap.folder('new', 'INBOX').messages.length], [fetched, 3])
  }))

test('of a damaged ledger, export saves what it can and says so: exit code 3', () =>
  withBench(async (bench, ledger) => {
    assert.equal((await bench.run('sync')).code, 0)
    const bytes = readFileSync(ledger)
    // The last page holds a table that was made late: the messages are still there.
    writeFileSync(ledger, bytes.fill(0xa5, bytes.length - 4096, bytes.length - 3896))
    const { code, stdout, stderr } = await bench.run('ledger', 'export')
    assert.equal(code, 3)
    assert.match(stderr, /damaged: not all of it could be read/)
    assert.equal(stdout.match(/"kind":"message"/g)?.length, 3)
    assert.match(stdout, /"kind":"end".+"whole":false\}\n$/)
  }))

test('rebuild: a dry run first, then a new ledger in place of the damaged one; nothing is appended', () =>
  withBench(async (bench, ledger) => {
    assert.equal((await bench.run('sync')).code, 0)
    bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
    truncateSync(ledger, readFileSync(ledger).length - 4096)
    const damaged = readFileSync(ledger)
    const dry = await bench.run('ledger', 'rebuild')
    assert.equal(dry.code, 3, dry.stderr)
    assert.match(dry.stdout, /^Dry run: [\s\S]+The ledger is damaged: it would be moved aside/)
    assert.match(dry.stdout, /3 messages would be adopted, nothing appended\.\n1 message not found there/)
    assert.match(dry.stdout, /Next: mailhaul ledger rebuild --write\n$/)
    assert.deepEqual(readFileSync(ledger), damaged)
    const { code, stdout } = await bench.run('ledger', 'rebuild', '--write', '--json')
    assert.equal(code, 3)
    const { written, movedTo, total } = JSON.parse(stdout)
    assert.deepEqual([written, total.outcomes.adopted.count, total.outcomes.pending.count], [true, 3, 1])
    assert.match(movedTo, /ledger\.db\.damaged-\d{8}T\d{6}Z$/)
    assert.deepEqual(readFileSync(movedTo), damaged)
    assert.equal((await bench.run('ledger', 'check')).code, 0)
    assert.match((await bench.run('sync')).stdout, /1 message copied/)
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 4)
  }))

test('rebuild of a sound ledger keeps it and its rows', () =>
  withBench(async (bench) => {
    assert.equal((await bench.run('sync')).code, 0)
    const { stdout: before } = await bench.run('ledger', 'check', '--json')
    const { code, stdout } = await bench.run('ledger', 'rebuild', '--write')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /0 messages adopted, nothing appended\.\nNext: mailhaul sync\n$/)
    const { stdout: after } = await bench.run('ledger', 'check', '--json')
    const [one, other] = [before, after].map((text) => JSON.parse(text))
    assert.deepEqual([other.generation, other.pairs[0].settled], [one.generation, 3])
  }))

test('a damaged ledger is not moved from under a process that works on it', (t) =>
  withBench(async (bench, ledger) => {
    const opened = openLedger({ path: ledger, clock: Date })
    t.after(() => opened.close())
    opened.open('alice', 'account').settle([{ ...copiedTo(1, 1), state: 'settled' }])
    const database = new DatabaseSync(ledger)
    database.exec('DELETE FROM meta')
    database.close()
    const { code, stderr } = await bench.run('ledger', 'rebuild', '--write')
    assert.equal(code, 7, stderr)
    assert.ok(stderr.includes(`process ${process.pid} `), stderr)
  }))
