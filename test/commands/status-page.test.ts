// The status page of a real watch: from the command line and from the configuration, with its doors shut, to its end.
import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { matchesGolden } from '../golden.ts'
import { Bench, passwords } from './bench.ts'
import { type Running, startCli } from './run-cli.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }

/** Starts a watch and waits for its page. */
async function startWatch(bench: Bench, ...words: string[]): Promise<{ running: Running; url: string }> {
  const running = startCli(['watch', ...words], { cwd: bench.directory, env })
  started.push(running)
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    running.child.stderr?.on('data', (text: string) => {
      said += text
      const [, found] = /Status page: (\S+)/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    })
    void running.end.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)))
  })
  return { running, url }
}

/** Asks again until the answer is as wanted. */
async function until(url: string, isSo: (body: string) => boolean, headers = {}): Promise<string> {
  for (;;) {
    const body = await (await fetch(url, { headers })).text()
    if (isSo(body)) return body
  }
}

const started: Running[] = []

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.start()
  try {
    await body(bench)
  } finally {
    for (const { child } of started.splice(0)) child.kill('SIGKILL')
    await bench.stop()
  }
}

test('a watch with --http shows what it does, until it is told to stop', () =>
  withBench(async (bench) => {
    const { running, url } = await startWatch(bench, '--http', '127.0.0.1:0')
    const moved = 'mailhaul_pair_messages_total{pair="alice",outcome="copied"} 3'
    const metrics = await until(`${url}metrics`, (body) => body.includes(moved))
    const health = await (await fetch(`${url}healthz`)).json()
    assert.equal(typeof health === 'object' && health !== null && 'status' in health && health.status, 'ok')
    const page = await (await fetch(url)).text()
    assert.match(page, /All is well/)
    for (const text of [metrics, page]) {
      for (const secret of [...Object.values(passwords), 'user: old']) assert.ok(!text.includes(secret))
    }
    running.child.kill('SIGTERM')
    const { code, stderr } = await running.end
    assert.equal(code, 0, stderr)
    await assert.rejects(fetch(url))
  }))

test('a password that a server says back is masked, and so are user names', () =>
  withBench(async (bench) => {
    bench.imap.faults = { login: { text: `NO [AUTHENTICATIONFAILED] not ${passwords.destination}, NEW` } }
    const { running, url } = await startWatch(bench, '--http', '127.0.0.1:0')
    const page = await until(url, (body) => body.includes('is failing'))
    assert.match(/<p class="reason">[^<]*/.exec(page)?.[0] ?? '', /refused the login: not \[redacted\], \[user\]$/)
    assert.ok(!page.includes(passwords.destination))
    running.child.kill('SIGTERM')
    await running.end
  }))

test('the configuration says where, and what others have to know', () =>
  withBench(async (bench) => {
    const token = 'correct-horse-battery-staple'
    const file = join(bench.directory, 'status.token')
    await writeFile(file, `${token}\n`)
    await chmod(file, 0o600)
    await bench.configure({ top: 'http: { listen: "0.0.0.0:0", token: { file: status.token } }' })
    const { running, url } = await startWatch(bench)
    const local = url.replace('0.0.0.0', '127.0.0.1')
    assert.equal((await fetch(local)).status, 401)
    await until(local, (body) => body.includes('All is well'), { authorization: `Bearer ${token}` })
    running.child.kill('SIGTERM')
    const { code, stdout, stderr } = await running.end
    assert.equal(code, 0)
    assert.ok(!(stdout + stderr).includes(token))
  }))

test('where it does not start', () =>
  withBench(async (bench) => {
    const other = createServer().listen(0, '127.0.0.1').unref()
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const said: string[] = []
    const refused = async (exitCode: number, ...words: string[]) => {
      const { code, stdout, stderr } = await bench.run('watch', ...words)
      assert.deepEqual([code, stdout], [exitCode, ''], stderr)
      said.push(stderr.replaceAll(String(port), 'PORT'))
    }
    await refused(2, '--http', '[::]:8025')
    await refused(2, '--http', 'here')
    // What another program has today may be free tomorrow: the unit tries again, as it does not after 2.
    await refused(5, '--http', `127.0.0.1:${port}`)
    await bench.configure({ top: `http: { listen: 127.0.0.1:${port} }` })
    await refused(5)
    await bench.configure({ top: 'http: { listen: "0.0.0.0:8025" }' })
    await refused(2)
    await bench.configure({ top: 'http: { listen: 8025, token: { file: nowhere.token } }' })
    const { code, stderr } = await bench.run('watch')
    assert.equal(code, 4)
    assert.match(
      stderr.replaceAll(/\s+/g, ' '),
      /The token of the status page cannot be had: the file \S+ does not exist/,
    )
    other.close()
    matchesGolden('commands/status-page-refused.txt', said.join('\n'))
    assert.equal(bench.pop3.connections.total, 0)
  }))
