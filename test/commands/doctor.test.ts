// mailhaul doctor, as people and scripts meet it.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Bench, passwords } from './bench.ts'

interface Line {
  readonly area: string
  readonly about: string
  readonly verdict: string
  readonly text: string
  readonly advice: string | null
  readonly code: string | null
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  try {
    await work(bench)
    for (const text of bench.printed) for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret))
    assert.deepEqual([bench.pop3.logins, bench.imap.logins], [0, 0])
  } finally {
    await bench.stop()
  }
}

async function examined(bench: Bench, ...words: string[]): Promise<{ code: number | null; findings: Line[] }> {
  const { code, stdout } = await bench.run('doctor', '--json', ...words)
  const { kind, findings, exitCode } = JSON.parse(stdout)
  assert.deepEqual([kind, exitCode], ['doctor', code])
  return { code, findings }
}

test('nothing in the way: every line is ok, nobody logs in, nothing is made', () =>
  withBench(async (bench) => {
    const { code, stdout, stderr } = await bench.run('doctor')
    assert.deepEqual([code, stderr], [0, ''], stdout)
    for (const about of ['runtime', 'clock', 'configuration', 'state', 'disk', 'ledger', 'passwords'])
      assert.match(stdout, new RegExp(`^(ok|warning) +${about}:`, 'm'), about)
    assert.match(stdout, /^ok +127\.0\.0\.1:\d+: POP3 of alice, on this machine, not encrypted$/m)
    assert.match(stdout, /nothing was changed\. Next: mailhaul check\n$/)
    const { findings } = await examined(bench)
    assert.deepEqual(
      new Set(findings.map(({ area }) => area)),
      new Set(['machine', 'files', 'ledger', 'secrets', 'network']),
    )
    assert.match((await bench.run('ledger', 'check')).stdout, /There is no ledger/)
  }))

test('a server that many pairs use is reached once', () =>
  withBench(async (bench) => {
    const pairs = ['bob', 'carol'].map((name) => `  - { name: ${name}, source: {}, destination: {} }`).join('\n')
    await bench.configure({ pair: `select: {}\n${pairs}` })
    const { findings } = await examined(bench)
    const network = findings.filter(({ area }) => area === 'network')
    assert.deepEqual(
      network.map(({ text }) => /alice and 2 other pairs/.test(text)),
      [true, true],
    )
    assert.equal(bench.pop3.connections.total, 1)
    assert.equal((await examined(bench, 'bob')).findings.filter(({ text }) => /POP3 of bob,/.test(text)).length, 1)
  }))

test('everything in the way at once: each is named, with what to do, and the exit code is the most serious', () =>
  withBench(async (bench) => {
    await bench.configure({
      source: 'port: 1, password: { env: NOT_SET }',
      destination: 'password: { command: [/bin/false] }',
      top: 'quarantine: ./refused',
    })
    writeFileSync(join(bench.directory, 'refused'), '', { mode: 0o666 })
    chmodSync(join(bench.directory, 'refused'), 0o666)
    const { code, findings } = await examined(bench)
    const of = (about: RegExp) => findings.filter((finding) => about.test(finding.about))
    assert.deepEqual([of(/:1$/)[0]?.verdict, of(/:1$/)[0]?.code], ['problem', 'connect'])
    assert.match(of(/^alice, source$/)[0]?.text ?? '', /NOT_SET/)
    assert.match(of(/^passwords$/)[0]?.text ?? '', /^1 password from programs or asked for, which was not tried$/)
    assert.deepEqual(
      [of(/quarantine/)[0]?.verdict, of(/quarantine/)[0]?.advice],
      ['problem', `Run: chmod o-w ${join(bench.directory, 'refused')}`],
    )
    assert.equal(code, 2)
    for (const { verdict, advice } of findings) if (verdict === 'problem') assert.ok(advice)
  }))

test('a configuration that does not hold, or is not there: the rest is told all the same', () =>
  withBench(async (bench) => {
    await bench.configure({ source: 'hots: x' })
    const { code, findings } = await examined(bench)
    assert.equal(code, 2)
    assert.deepEqual(
      findings.map(({ about, verdict }) => [about, verdict]),
      [
        ['runtime', 'ok'],
        ['configuration', 'problem'],
      ],
    )
    assert.match(findings[1]?.text ?? '', /hots/)
    const none = await bench.run('--config', 'none.yaml', 'doctor')
    assert.equal(none.code, 2)
    assert.match(none.stdout, /problem +configuration: [\s\S]+none\.yaml/)
    assert.equal((await bench.run('doctor', 'alcie')).code, 2)
  }))

test('a damaged ledger, and one from the future', async () => {
  const bench = await Bench.start()
  try {
    assert.equal((await bench.run('sync')).code, 0)
    const { findings } = await examined(bench)
    assert.match(
      findings.find(({ about }) => about === 'ledger')?.text ?? '',
      /^sound, schema \d+, 3 messages settled in 1 pair$/,
    )
    const ledger = join(bench.directory, 'state', 'ledger.db')
    truncateSync(ledger, readFileSync(ledger).length - 4096)
    const damaged = await examined(bench)
    assert.deepEqual([damaged.code, damaged.findings.find(({ about }) => about === 'ledger')?.code], [1, 'ledger'])
  } finally {
    await bench.stop()
  }
})
