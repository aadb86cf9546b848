// mailhaul auth, and tokens in the command as people use it: what is said, what is kept, and what never shows.
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { clients, type IdentityProvider, startIdentityProvider } from '../servers/identity-provider.ts'
import { logIn } from '../tokens/log-in.ts'
import { Bench, passwords } from './bench.ts'
import { startCli } from './run-cli.ts'
import { hasTerminal, Terminal } from './terminal.ts'

const env = { OLD: passwords.source, NEW: passwords.destination }
const words = ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ')

describe('mailhaul auth', () => {
  let bench: Bench
  let idp: IdentityProvider
  before(async () => {
    bench = await Bench.start()
    idp = await startIdentityProvider()
    const provider = `{ issuer: "${idp.issuer}", scopes: [openid, offline_access, mail] }`
    const { id } = clients.confidential
    await bench.configure({
      source: `auth: { oauth2: { provider: ${provider}, clientId: ${id}, clientSecret: { env: CLIENT } } }`,
    })
  })
  after(async () => {
    await idp.stop()
    await bench.stop()
  })

  test('login with a client secret and a pasted address, status for people and for scripts, logout', async () => {
    const options = { cwd: bench.directory, env: { ...env, CLIENT: clients.confidential.secret } }
    const { child, end } = startCli(['auth', 'login', 'alice', '--paste'], { ...options, keepsInput: true })
    let shown = ''
    for await (const text of child.stdout ?? []) {
      shown += String(text)
      const [address] = /http:\/\/127\S+code_challenge\S+(?=\s)/.exec(shown) ?? []
      if (!address || child.stdin?.writableEnded) continue
      child.stdin?.end(`${await idp.signInAt(address)}\n`)
    }
    const pasted = await end
    assert.equal(pasted.code, 0, words(pasted))
    assert.match(words(pasted), /Signed in at 127\.0\.0\.1:\d+ as old\. .* Next: mailhaul check alice/)
    const status = await bench.run('auth', 'status', '--json')
    const document: unknown = JSON.parse(status.stdout)
    assert.ok(typeof document === 'object' && document && 'signIns' in document && Array.isArray(document.signIns))
    assert.deepEqual(Object.keys(document.signIns[0]).toSorted(), [
      ...['expiresAt', 'pairs', 'place', 'problem', 'provider', 'renewable', 'signedInAt', 'user'],
    ])
    assert.deepEqual([status.code, document.signIns[0].place, document.signIns[0].problem], [0, 'file', null])
    assert.match(words(await bench.run('auth', 'logout', 'alice')), /removed here/)
    assert.equal((await bench.run('auth', 'status')).code, 4)
    assert.ok(!shown.includes(clients.confidential.secret))
  })

  test('a client secret that is asked for is asked for on the terminal, once', { skip: !hasTerminal }, async () => {
    const bench = await Bench.start()
    const provider = `{ issuer: "${idp.issuer}", scopes: [openid, offline_access, mail] }`
    const { id, secret } = clients.confidential
    await bench.configure({
      source: `auth: { oauth2: { provider: ${provider}, clientId: ${id}, clientSecret: { prompt: true } } }`,
    })
    const terminal = new Terminal(['auth', 'login', 'alice'], { cwd: bench.directory, env })
    try {
      const [address] = await terminal.until(/http:\/\/127\S+code_challenge\S+(?=\s)/)
      const answered = terminal.answer(/Password for the client mailhaul-confidential: $/, secret)
      await Promise.all([idp.browse(address), answered])
      assert.equal(await terminal.end, 0, terminal.screen)
      assert.match(terminal.screen, /Signed in at/)
      assert.equal(terminal.screen.match(/Password for/g)?.length, 1)
    } finally {
      await terminal.close()
      await bench.stop()
    }
    assert.ok(!terminal.screen.includes(secret))
  })

  test('what cannot be meant is told before anybody is asked', async () => {
    const [both, nobody, password] = await Promise.all([
      bench.run('auth', 'login', 'alice', '--device', '--paste'),
      bench.run('auth', 'login', 'bob'),
      bench.run('auth', 'login', 'alice', '--destination'),
    ])
    assert.deepEqual([both.code, nobody.code, password.code], [2, 2, 2])
    assert.match(words(nobody), /no pair called "bob"/)
    assert.match(words(password), /The pair alice does not sign in with OAuth at its destination/)
  })

  test('a place that could not keep a sign-in is told of before anybody signs in', async () => {
    const tokens = join(bench.directory, 'state/tokens')
    await mkdir(tokens, { recursive: true })
    await chmod(tokens, 0o777)
    const before = idp.tokenRequests.length
    for (const flow of [[], ['--device']]) {
      const options = { cwd: bench.directory, env: { ...env, CLIENT: clients.confidential.secret } }
      const refused = await logIn(idp, ['alice', ...flow], options)
      assert.equal(refused.code, 4, words(refused))
      assert.match(words(refused), /Others can write to the directory of the sign-ins.*chmod 700/)
      assert.doesNotMatch(words(refused), /http:/)
    }
    assert.equal(idp.tokenRequests.length, before)
    await chmod(tokens, 0o700)
  })

  test('Ctrl-C ends the waiting', async () => {
    const { child, end } = startCli(['auth', 'login', 'alice'], { cwd: bench.directory, env })
    for await (const text of child.stdout ?? []) if (String(text).includes('code_challenge')) child.kill('SIGINT')
    assert.equal((await end).code, 130)
  })

  test('a sign-in that was declined ends with 4', async () => {
    idp.fault = ({ path }) =>
      path === '/device/auth' ? { status: 400, body: '{"error":"unauthorized_client"}' } : undefined
    const refused = await logIn(idp, ['alice', '--device'], {
      cwd: bench.directory,
      env: { ...env, CLIENT: clients.confidential.secret },
    })
    assert.equal(refused.code, 4)
    assert.match(words(refused), /refused the sign-in of old: unauthorized_client.*desktop use/)
  })
})

describe('tokens from a helper', () => {
  const token = 'ya29.helper/token+with=signs_0123456789'

  async function withHelper(script: string, work: (bench: Bench) => Promise<void>): Promise<void> {
    const bench = await Bench.start()
    try {
      const helper = join(bench.directory, 'helper')
      await writeFile(helper, `#!/bin/sh\necho asked >> "$HOME/asked"\n${script}\n`)
      await chmod(helper, 0o700)
      await bench.configure({ source: 'token: { command: [./helper] }', destination: 'token: { command: [./helper] }' })
      await work(bench)
    } finally {
      await bench.stop()
    }
  }
  const times = async (bench: Bench) => (await readFile(join(bench.directory, 'asked'), 'utf8')).split('\n').length - 1

  test('serve both ends, and are asked for once', () =>
    withHelper(`echo '${token}'`, async (bench) => {
      bench.pop3.maildrop('old').token = token
      bench.imap.account('new').token = token
      const synced = await bench.run('sync')
      assert.equal(synced.code, 0, words(synced))
      assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
      assert.equal(await times(bench), 1)
    }))

  test('that a server refuses and says back, in any form, leave no trace; the helper is asked twice', () =>
    withHelper(`echo '${token}'`, async (bench) => {
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      const said = `user=old\x01auth=Bearer ${token}\x01\x01`
      const forms = [token, base64(token), base64(said), encodeURIComponent(token)]
      for (const end of ['pop3', 'imap'] as const) {
        if (end === 'imap') bench.pop3.maildrop('old').token = token
        if (end === 'pop3') bench.pop3.faults = { login: { text: `-ERR [AUTH] ${forms.join(' ')}` } }
        else bench.pop3.faults = {}
        bench.imap.faults = { login: { text: `NO [AUTHENTICATIONFAILED] ${forms.join(' ')}` } }
        const { code } = await bench.run('--verbose', 'sync', '--now', ...(end === 'imap' ? ['--json'] : []))
        assert.equal(code, 4)
      }
      assert.ok((await times(bench)) <= 4)
      const state = join(bench.directory, 'state')
      const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
      const written = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))
      for (const text of [...bench.printed, ...written]) {
        // The token lies at the end of what is sent, behind the user's name.
        for (const form of forms) assert.ok(!text.includes(form.slice(-30, -10)), text)
      }
      assert.match(bench.printed.join(''), /\[redacted\]/)
    }))

  test('that cannot be had say whose they are and what the helper said', () =>
    withHelper('echo "no agent" >&2; exit 3', async (bench) => {
      const failed = await bench.run('check')
      assert.equal(failed.code, 4)
      assert.match(
        words(failed),
        /The token of pair alice at its source cannot be had: \S+ ended with exit code 3; it says: no agent/,
      )
    }))

  test('that are empty or more than a token are refused', () =>
    withHelper('printf "a\\nb\\n"', async (bench) => {
      assert.match(words(await bench.run('check')), /line break.*access token alone, on one line/)
    }))
})
