// --log: what a run writes down at each level, and that it never is a reason for a run to fail.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, statSync, watch as watchFile, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { Bench, passwords } from './bench.ts'
import { startCli } from './run-cli.ts'

type Line = Record<string, unknown>

async function withBench(
  work: (bench: Bench) => Promise<void>,
  options: Parameters<typeof Bench.start>[0] = {},
): Promise<void> {
  const bench = await Bench.start(options)
  try {
    await work(bench)
  } finally {
    await bench.stop()
  }
}

function linesIn({ directory }: Bench, name = 'run.log'): Line[] {
  const text = readFileSync(join(directory, name), 'utf8')
  for (const secret of Object.values(passwords)) assert.ok(!text.includes(secret), 'a password')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('info: the events of a run and its end, appended run by run; ordinary messages only in sums', () =>
  withBench(async (bench) => {
    const words = ['--log', 'run.log', 'sync']
    assert.equal((await bench.run(...words)).code, 0)
    const lines = linesIn(bench)
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['command', 'started', 'listed', 'planned', 'finished', 'end'],
    )
    const finished = lines.find(({ event }) => event === 'finished')
    assert.deepEqual([finished?.pair, finished?.exitCode], ['alice', 0])
    assert.deepEqual(Object(finished?.outcomes).copied, { count: 3, bytes: 318 })
    assert.equal(statSync(join(bench.directory, 'run.log')).mode & 0o777, 0o600)
    assert.equal((await bench.run(...words, '--log-level', 'warn')).code, 0)
    assert.equal(linesIn(bench).length, lines.length)
  }))

test('debug: every message; trace: what is said at both ends, with neither passwords nor mail', () =>
  withBench(
    async (bench) => {
      assert.equal((await bench.run('--log', 'debug.log', '--log-level', 'debug', 'sync', '--dry-run')).code, 0)
      const { code, stdout } = await bench.run('--log', 'run.log', '--log-level', 'trace', 'sync')
      assert.equal(code, 0, stdout)
      const lines = linesIn(bench)
      assert.equal(lines.filter(({ event, outcome }) => event === 'outcome' && outcome === 'copied').length, 1)
      const said = (end: string) => lines.flatMap((line) => (line.end === end ? [String(line.line)] : []))
      for (const line of ['C: AUTH PLAIN', 'C: ****', 'C: RETR 1', 'C: QUIT'])
        assert.ok(said('source').includes(line), line)
      assert.ok(said('source').some((line) => /^S: \(\d+ octets\)$/.test(line)))
      assert.ok(said('destination').some((line) => /^C \S+ (LOGIN|AUTHENTICATE PLAIN) \*\*\*\*$/.test(line)))
      assert.ok(said('destination').some((line) => /^C \S+ APPEND /.test(line)))
      assert.ok(said('destination').some((line) => /^C \(\d+ octets\)$/.test(line)))
      assert.ok(!readFileSync(join(bench.directory, 'run.log'), 'utf8').includes('nobody else'))
      assert.ok(!readFileSync(join(bench.directory, 'debug.log'), 'utf8').includes('"line"'))
    },
    { messages: [Buffer.from('Subject: for nobody else\r\n\r\nfor nobody else to read\r\n')] },
  ))

test('tokens are in no line either, at neither end, taken or refused', () =>
  withBench(async (bench) => {
    const token = 'ya29.a0-very-secret-token'
    bench.pop3.maildrop('old').token = token
    writeFileSync(join(bench.directory, 'helper'), `#!/bin/sh\necho ${token}\n`, { mode: 0o755 })
    const end = (port: number, user: string) =>
      `{ host: 127.0.0.1, port: ${port}, tls: none, user: ${user}, token: { command: [./helper] } }`
    const ends = `source: ${end(bench.pop3.port, 'old')}
    destination: ${end(bench.imap.port, 'new')}`
    writeFileSync(
      join(bench.directory, 'mailhaul.yaml'),
      `pairs:
  - name: alice
    ${ends}
`,
    )
    const { stdout, stderr } = await bench.run('--log', 'run.log', '--log-level', 'trace', 'sync')
    const text = readFileSync(join(bench.directory, 'run.log'), 'utf8')
    assert.match(text, /"line":"C: AUTH XOAUTH2"/, stdout + stderr)
    assert.match(text, /"line":"C \S+ AUTHENTICATE (XOAUTH2|OAUTHBEARER) \*\*\*\*"/)
    for (const form of [
      token,
      Buffer.from(token).toString('base64').slice(0, 20),
      'Bearer',
      Buffer.from('Bearer ').toString('base64').slice(0, 8),
    ])
      assert.ok(!text.includes(form), form)
  }))

test('what went wrong is there: the error of a pair, and that of the command', () =>
  withBench(
    async (bench) => {
      assert.equal((await bench.run('--log', 'run.log', 'sync')).code, 4)
      const [failed] = linesIn(bench).filter(({ level }) => level === 'error')
      assert.deepEqual([failed?.event, Object(failed?.error).code], ['finished', 'auth'])
      assert.equal((await bench.run('--log', 'run.log', 'sync', 'bob')).code, 2)
      assert.match(String(linesIn(bench).at(-2)?.msg), /no pair called "bob"/)
    },
    { pop3: { faults: { login: 'wrong-password' } } },
  ))

test('a full disk ends no run, and is told', () =>
  withBench(
    async (bench) => {
      const { code, stderr } = await bench.run('--log', '/dev/full', '--log-level', 'trace', 'sync')
      assert.equal(code, 0, stderr)
      assert.match(stderr, /The log cannot be written, and goes on when it can: ENOSPC/)
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 30)
    },
    { messages: Array.from({ length: 30 }, (_, number) => mail(number)) },
  ))

test('what cannot be is refused before anything is done', () =>
  withBench(async (bench) => {
    for (const [said, ...words] of [
      [/cannot be written/, '--log', '.'],
      [/none of error, warn[\s\S]+Did you mean debug\?/, '--log', 'x', '--log-level', 'debgu'],
      [/Add --log FILE/, '--log-level', 'debug'],
    ] as [RegExp, ...string[]][]) {
      const { code, stderr } = await bench.run(...words, 'sync')
      assert.equal(code, 2)
      assert.match(stderr, said)
    }
    assert.equal(bench.pop3.count('USER'), 0)
  }))

test('a watch goes on in a new file after SIGHUP, as logrotate wants it', () =>
  withBench(async (bench) => {
    await bench.configure({ pair: 'schedule: every 1h' })
    const env = { OLD: passwords.source, NEW: passwords.destination }
    const running = startCli(['--log', 'run.log', 'watch', '--now'], { cwd: bench.directory, env })
    const path = join(bench.directory, 'run.log')
    try {
      await until(bench.directory, () => existsSync(path) && readFileSync(path, 'utf8').includes('"finished"'))
      renameSync(path, `${path}.1`)
      running.child.kill('SIGHUP')
      await until(bench.directory, () => existsSync(path) && readFileSync(path, 'utf8').includes('loaded again'))
    } finally {
      running.child.kill('SIGTERM')
    }
    assert.equal((await running.end).code, 0)
    assert.equal(linesIn(bench, 'run.log').at(-1)?.event, 'end')
    assert.ok(linesIn(bench, 'run.log.1').some(({ event }) => event === 'finished'))
  }))

/** Resolves when something is so that a change in a directory may have brought about. */
function until(directory: string, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watchFile(directory, look)
    look()
    function look(): void {
      if (!isSo()) return
      watcher.close()
      resolve()
    }
  })
}
