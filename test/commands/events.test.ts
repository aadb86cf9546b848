// --events: a line per event while it runs, whoever reads them, and however slowly.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type EventDocument, eventDocument } from '../../src/documents/event-document.ts'
import { mail } from '../core/rows.ts'
import { assertDocument } from '../documents/strict.ts'
import { Bench, type BenchOptions, passwords } from './bench.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

async function withBench(work: (bench: Bench) => Promise<void>, options?: BenchOptions): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

/** The lines, each held against the schema. */
function linesOf(text: string): readonly EventDocument[] {
  assert.ok(text.endsWith('\n'))
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line)
      assertDocument(eventDocument, value)
      return eventDocument.parse(value)
    })
}

test('a file grows by what happens, for its owner alone; the text stays where it was', () =>
  withBench(async (bench) => {
    const file = join(bench.directory, 'events.jsonl')
    const plan = await bench.run('plan', '--events', 'events.jsonl')
    assert.equal(plan.code, 0, plan.stderr)
    const planned = linesOf(readFileSync(file, 'utf8'))
    assert.deepEqual([planned[0]?.event, planned.at(-1)?.event], ['started', 'ended'])
    const sync = await bench.run('sync', '--events', 'events.jsonl')
    assert.match(sync.stdout, /3 messages copied/)
    const lines = linesOf(readFileSync(file, 'utf8')).slice(planned.length)
    assert.equal(lines.filter(({ event }) => event === 'outcome').length, 3)
    const last = lines.at(-1)
    assert.ok(last?.event === 'finished' && last.result.outcomes.copied.count === 3)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    for (const secret of Object.values(passwords)) assert.ok(!readFileSync(file, 'utf8').includes(secret))
  }))

test('standard output has the events and nothing else; what is also to be printed there is refused', () =>
  withBench(async (bench) => {
    const { code, stdout } = await bench.run('sync', '--events', '-')
    assert.equal(code, 0)
    assert.equal(linesOf(stdout).at(-1)?.event, 'finished')
    for (const words of [
      ['sync', '--json'],
      ['sync', '--html', '-'],
      ['plan', '--json'],
      ['watch', '--json'],
    ]) {
      const { code, stdout, stderr } = await bench.run(...words, '--events', '-')
      assert.deepEqual([code, stdout], [2, ''], words.join(' '))
      assert.match(stderr, /and --events - both print to standard output\.\s+Name a file for the events\./)
    }
    const nowhere = await bench.run('sync', '--events', 'missing/events.jsonl')
    assert.equal(nowhere.code, 2)
    assert.match(nowhere.stderr, /Events cannot be written to missing/)
    const pipe = join(bench.directory, 'pipe')
    execFileSync('mkfifo', [pipe])
    const unread = await bench.run('sync', '--events', pipe)
    assert.deepEqual([unread.code, /Nobody reads the pipe/.test(unread.stderr)], [2, true])
  }))

test('a reader that takes nothing neither holds the run nor its end; what it missed is counted', () =>
  withBench(
    async (bench) => {
      const pipe = join(bench.directory, 'pipe')
      execFileSync('mkfifo', [pipe])
      // Open at both ends, and never read: 64 KiB fit into it.
      const reader = openSync(pipe, 'r+')
      const { code, stdout, stderr } = await bench.run('sync', '--events', pipe)
      closeSync(reader)
      assert.equal(code, 0)
      assert.match(stdout, /400 messages copied/)
      assert.match(stderr, /\d+ events dropped: what reads .+ was too slow/)
    },
    { messages: Array.from({ length: 400 }, (_, number) => mail(number)) },
  ))

test('a reader that goes away ends nothing', () =>
  withBench(async (bench) => {
    const script = join(bench.directory, 'run.sh')
    const cli = join(import.meta.dirname, '../../src/cli.ts')
    writeFileSync(script, `"$NODE" ${cli} sync --events - | head -n 1 > first; exit "\${PIPESTATUS[0]}"\n`)
    const finished = await runCommand('bash', [script], bench.directory)
    assert.deepEqual([finished.code, finished.stderr.includes('could not be written')], [0, false], finished.stderr)
    assert.equal(linesOf(readFileSync(join(bench.directory, 'first'), 'utf8'))[0]?.event, 'started')
    assert.match((await bench.run('status')).stdout, /3 settled|settled +3/)
  }))

async function runCommand(program: string, words: readonly string[], cwd: string) {
  const { spawn } = await import('node:child_process')
  const child = spawn(program, words, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, NO_COLOR: '1', NODE: process.execPath, ...env },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stderr }
}
