// The daemon as people and service managers meet it: lines, signals, another configuration, the end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { z } from 'zod'
import { mail } from '../core/rows.ts'
import { Gate } from '../servers/gate.ts'
import { Bench, passwords } from './bench.ts'
import { type Watching, watchWith } from './watching.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }
const terminal = '/usr/bin/script'
const cli = join(import.meta.dirname, '../../src/cli.ts')

function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return [...children, ...children.flatMap(descendantsOf)]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const passLine = z.object({ kind: z.literal('pass'), pair: z.string(), next: z.string(), passes: z.number() })

describe('mailhaul watch', () => {
  let bench: Bench
  let watching: Watching | undefined
  const start = (...words: string[]): Watching => {
    watching = watchWith(words, { cwd: bench.directory, env })
    return watching
  }
  const inFolder = (name: string) => bench.imap.folder('new', name).messages.length
  before(async () => {
    bench = await Bench.start()
  })
  beforeEach(() => watching?.drop())
  after(async () => {
    await watching?.drop()
    await bench.stop()
  })

  test('moves what is there soon after it has started, says so in one line, and ends with 0 when it is told to', async () => {
    const daemon = start()
    await daemon.says(/alice: 3 messages copied/)
    assert.equal(inFolder('INBOX'), 3)
    daemon.child.kill('SIGTERM')
    const { code, stdout, stderr } = await daemon.end
    assert.deepEqual([code, stdout], [0, ''], stderr)
    const [first, pass, end, ...rest] = stderr.trim().split('\n')
    assert.equal(first, 'Watching 1 pair.')
    assert.match(pass ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ alice: 3 messages copied, \d+ k?B \(\S+ m?s\)$/)
    assert.match(end ?? '', /^Stopping/)
    assert.deepEqual(rest, [])
  })

  test('says nothing of a pass that found nothing new, unless asked to; the journal dates lines itself', async () => {
    const daemon = watchWith(['--verbose'], { cwd: bench.directory, env: { ...env, JOURNAL_STREAM: '8:1234' } })
    await daemon.says(/^alice: nothing new/m)
    daemon.child.kill('SIGINT')
    assert.equal((await daemon.end).code, 0)
    const quiet = start()
    const logins = bench.pop3.logins
    await bench.pop3.until(() => bench.pop3.logins > logins && bench.pop3.maildrop('old').sessions === 0)
    quiet.child.kill('SIGTERM')
    const { code, stderr } = await quiet.end
    assert.equal(code, 0)
    assert.match(stderr, /^Watching 1 pair\.\nStopping[^\n]*\n$/)
  })

  test('--json: one document per pass that did something', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'j1', bytes: mail(100) })
    const daemon = start('--json')
    await daemon.prints(/\n/)
    daemon.child.kill('SIGTERM')
    const { stdout } = await daemon.end
    const lines = stdout.trim().split('\n')
    const { pair, passes, next } = passLine.parse(JSON.parse(lines[0] ?? ''))
    assert.deepEqual([lines.length, pair, passes], [1, 'alice', 1])
    assert.ok(Date.parse(next) > Date.now())
  })

  test('SIGHUP: a bad configuration is refused with its problems, and the old one stays; a good one is taken', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'h1', bytes: mail(101) })
    const daemon = start()
    await daemon.says(/alice: 1 message copied/)
    await bench.configure({ pair: 'schedule: sometimes' })
    daemon.child.kill('SIGHUP')
    await daemon.says(/"sometimes" is not a schedule[\s\S]*stays as it was/)
    const second = `- name: bob\n    destination: { folder: Bob }`
    await bench.configure({ pair: `schedule: every 1h\n  ${second}` })
    daemon.child.kill('SIGHUP')
    await daemon.says(/loaded again: 2 pairs/)
    await daemon.says(/bob: 5 messages copied/)
    assert.equal(inFolder('Bob'), 5)
    daemon.child.kill('SIGTERM')
    assert.equal((await daemon.end).code, 0)
    await bench.configure({})
  })

  test('SIGHUP: tokens of earlier configurations are let go, and masked no longer than they are worth', async () => {
    const bench = await Bench.start()
    const script =
      'n=$(cat "$HOME/asked" 2>/dev/null || echo 0); echo $((n + 1)) > "$HOME/asked"; echo "token-$n-0123456789"'
    await bench.configure({ destination: `token: { command: [sh, -c, '${script}'] }` })
    // Each pass asks twice, because the first token is refused.
    bench.imap.faults = { login: { text: 'NO [AUTHENTICATIONFAILED] not with token-1-0123456789' } }
    const daemon = watchWith([], { cwd: bench.directory, env })
    try {
      await daemon.says(/not with \[redacted\]/)
      daemon.child.kill('SIGHUP')
      await daemon.says(/not with token-1-/)
    } finally {
      await daemon.drop()
      await bench.stop()
    }
  })

  test('SIGHUP while it starts: it does not end, and loads the configuration again', async () => {
    const token = `{ command: [sh, -c, 'kill -HUP $PPID; sleep 0.2; echo 0123456789abcdef0123456789abcdef'] }`
    await bench.configure({ top: `http: { listen: '127.0.0.1:0', token: ${token} }` })
    const daemon = start()
    await daemon.says(/loaded again: 1 pair/)
    daemon.child.kill('SIGTERM')
    assert.equal((await daemon.end).code, 0)
    await bench.configure({})
  })

  test('a pair that fails is told with its reason and its next time, while another one goes on', async () => {
    bench.pop3.maildrop('old').add({ uidl: 'f1', bytes: mail(102) })
    await bench.configure({ pair: '\n  - name: carol\n    source: { user: nobody }' })
    const daemon = start()
    await daemon.says(/carol: failed: [\s\S]*Next pass in \d+ min/)
    await daemon.says(/alice: 1 message copied/)
    daemon.child.kill('SIGTERM')
    const { code, stderr } = await daemon.end
    assert.equal(code, 0)
    assert.equal(stderr.match(/carol: failed/g)?.length, 1)
    await bench.configure({})
  })

  test('SIGTERM in the middle of a pass: what is in flight arrives, and nothing is there twice afterwards', async () => {
    const gate = new Gate()
    const before = inFolder('INBOX')
    const fresh = Array.from({ length: 8 }, (_, at) => ({ uidl: `t${at}`, bytes: mail(200 + at) }))
    bench.pop3.maildrop('old').add(...fresh)
    bench.imap.faults = { hold: { APPEND: gate } }
    const daemon = start()
    const asked = bench.imap.appends.length
    await bench.imap.until(() => bench.imap.appends.length > asked)
    daemon.child.kill('SIGTERM')
    await daemon.says(/Stopping/)
    gate.open()
    const { code } = await daemon.end
    assert.equal(code, 0)
    bench.imap.faults = {}
    const { code: synced } = await bench.run('sync')
    assert.equal(synced, 0)
    assert.equal(inFolder('INBOX'), before + fresh.length)
  })

  test('killed in the middle of a pass and started again: every message is there once', async () => {
    const gate = new Gate()
    const before = inFolder('INBOX')
    const fresh = Array.from({ length: 8 }, (_, at) => ({ uidl: `k${at}`, bytes: mail(300 + at) }))
    bench.pop3.maildrop('old').add(...fresh)
    bench.imap.faults = { hold: { APPEND: gate } }
    const daemon = start()
    const asked = bench.imap.appends.length
    await bench.imap.until(() => bench.imap.appends.length > asked)
    await daemon.drop()
    gate.open()
    bench.imap.faults = {}
    const next = start()
    await next.says(/alice: .*(copied|found)/)
    next.child.kill('SIGTERM')
    assert.equal((await next.end).code, 0)
    assert.equal(inFolder('INBOX'), before + fresh.length)
  })

  test('a terminal that is closed ends it, for nobody could stop it any more', {
    skip: !existsSync(terminal),
  }, async () => {
    const line = `'${process.execPath}' '${cli}' watch`
    const holder = spawn(terminal, ['-qfc', line, '/dev/null'], {
      cwd: bench.directory,
      env: { ...process.env, ...env, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve) => {
      holder.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('Watching')) resolve()
      })
    })
    const pids = descendantsOf(holder.pid ?? 0)
    assert.ok(pids.length > 0)
    holder.kill('SIGKILL')
    while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20))
  })

  test('wrong from the start: it does not start', async () => {
    const { code, stderr } = await bench.run('watch', 'nobody')
    assert.equal(code, 2)
    assert.match(stderr, /no pair called "nobody"/)
  })
})
