// Runs shown again: the last one, one of them, the list, and those that have no end.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { reportDocument, reportListDocument } from '../../src/documents/report-document.ts'
import { runDocument } from '../../src/documents/run-document.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { mail } from '../core/rows.ts'
import { assertDocument } from '../documents/strict.ts'
import { Gate } from '../servers/gate.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { Bench, type BenchOptions, passwords } from './bench.ts'
import { startCli } from './run-cli.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

async function withBench(work: (bench: Bench) => Promise<void>, options?: BenchOptions): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
    for (const text of bench.printed) {
      for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret))
    }
  } finally {
    await bench.stop()
  }
}

/** What `--json` printed, held against its schema. */
async function lastReport(bench: Bench, ...words: string[]) {
  const { code, stdout, stderr } = await bench.run('report', '--json', ...words)
  assert.deepEqual([code, stderr], [0, ''])
  const value: unknown = JSON.parse(stdout)
  assertDocument(reportDocument, value)
  return reportDocument.parse(value)
}

test('the last run reads as it did when it ended; one with nothing new is not kept', () =>
  withBench(async (bench) => {
    const none = await bench.run('report')
    assert.deepEqual([none.code, none.stderr], [0, ''])
    assert.match(none.stdout, /No run has had anything to tell yet/)

    const sync = await bench.run('sync')
    const first = await bench.run('report')
    assert.match(first.stdout, /^Run 1 began 20\d\d-.+ UTC, ended 20\d\d-.+ UTC\.\n\n/)
    assert.equal(first.stdout.slice(first.stdout.indexOf('\n\n') + 2), sync.stdout)

    assert.equal((await bench.run('sync')).code, 0)
    assert.equal((await bench.run('report')).stdout, first.stdout)

    const again = await bench.run('sync', '--json')
    assertDocument(runDocument, JSON.parse(again.stdout))
    assert.equal(JSON.parse(again.stdout).run, null)
    const { run, unfinished } = await lastReport(bench)
    assert.deepEqual([run?.run, run?.total.outcomes.copied.count, unfinished], [1, 3, []])
  }))

test('what --json printed is what is kept, but for what earlier runs had decided', () =>
  withBench(
    async (bench) => {
      await bench.configure({ pair: 'select: { maxSize: 200 B }' })
      const { stdout } = await bench.run('sync', '--json')
      assertDocument(runDocument, JSON.parse(stdout))
      const { run } = await lastReport(bench)
      assert.deepEqual(run, JSON.parse(stdout))
      assert.equal(run?.total.outcomes.filtered.count, 1)

      bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
      await bench.run('sync')
      const second = await lastReport(bench)
      assert.deepEqual([second.run?.run, second.run?.pairs[0]?.exceptions], [2, []])
      assert.deepEqual(
        second.run?.pairs[0]?.unlisted.map(({ outcome, count, carried }) => [outcome, count, carried]),
        [['filtered', 1, true]],
      )
      assert.deepEqual((await lastReport(bench, '--run', '1')).run, run)
      assert.deepEqual((await lastReport(bench, 'alice')).run, second.run)
    },
    { messages: [mail(1), mail(2), mail(3, 'x'.repeat(300))] },
  ))

test('the list, and numbers that there are not', () =>
  withBench(async (bench) => {
    await bench.run('sync')
    bench.pop3.faults = { login: 'wrong-password' }
    assert.equal((await bench.run('sync', '--now')).code, 4)
    const list = await bench.run('report', '--list')
    assert.deepEqual([list.code, list.stderr], [0, ''])
    const [head, ...rows] = list.stdout.split('\n')
    assert.match(head ?? '', /^run +began +took +pairs +listed +copied +open +exit$/)
    assert.match(rows[0] ?? '', /^ +2 .+ alice +0 +0 +0 +4$/)
    assert.match(rows[1] ?? '', /^ +1 .+ alice +3 +3 +0 +0$/)
    const json: unknown = JSON.parse((await bench.run('report', '--list', '--json')).stdout)
    assertDocument(reportListDocument, json)
    assert.deepEqual(
      reportListDocument.parse(json).runs.map(({ run, exitCode }) => [run, exitCode]),
      [
        [2, 4],
        [1, 0],
      ],
    )
    const failed = await bench.run('report')
    assert.match(failed.stdout, /alice: stopped after .+, before anything was listed/)
    for (const words of [
      ['--run', '3'],
      ['--run', 'x'],
      ['--run', '1', 'bob'],
      ['--run', '1', '--list'],
    ]) {
      assert.equal((await bench.run('report', ...words)).code, 2, words.join(' '))
    }
    const others = await bench.run('report', '--list', 'bob')
    assert.match(others.stderr, /has no pair called "bob"/)
  }))

test('interrupted: kept like any other run. Killed: it has no end, and what it did is told', () =>
  withBench(async (bench) => {
    bench.pop3.faults = { retr: onlyFor({ u3: { kind: 'hang', at: 30 } }) }
    const interrupted = startCli(['sync'], { cwd: bench.directory, env })
    await bench.pop3.waitFor('RETR', 3)
    interrupted.child.kill('SIGINT')
    assert.equal((await interrupted.end).code, 130)
    const { run } = await lastReport(bench)
    assert.equal(run?.exitCode, 130)
    assert.equal(run?.pairs[0]?.error?.code, 'interrupted')

    bench.pop3.faults = {}
    const second = new Gate()
    bench.imap.faults = { hold: { APPEND: second } }
    bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
    const killed = startCli(['sync'], { cwd: bench.directory, env })
    await second.held()
    const during = await lastReport(bench)
    assert.deepEqual(
      during.unfinished.map(({ pair, run, life }) => [pair, run, life]),
      [['alice', 2, 'running']],
    )
    // One that is turned away meanwhile begins later and ends at once; the one at work is told of all the same.
    assert.equal((await bench.run('sync')).code, 7)
    assert.match((await bench.run('report')).stdout, /^Run 2 of alice began .+ is still at work/s)
    killed.child.kill('SIGKILL')
    await killed.end
    second.open()
    const last = await bench.run('report')
    assert.match(last.stdout, /Run 2 of alice began .+, and has no end: it was killed/)
    assert.match(last.stdout.replace(/\s+/g, ' '), /append[s]? without an answer/)
    const one = await bench.run('report', '--run', '2')
    assert.match(one.stdout, /^Run 2 of alice/)
    bench.imap.faults = {}
    assert.equal((await bench.run('sync')).code, 0)
    const after = await lastReport(bench)
    assert.deepEqual([after.run?.run, after.unfinished], [4, []])
  }))

test('pairs stand in the order of the configuration, and a name that is a slip is told so', () =>
  withBench(async (bench) => {
    await bench.configure({ pair: '\n  - name: bob\n    source: { user: nobody }\n    destination: {}' })
    const file = join(bench.directory, 'mailhaul.yaml')
    const sync = await bench.run('sync')
    const report = await bench.run('report')
    assert.equal(report.stdout.slice(report.stdout.indexOf('\n\n') + 2), sync.stdout)
    const slip = await bench.run('report', 'alcie')
    assert.deepEqual([slip.code, slip.stdout], [2, ''])
    assert.match(slip.stderr, /no pair called "alcie"[\s\S]*Did you mean alice/)

    // One that the configuration has no more is kept all the same.
    await writeFile(file, (await readFile(file, 'utf8')).replace('name: bob', 'name: ben'))
    assert.match((await bench.run('report', 'bob')).stdout, /^Run 1 began [\s\S]*bob: stopped/)
  }))

test('a run of which a pair is not kept says that it may be part of it, as text and as a page; a whole one does not', () =>
  withBench(async (bench) => {
    await bench.configure({ pair: '\n  - name: bob\n    source: { user: nobody }\n    destination: {}' })
    const page = join(bench.directory, 'run.html')
    const said = async (...words: string[]) => {
      const { stdout } = await bench.run('report', '--html', page, ...words)
      const texts = [stdout.replace(/\s+/g, ' '), await readFile(page, 'utf8')]
      return texts.map((text) => text.includes('Pairs that had nothing to tell are not kept: '))
    }
    await bench.run('sync')
    assert.deepEqual(await said(), [false, false])
    // This time alice has nothing new.
    await bench.run('sync', '--now')
    assert.deepEqual(await said(), [true, true])
    assert.deepEqual(await said('bob'), [false, false])
  }))

test('a report that cannot be understood is said in a sentence', () =>
  withBench(async (bench) => {
    await bench.run('sync')
    const path = join(bench.directory, 'state', 'ledger.db')
    const ledger = openLedger({ path, clock: { now: Date.now } })
    const sums = { listed: 0, copied: 0, unmade: 0, exitCode: 0, startedAt: Date.now(), finishedAt: Date.now() + 5000 }
    ledger.archive.keep({ pair: 'alice', run: undefined, ...sums, document: '{"of":"the future"}' })
    ledger.close()
    const { code, stderr } = await bench.run('report')
    assert.equal(code, 1)
    assert.match(stderr, /cannot be understood[\s\S]+newer mailhaul/)
  }))
