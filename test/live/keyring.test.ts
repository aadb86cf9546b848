// Passwords in a real Secret Service (gnome-keyring on a D-Bus of its own), by the command as people use it.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Bench, passwords } from '../commands/bench.ts'
import { type Finished, runCli } from '../commands/run-cli.ts'
import { clients, type IdentityProvider, startIdentityProvider } from '../servers/identity-provider.ts'
import { logIn } from '../tokens/log-in.ts'
import { describeLive } from './live.ts'
import { type SecretService, startSecretService } from './secret-service.ts'

const keyringPassword = 'open, keyring'

describeLive('a Secret Service', ['secretService'], () => {
  let bench: Bench
  let home: string
  let service: SecretService
  let idp: IdentityProvider
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'mailhaul-keyring-'))
    bench = await Bench.start()
    idp = await startIdentityProvider()
    await bench.configure({ source: 'password: { keyring: true }', destination: 'password: { keyring: true }' })
    service = await startSecretService(home, keyringPassword)
  })
  after(async () => {
    await service.stop()
    await idp.stop()
    await bench.stop()
    await rm(home, { recursive: true, force: true })
  })

  const run = async (words: readonly string[], input = '', env = service.env): Promise<Finished> => {
    const finished = await runCli(words, { cwd: bench.directory, env: { ...env, HOME: home }, input })
    for (const secret of Object.values(passwords)) assert.ok(!(finished.stdout + finished.stderr).includes(secret))
    return finished
  }
  const words = ({ stdout, stderr }: Finished) => `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ')

  test('keeps, gives and forgets passwords', async () => {
    const missing = await run(['check'])
    assert.equal(missing.code, 4)
    assert.match(words(missing), /Store it: mailhaul secret set alice source/)
    const stored = await run(['secret', 'set', 'alice', 'source'], passwords.source)
    assert.deepEqual([stored.code, stored.stdout], [0, ''], stored.stderr)
    assert.equal((await run(['secret', 'set', 'alice', 'destination'], `${passwords.destination}\n`)).code, 0)
    assert.equal((await run(['secret', 'list'])).stdout, 'alice/destination\nalice/source\n')
    const sync = await run(['sync'])
    assert.equal(sync.code, 0, words(sync))
    assert.equal(bench.imap.folder('new', 'INBOX').messages.length, 3)
    assert.match(words(await run(['secret', 'remove', 'alice', 'destination'])), /Removed the password for alice/)
    assert.match(words(await run(['secret', 'remove', 'alice', 'destination'])), /held no password/)
    assert.equal((await run(['secret', 'list'])).stdout, 'alice/source\n')
    assert.equal((await run(['check'])).code, 4)
  })

  test('keeps a sign-in, renews it in its place and forgets it', async () => {
    const provider = `{ issuer: "${idp.issuer}", scopes: [openid, offline_access, mail] }`
    const auth = `auth: { oauth2: { provider: ${provider}, clientId: ${clients.public} } }`
    await bench.configure({ source: auth, destination: 'password: { keyring: true }' })
    const options = { cwd: bench.directory, env: { ...service.env, HOME: home } }
    const signedIn = await logIn(idp, ['alice', '--device'], options)
    assert.match(words(signedIn), /kept in the operating system's keyring/)
    assert.match(words(await run(['auth', 'status'])), /kept in the keyring; the access token is good for 60 minutes/)
    // The server takes no token of this provider: refused once, renewed once, and that is all.
    assert.equal((await run(['check'])).code, 4)
    assert.equal(idp.renewals, 1)
    assert.match(words(await run(['auth', 'status'])), /kept in the keyring/)
    const files = await readdir(join(bench.directory, 'state/tokens'))
    assert.deepEqual(
      files.filter((name) => !name.endsWith('.lock')),
      [],
    )
    assert.match(words(await run(['auth', 'logout', 'alice'])), /removed here, and given back/)
    assert.match(words(await run(['auth', 'status'])), /Not usable: nobody has signed in/)
    await bench.configure({ source: 'password: { keyring: true }', destination: 'password: { keyring: true }' })
  })

  test('says where a password that was stored is not used', async () => {
    await bench.configure({ source: 'password: { env: OLD }', destination: 'password: { keyring: true }' })
    const stored = await run(['secret', 'set', 'alice', 'source'], passwords.source)
    assert.match(words(stored), /Stored the password .* The configuration takes it from elsewhere/)
    assert.doesNotMatch(words(await run(['secret', 'set', 'alice', 'destination'], passwords.destination)), /elsewhere/)
    await run(['secret', 'remove', 'alice', 'destination'])
    await bench.configure({ source: 'password: { keyring: true }', destination: 'password: { keyring: true }' })
  })

  test('takes what init stores, unless another password is there already', async () => {
    const end = (at: number, port: number, user: string) => [
      ...[`--email${at}`, `${user}@example.invalid`, `--host${at}`, '127.0.0.1', `--port${at}`, String(port)],
      ...[`--tls${at}`, 'none', `--user${at}`, user, `--password${at}`, 'stdin'],
    ]
    const file = ['--config', 'init.yaml']
    const init = ['init', ...file, '--yes', ...end(1, bench.pop3.port, 'old'), ...end(2, bench.imap.port, 'new')]
    const typed = `${passwords.source}\n${passwords.destination}\n`
    const written = await run([...init, '--name', 'fresh'], typed)
    assert.equal(written.code, 0, words(written))
    assert.match(
      words(written),
      /password of the source is in the keyring\..*password of the destination is in the keyring\./,
    )
    assert.equal((await run(['secret', 'list'])).stdout, 'alice/source\nfresh/destination\nfresh/source\n')
    assert.equal((await run(['plan', ...file])).code, 0)
    await rm(join(bench.directory, 'init.yaml'))
    assert.equal((await run(['secret', 'set', 'alice', 'source'], 'another')).code, 0)
    const refused = await run([...init, '--name', 'alice'], typed)
    assert.equal(refused.code, 2, words(refused))
    assert.match(
      words(refused),
      /There is another password for the source of a pair called alice already, in the keyring/,
    )
    // The directory has no init.yaml, and the keyring what it had.
    assert.equal((await run(['secret', 'list'])).stdout, 'alice/source\nfresh/destination\nfresh/source\n')
  })

  test('keeps them until it is started again', async () => {
    await service.stop()
    service = await startSecretService(home, keyringPassword)
    assert.match((await run(['secret', 'list'])).stdout, /^alice\/source$/m)
  })

  test('says how it is unlocked while it is locked', async () => {
    await service.stop()
    service = await startSecretService(home, undefined)
    const refusals = await Promise.all([
      run(['check']),
      run(['secret', 'list']),
      run(['secret', 'set', 'alice', 'source'], passwords.source),
    ])
    for (const refused of refusals) {
      assert.equal(refused.code, 4, words(refused))
      assert.match(words(refused), /keyring is locked, and nobody unlocked it .* gnome-keyring-daemon --unlock/)
    }
  })

  test('says how a place for passwords is made where there is none', async () => {
    const other = await mkdtemp(join(tmpdir(), 'mailhaul-keyring-'))
    const empty = await startSecretService(other, undefined)
    try {
      const refused = await run(['secret', 'set', 'alice', 'source'], passwords.source, empty.env)
      assert.equal(refused.code, 4)
      assert.match(words(refused), /has no place for passwords yet .* gnome-keyring-daemon --unlock/)
    } finally {
      await empty.stop()
      await rm(other, { recursive: true, force: true })
    }
  })

  test('a bus that never answers, or is not there, ends the question with advice', async () => {
    const path = join(home, 'silent')
    const sockets = new Set<{ destroy(): void }>()
    const bus = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
    await new Promise<void>((listening) => bus.listen(path, listening))
    try {
      const silent = await run(['secret', 'list'], '', {
        ...service.env,
        DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}`,
      })
      assert.equal(silent.code, 4)
      assert.match(words(silent), /did not answer within 5 seconds.*without a desktop session/)
      assert.ok(sockets.size > 0)
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => bus.close(closed))
    }
    const none = await run(['secret', 'list'], '', { ...service.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` })
    assert.equal(none.code, 4)
    assert.match(words(none), /keyring cannot be used.*without a desktop session/)
  })
})
