// mailhaul ledger check, export and import, as people and scripts meet them.
import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
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
    assert.match((await bench.run('sync')).stdout, /nothing new/)
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
