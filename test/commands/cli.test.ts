// The command as people and scripts meet it: help, output, exit codes, signals, locks.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { matchesGolden } from '../golden.ts'
import { Gate } from '../servers/gate.ts'
import { onlyFor } from '../servers/pop3-retrieve-faults.ts'
import { Bench, passwords } from './bench.ts'
import { startCli } from './run-cli.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

describe('help', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start()
  })
  after(() => bench.stop())

  for (const words of [
    ['--help'],
    ['help', 'sync'],
    ['help', 'watch'],
    ['verify', '--help'],
    ['secret', '--help'],
    ['ledger', '--help'],
    ['auth', '--help'],
    ['auth', 'login', '--help'],
    ['init', '--help'],
    ['report', '--help'],
  ]) {
    test(`mailhaul ${words.join(' ')}`, async () => {
      const { code, stdout, stderr } = await bench.run(...words)
      assert.deepEqual([code, stderr], [0, ''])
      matchesGolden(`help/${words.join('-').replaceAll('--', '')}.txt`, stdout)
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    })
  }

  test('the version is the package’s', async () => {
    const { stdout } = await bench.run('--version')
    const declared: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    assert.deepEqual(declared, { ...(declared as object), version: stdout.trim() })
  })
})

describe('a migration', () => {
  let bench: Bench
  before(async () => {
    bench = await Bench.start()
  })
  after(() => bench.stop())

  test('check logs in at both ends and changes nothing', async () => {
    const { code, stdout } = await bench.run('check')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /3 messages/)
    assert.equal(bench.pop3.count('RETR'), 0)
    assert.equal(bench.imap.count('CREATE') + bench.imap.appends.length, 0)
  })

  test('plan and sync --dry-run say the same, and write nothing', async () => {
    const plan = await bench.run('plan')
    const dryRun = await bench.run('sync', '--dry-run')
    // What is measured differs from one time to the next.
    const unmeasured = (text: string) => text.replace(/^ +Takes .*\n/m, '')
    assert.deepEqual([plan.code, unmeasured(plan.stdout)], [0, unmeasured(dryRun.stdout)])
    assert.match(plan.stdout, /3 listed = 3 to copy/)
    assert.equal(bench.pop3.count('RETR') + bench.imap.appends.length, 0)
    const status = await bench.run('status')
    assert.match(status.stdout, /never run/)
  })

  test('sync moves them; with --json standard output is one document and nothing else', async () => {
    const { code, stdout } = await bench.run('sync', '--json')
    assert.equal(code, 0)
    const document: unknown = JSON.parse(stdout)
    assert.ok(typeof document === 'object' && document !== null && 'kind' in document)
    assert.equal(document.kind, 'sync')
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
  })

  test('--quiet says nothing when all is well', async () => {
    assert.deepEqual(await bench.run('--quiet', 'sync'), { code: 0, signal: null, stdout: '', stderr: '' })
  })

  test('verify and status agree', async () => {
    assert.match((await bench.run('verify', '--deep')).stdout, /identical +3/)
    assert.match((await bench.run('status')).stdout, /settled +3/)
  })

  test('verify notices a message that is gone from the source’s listing to nowhere', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'late', bytes: mail(9) })
    const { code, stdout } = await bench.run('verify')
    assert.equal(code, 3)
    assert.match(stdout, /1 message not moved yet/)
  })

  test('no output ever held a password', () => {
    for (const text of bench.printed) for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret))
  })
})

describe('signals and locks', () => {
  test('Ctrl-C finishes what is in flight and exits with 130; the next run does the rest', async () => {
    const bench = await Bench.start({ messages: Array.from({ length: 90 }, (_, number) => mail(number)) })
    try {
      const gate = new Gate()
      bench.pop3.faults = { retr: onlyFor({ u80: { kind: 'hang', at: 30 } }) }
      bench.imap.faults = { hold: { APPEND: gate } }
      const running = startCli(['sync'], { cwd: bench.directory, env })
      await bench.imap.until(() => bench.imap.appends.length > 0)
      running.child.kill('SIGINT')
      await waitForText(running.child.stderr, /Stopping/)
      gate.open()
      const finished = await running.end
      assert.equal(finished.code, 130, finished.stdout + finished.stderr)
      const moved = bench.imap.folder('new', 'INBOX').messages.length
      assert.ok(moved > 0 && moved < 80)
      bench.imap.faults = {}
      bench.pop3.faults = {}
      assert.equal((await bench.run('sync')).code, 0)
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 90)
    } finally {
      await bench.stop()
    }
  })

  test('a second Ctrl-C stops at once; the next run settles', async () => {
    const bench = await Bench.start()
    try {
      const gate = new Gate()
      bench.imap.faults = { hold: { APPEND: gate } }
      const running = startCli(['sync'], { cwd: bench.directory, env })
      await bench.imap.until(() => bench.imap.appends.length > 0)
      running.child.kill('SIGINT')
      await waitForText(running.child.stderr, /Stopping/)
      running.child.kill('SIGINT')
      assert.equal((await running.end).code, 130)
      gate.open()
      bench.imap.faults = {}
      const resumed = await bench.run('sync')
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr)
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    } finally {
      await bench.stop()
    }
  })

  test('a second run of the same pair is told who holds it, and exits with 7', async () => {
    const bench = await Bench.start()
    try {
      const gate = new Gate()
      bench.imap.faults = { hold: { APPEND: gate } }
      const first = startCli(['sync'], { cwd: bench.directory, env })
      await bench.imap.until(() => bench.imap.appends.length > 0)
      const second = await bench.run('sync')
      assert.equal(second.code, 7, second.stdout + second.stderr)
      assert.ok(second.stdout.includes(String(first.child.pid)))
      gate.open()
      assert.equal((await first.end).code, 0)
    } finally {
      await bench.stop()
    }
  })
})

/** Resolves once a stream has shown this text. */
async function waitForText(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<void> {
  let seen = ''
  await new Promise<void>((resolve, reject) => {
    stream?.on('data', (text: string) => {
      seen += text
      if (pattern.test(seen)) resolve()
    })
    stream?.on('end', () => reject(new Error(`ended without ${pattern}: ${seen}`)))
  })
}
