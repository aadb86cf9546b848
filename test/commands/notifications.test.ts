// Notifications of real runs, by cron and of a watch: each change is told once, to everybody, and moves no mail.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, readFileSync, watch as watchFile, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Bench, passwords } from './bench.ts'
import { type Running, startCli } from './run-cli.ts'

const env = { OLD: passwords.source, NEW: passwords.destination, HOOK: '' }

/** Appends one line for each notification: its event, and every variable that holds a password. */
const program = `
  const chunks = []
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
    const { event, pair } = JSON.parse(Buffer.concat(chunks))
    const secrets = Object.entries(process.env).filter(([name]) => ['OLD', 'NEW', 'HOOK'].includes(name)).join()
    require('node:fs').appendFileSync('told.txt', [event, pair, process.env.MAILHAUL_EVENT, secrets].join(' ').trim() + '\\n')
  })`

const watches: Running[] = []

interface Ground {
  readonly bench: Bench
  readonly hooks: string[]
  /** What the webhook was told in full. */
  readonly posted: string[]
  /** What the program was told so far: one line each. */
  told(): readonly string[]
  run(...words: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
}

async function withGround(body: (ground: Ground) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  const hooks: string[] = []
  const posted: string[] = []
  const server: Server = createServer(async (request, response) => {
    const body = await text(request)
    posted.push(body)
    const document: unknown = JSON.parse(body)
    hooks.push(typeof document === 'object' && document !== null && 'event' in document ? String(document.event) : '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  env.HOOK = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/secret-path`
  writeFileSync(join(bench.directory, 'tell.cjs'), program)
  const file = join(bench.directory, 'told.txt')
  appendFileSync(file, '')
  const command = JSON.stringify([process.execPath, 'tell.cjs'])
  await bench.configure({ top: `notify: [{ command: ${command} }, { webhook: { env: HOOK } }, { inbox: true }]` })
  try {
    await body({
      bench,
      ...{ hooks, posted },
      told: () => readFileSync(file, 'utf8').trim().split('\n').filter(Boolean),
      run: async (...words) => {
        const finished = await startCli(words, { cwd: bench.directory, env }).end
        assert.ok(!/secret-path/.test(finished.stdout + finished.stderr))
        return finished
      },
    })
  } finally {
    for (const { child } of watches.splice(0)) child.kill('SIGKILL')
    server.closeAllConnections()
    server.close()
    await bench.stop()
  }
}

const subjects = ({ imap }: Bench) =>
  imap.folder('new', 'INBOX').messages.flatMap(({ bytes }) => {
    const [, subject] = /^Subject: (mailhaul: .*)\r$/m.exec(Buffer.from(bytes).toString('latin1')) ?? []
    return subject === undefined ? [] : [subject]
  })

test('runs by cron tell each change once, and count no mail for it', () =>
  withGround(async ({ bench, hooks, posted, told, run }) => {
    bench.pop3.faults = { login: 'wrong-password' }
    for (const _ of [1, 2, 3]) assert.equal((await run('sync')).code, 4)
    assert.deepEqual(told(), ['auth alice auth'])
    assert.deepEqual(hooks, ['auth'])
    // Who is behind the webhook does not learn who logs in where.
    assert.match(posted.join(), /refused the login of \[user\]: /)
    assert.doesNotMatch(posted.join(), /\bold\b/)
    assert.deepEqual(subjects(bench), ['mailhaul: alice: the login at the source is refused'])
    bench.pop3.faults = {}
    const mended = await run('sync', '--now')
    assert.equal(mended.code, 0, mended.stderr)
    assert.match(mended.stdout, /3 copied/)
    await run('sync')
    assert.deepEqual(told(), ['auth alice auth', 'recovered alice recovered'])
    assert.deepEqual(hooks, ['auth', 'recovered'])
    assert.deepEqual(subjects(bench).at(-1), 'mailhaul: alice gets through again')
    // Three mails and two messages of mailhaul, of which the ledger knows nothing.
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 5)
    assert.match((await run('status')).stdout, /settled +3/)
    assert.match((await run('verify', '--deep')).stdout, /identical +3/)
  }))

test('where the destination is the trouble, no message is sent there, and nobody logs in for it', () =>
  withGround(async ({ bench, hooks, told, run }) => {
    bench.imap.faults = { login: 'authentication-failed' }
    const { code, stderr } = await run('sync')
    assert.equal(code, 4)
    assert.ok(!stderr.includes('Notification failed'))
    assert.deepEqual([told(), hooks], [['auth alice auth'], ['auth']])
    assert.equal(bench.imap.count('LOGIN') + bench.imap.count('AUTHENTICATE'), 1)
  }))

test('notifications that fail are told, and the run goes on as if there were none', () =>
  withGround(async ({ bench, run }) => {
    const top = 'notify: [{ command: [/nowhere/tell] }, { webhook: "http://127.0.0.1:2/" }, { inbox: true }]'
    await bench.configure({ top, pair: '\n  - name: bob\n    source: { user: nobody }' })
    bench.pop3.faults = { login: 'wrong-password' }
    bench.imap.faults = { login: 'authentication-failed' }
    const { code, stderr } = await run('sync')
    assert.equal(code, 4)
    assert.match(
      stderr,
      /Notification failed: the command tell does not exist\. It was not told of: alice, bob\. Install it/,
    )
    assert.match(stderr, /Notification failed: the webhook at 127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\)/)
    assert.match(stderr, /Notification failed: the message for the INBOX could not be stored/)
    assert.equal(
      stderr.match(/Notification failed/g)?.length,
      3,
      'each target is told of once, whatever it was not told',
    )
  }))

test('a watch that is started anew does not tell again', () =>
  withGround(async ({ bench, hooks, told }) => {
    const file = join(bench.directory, 'told.txt')
    /** Lets a watch work until its log says so and so many lines have been told. */
    const watchUntil = async (log: RegExp, lines: number) => {
      const running = startCli(['watch', '--now', '--verbose'], { cwd: bench.directory, env })
      watches.push(running)
      let said = ''
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          if (log.test(said) && told().length >= lines) resolve()
        }
        const watcher = watchFile(file, look)
        running.child.stderr?.on('data', (text: string) => {
          said += text
          look()
        })
        void running.end.then(({ stderr }) => {
          watcher.close()
          reject(new Error(stderr))
        })
      })
      running.child.kill('SIGTERM')
      assert.equal((await running.end).code, 0)
    }
    bench.pop3.faults = { login: 'wrong-password' }
    await watchUntil(/alice: failed/, 1)
    await watchUntil(/alice: failed/, 1)
    assert.deepEqual([told(), hooks], [['auth alice auth'], ['auth']])
    bench.pop3.faults = {}
    await watchUntil(/3 messages copied/, 2)
    await watchUntil(/nothing new/, 2)
    assert.deepEqual(told(), ['auth alice auth', 'recovered alice recovered'])
    assert.deepEqual(hooks, ['auth', 'recovered'])
  }))
