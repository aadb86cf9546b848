// Reports as files: asked for by name, or kept by themselves where the configuration names a directory.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runDocument } from '../../src/documents/run-document.ts'
import { mail } from '../core/rows.ts'
import { assertDocument } from '../documents/strict.ts'
import { Bench, type BenchOptions, passwords } from './bench.ts'
import { watchWith } from './watching.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

async function withBench(work: (bench: Bench) => Promise<void>, options?: BenchOptions): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

/** The files of the directory, each for its owner alone and without a secret. */
function filesIn(bench: Bench): readonly string[] {
  const directory = join(bench.directory, 'reports')
  const files = readdirSync(directory).toSorted()
  for (const name of files) {
    const file = join(directory, name)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    for (const secret of Object.values(passwords)) assert.ok(!readFileSync(file, 'utf8').includes(secret))
  }
  return files
}

test('report --html and --csv write the run that is named', () =>
  withBench(async (bench) => {
    const early = await bench.run('report', '--csv', 'run.csv')
    assert.deepEqual([early.code, /no report to be written yet/.test(early.stderr)], [2, true])
    await bench.run('sync')
    const { code, stderr } = await bench.run('report', '--run', '1', '--html', 'run.html', '--csv', 'run.csv')
    assert.deepEqual([code, stderr], [0, 'The page is in run.html.\nThe table of a run is in run.csv.\n'])
    assert.match(readFileSync(join(bench.directory, 'run.html'), 'utf8'), /^<!doctype html>/)
    assert.match(readFileSync(join(bench.directory, 'run.csv'), 'utf8'), /^run,pair,[\s\S]+\n1,alice,copied,3,/)
    assert.equal((await bench.run('report', '--csv', 'mailhaul.yaml')).code, 2)
    assert.equal((await bench.run('report', '--list', '--csv', 'run.csv')).code, 2)
  }))

test('report: DIR has three files of each run with news, and none of one without', () =>
  withBench(async (bench) => {
    await bench.configure({ top: 'report: ./reports' })
    await bench.run('sync')
    const first = filesIn(bench)
    assert.equal(statSync(join(bench.directory, 'reports')).mode & 0o777, 0o700)
    assert.equal(first.length, 3)
    for (const [at, end] of ['csv', 'html', 'json'].entries()) {
      assert.match(first[at] ?? '', new RegExp(`^\\d{8}T\\d{6}Z-run-1\\.${end}$`))
    }
    const json: unknown = JSON.parse(readFileSync(join(bench.directory, 'reports', first[2] ?? ''), 'utf8'))
    assertDocument(runDocument, json)
    assert.equal(runDocument.parse(json).total.outcomes.copied.count, 3)
    await bench.run('sync')
    assert.deepEqual(filesIn(bench), first)
    bench.pop3.faults = { login: { text: `-ERR no ${passwords.source} here` } }
    assert.equal((await bench.run('sync')).code, 4)
    assert.equal(filesIn(bench).length, 6)
  }))

test('a directory that cannot be written is a warning, and the run is what it would have been', () =>
  withBench(async (bench) => {
    await bench.configure({ top: 'report: ./missing/reports' })
    const { code, stdout, stderr } = await bench.run('sync')
    assert.equal(code, 0)
    assert.match(stdout, /3 messages copied/)
    assert.match(stderr, /The report of this run could not be written to .+missing\/reports; mailhaul report has it\./)
    assert.equal(stderr.match(/could not be written/g)?.length, 1)
    writeFileSync(join(bench.directory, 'file'), '')
    await bench.configure({ top: 'report: ./file' })
    bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
    assert.equal((await bench.run('sync')).code, 0)
    assert.match((await bench.run('report')).stdout, /^Run 2 /)
  }))

test('a watch keeps each pass with news as a run of its own', () =>
  withBench(async (bench) => {
    await bench.configure({ top: 'report: ./reports', pair: 'schedule: every 1h' })
    const pass = async (said: RegExp) => {
      const watching = watchWith(['--now'], { cwd: bench.directory, env })
      try {
        await watching.says(said)
        watching.child.kill('SIGTERM')
        assert.equal((await watching.end).code, 0)
      } finally {
        await watching.drop()
      }
    }
    await pass(/3 messages copied/)
    bench.pop3.maildrop('old').add({ uidl: 'new', bytes: mail(9) })
    await pass(/1 message copied/)
    const names = filesIn(bench)
    assert.deepEqual(
      names.map((name) => name.slice(name.indexOf('-'))),
      ['-run-1.csv', '-run-1.html', '-run-1.json', '-run-2.csv', '-run-2.html', '-run-2.json'],
    )
    const list = JSON.parse((await bench.run('report', '--list', '--json')).stdout)
    assert.deepEqual(
      list.runs.map(({ run, copied }: { run: number; copied: number }) => [run, copied]),
      [
        [2, 1],
        [1, 3],
      ],
    )
    rmSync(join(bench.directory, 'reports'), { recursive: true })
  }))
