// The whole way on real servers: signing in at oidc-provider, then POP3 and IMAP on Dovecot with tokens alone.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { compare } from '../chaos/mailbox.ts'
import { type Finished, runCli, startCli } from '../commands/run-cli.ts'
import { makeCorpus } from '../corpus/corpus.ts'
import { clients, type IdentityProvider, startIdentityProvider } from '../servers/identity-provider.ts'
import { startProxy, type TcpProxy } from '../servers/proxy.ts'
import { logIn } from '../tokens/log-in.ts'
import { speaksThisLanguage, startTokenDovecot, type TokenDovecot } from './dovecot-oauth.ts'
import { describeLive } from './live.ts'

const users = [
  { name: 'alice', password: 'never-used-1' },
  { name: 'bob', password: 'never-used-2' },
]

describeLive('Dovecot with tokens', ['dovecot'], () => {
  if (!speaksThisLanguage()) {
    test.skip('the Dovecot installed here is not 2.3')
    return
  }
  let idp: IdentityProvider
  let server: TokenDovecot
  let proxy: TcpProxy
  let directory = ''
  const printed: string[] = []
  const moved: Uint8Array[] = []

  before(async () => {
    idp = await startIdentityProvider()
    server = await startTokenDovecot(idp, users)
    proxy = await startProxy({ target: { port: server.dovecot.ports.pop3s } })
    directory = await mkdtemp(join(tmpdir(), 'mailhaul-sign-in-'))
    const { ports, caFile } = server.dovecot
    const provider = `{ issuer: "${idp.issuer}", scopes: [openid, offline_access, mail] }`
    const auth = `auth: { oauth2: { provider: ${provider}, clientId: ${clients.public} } }`
    await writeFile(
      join(directory, 'mailhaul.yaml'),
      `ledger: ./state/ledger.db
pairs:
  - name: alice
    source: { host: localhost, port: ${proxy.port}, ca: ${caFile}, user: alice, ${auth} }
    destination: { host: localhost, port: ${ports.imaps}, ca: ${caFile}, user: bob, ${auth} }
`,
    )
  })
  after(async () => {
    await proxy?.stop()
    await server?.stop()
    await idp?.stop()
    await rm(directory, { recursive: true, force: true })
  })

  const run = async (...words: string[]): Promise<Finished> => {
    const finished = await runCli(words, { cwd: directory })
    printed.push(finished.stdout, finished.stderr)
    return finished
  }

  const signIn = async (...words: string[]): Promise<Finished> => {
    const finished = await logIn(idp, ['alice', ...words], { cwd: directory })
    printed.push(finished.stderr)
    return finished
  }

  const tokens = async (): Promise<{ accessToken: string; refreshToken: string }[]> => {
    const names = (await readdir(join(directory, 'state/tokens'))).filter((name) => name.endsWith('.json'))
    return Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(directory, 'state/tokens', name), 'utf8'))),
    )
  }

  const deliver = async (seed: number, count: number): Promise<void> => {
    const messages = makeCorpus({ seed, count, averageSize: 8000, twins: 2 })
    await server.dovecot.deliver('alice', messages)
    moved.push(...messages)
  }

  const assertMoved = async (): Promise<void> => {
    assert.deepEqual(compare(moved, await server.dovecot.messages('bob')), { lost: 0, doubled: 0 })
  }

  test('before anybody has signed in, sync ends with 4 and says which command to run', async () => {
    const { code, stdout } = await run('sync')
    assert.equal(code, 4, stdout)
    assert.match(
      stdout.replaceAll(/\s+/g, ' '),
      /Nobody is signed in as (alice|bob).* mailhaul auth login alice --(source|destination)/,
    )
    assert.equal((await run('auth', 'status')).code, 4)
  })

  test('sign-in in the browser at one end and with a device code at the other; every message arrives', async () => {
    const inBrowser = await signIn('--source')
    assert.equal(inBrowser.code, 0, inBrowser.stdout + inBrowser.stderr)
    assert.match(inBrowser.stderr, /which only you can read \(there is no keyring that works here\)/)
    idp.user = 'bob'
    const withCode = await signIn('--destination', '--device')
    assert.equal(withCode.code, 0, withCode.stdout + withCode.stderr)
    await deliver(31, 120)
    const checked = await run('check')
    assert.equal(checked.code, 0, checked.stdout)
    const { code, stdout, stderr } = await run('sync')
    assert.equal(code, 0, stdout + stderr)
    await assertMoved()
    const log = await readFile(join(server.dovecot.directory, 'log'), 'utf8')
    assert.match(log, /pop3-login: .*Login: user=<alice>, method=XOAUTH2/)
    assert.match(log, /imap-login: .*Login: user=<bob>, method=OAUTHBEARER/)
    assert.match((await run('auth', 'status')).stdout, /alice, source: alice at 127\.0\.0\.1/)
  })

  for (const how of ['ends', 'is revoked'] as const) {
    test(`a token that ${how} in the middle of a pass is renewed when the session has to be opened again`, async () => {
      idp.lifetime = how === 'ends' ? 2 : 3600
      if (how === 'ends') for (const { accessToken } of await tokens()) await idp.revokeAccess(accessToken)
      assert.equal((await run('check')).code, 0)
      await deliver(how === 'ends' ? 41 : 42, 80)
      const [renewals, connections] = [idp.renewals, proxy.connections.total]
      proxy.down = { blackholeFrom: 200_000 }
      const running = startCli(['sync'], { cwd: directory })
      const before = proxy.bytes.down
      while (proxy.bytes.down < before + 190_000) await delay(10)
      idp.lifetime = 2
      for (const { accessToken } of await tokens()) {
        if (how === 'is revoked') await idp.revokeAccess(accessToken)
        while (await idp.isGood(accessToken)) await delay(20)
      }
      proxy.down = {}
      proxy.cutAll()
      const { code, stdout, stderr } = await running.end
      assert.equal(code, 0, stdout + stderr)
      assert.ok(idp.renewals > renewals && proxy.connections.total > connections + 1)
      await assertMoved()
    })
  }

  test('a sign-in that its owner has revoked ends with 4 and clear advice, and nobody keeps asking', async () => {
    idp.lifetime = 3600
    for (const { accessToken, refreshToken } of await tokens()) {
      // What is left of the pass before lives two seconds: a token that came after a refusal would not be renewed again.
      while (await idp.isGood(accessToken)) await delay(20)
      await idp.revokeSignIn(refreshToken)
      await idp.revokeAccess(accessToken)
    }
    const { code, stdout } = await run('sync')
    assert.equal(code, 4, stdout)
    assert.match(
      stdout.replaceAll(/\s+/g, ' '),
      /refused the sign-in of (alice|bob): invalid_grant.*Sign in again: mailhaul auth login/,
    )
    const asked = idp.tokenRequests.length
    assert.equal((await run('sync')).code, 4)
    assert.ok(idp.tokenRequests.length <= asked + 1, 'each sign-in is asked about once')
    const later = idp.tokenRequests.length
    assert.equal((await run('sync')).code, 4)
    assert.equal(idp.tokenRequests.length, later)
    assert.match((await run('auth', 'status')).stdout, /Not usable: the provider refused it: invalid_grant/)
    assert.equal((await signIn('--source')).code, 0)
    idp.user = 'bob'
    assert.equal((await signIn('--destination', '--device')).code, 0)
    await deliver(51, 5)
    const again = await run('sync', '--now')
    assert.equal(again.code, 0, again.stdout + again.stderr)
    await assertMoved()
  })

  test('signing out gives the sign-in back; no token was ever printed or written beside its own file', async () => {
    const all = (await tokens()).flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken])
    assert.equal(all.length, 4)
    const files = (await readdir(join(directory, 'state'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    const written = await Promise.all(
      files
        .filter(({ name }) => !name.endsWith('.json'))
        .map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')),
    )
    for (const token of all) for (const text of [...printed, ...written]) assert.ok(!text.includes(token))
    const { code, stderr } = await run('auth', 'logout', 'alice')
    assert.deepEqual([code, stderr.match(/given back/g)?.length], [0, 2], stderr)
    assert.deepEqual(await tokens(), [])
    assert.equal((await run('sync', '--now')).code, 4)
  })
})
