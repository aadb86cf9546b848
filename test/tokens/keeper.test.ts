// Sign-ins kept usable: renewed in time, shared, rotated safely, and never in a loop.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { renew } from '../../src/tokens/grants.ts'
import { TokenKeeper } from '../../src/tokens/keeper.ts'
import { Told } from '../../src/tokens/told.ts'
import { fillDisk, mountSmallDisk, noSmallDisk, unmountSmallDisk } from '../ledger/small-disk.ts'
import { certificate } from '../servers/certificates.ts'
import { failureOf, keyringIn, type TokenRig, withRig } from './rig.ts'

const minute = 60_000
const deaf = { onSecret: () => undefined, onObsolete: () => undefined, told: new Told() }
const stored = async (rig: TokenRig): Promise<Record<string, unknown>> => {
  const name = (await readdir(rig.directory)).find((file) => file.endsWith('.json')) ?? ''
  return JSON.parse(await readFile(join(rig.directory, name), 'utf8'))
}

test('a token is renewed five minutes before its end, and not sooner', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    const first = await keeper.token()
    rig.clock.time += 54 * minute
    assert.equal(await keeper.token(), first)
    rig.clock.time += 2 * minute
    const second = await keeper.token()
    assert.notEqual(second, first)
    assert.equal(await keeper.token(), second)
    assert.equal(rig.idp.renewals, 1)
  }))

test('pairs of one account share one renewal', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    rig.clock.time += 60 * minute
    const tokens = await Promise.all(Array.from({ length: 8 }, () => keeper.token()))
    assert.equal(new Set(tokens).size, 1)
    assert.equal(rig.idp.renewals, 1)
  }))

test('a refused token is renewed once; when the new one is refused too, nobody asks for a third', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    const first = await keeper.token()
    const second = await keeper.token(first)
    assert.notEqual(second, first)
    assert.equal(await keeper.token(second), second, 'the same again says: stop')
    assert.equal(await rig.keeper().token(second), second, 'in another process too')
    assert.equal(rig.idp.renewals, 1)
    assert.equal(await keeper.token(first), second, 'who comes late with the old one gets the new one')
    rig.clock.time += 11 * minute
    assert.notEqual(await keeper.token(second), second, 'later it may be another story')
  }))

test('without a keyring the sign-in is a file that only its owner can read; one that others can read is refused', () =>
  withRig(async (rig) => {
    await (await rig.signedIn()).token()
    const [name = ''] = (await readdir(rig.directory)).filter((file) => file.endsWith('.json'))
    const path = join(rig.directory, name)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await chmod(path, 0o644)
    assert.match((await failureOf(rig.keeper().token())).hint ?? '', /chmod 600/)
    await chmod(path, 0o600)
    await writeFile(path, '{')
    assert.match((await failureOf(rig.keeper().token())).message, /damaged/)
  }))

const hasModes = { skip: process.platform === 'win32' }

test(
  'a directory that others can write to, or a link to one, is refused: nothing is asked of the provider',
  hasModes,
  () =>
    withRig(async (rig) => {
      const keeper = await rig.signedIn()
      rig.clock.time += 60 * minute
      for (const mode of [0o777, 0o770, 0o702]) {
        await chmod(rig.directory, mode)
        const { code, message, hint } = await failureOf(rig.keeper().token())
        assert.deepEqual([code, hint], ['secret', `Run: chmod 700 ${rig.directory}`], message)
        await failureOf(keeper.begin({ accessToken: 'a', refreshToken: 'r', lifetime: 1, scopes: undefined }))
      }
      await chmod(rig.directory, 0o700)
      const moved = `${rig.directory}-moved`
      await rename(rig.directory, moved)
      await symlink(moved, rig.directory)
      assert.match((await failureOf(rig.keeper().token())).message, /not a directory of its own/)
      await rm(rig.directory)
      await rename(moved, rig.directory)
      assert.equal(rig.idp.renewals, 0)
      await rig.keeper().token()
      assert.equal(rig.idp.renewals, 1)
    }),
)

test('a directory that anybody could replace is refused', hasModes, () =>
  withRig(async (rig) => {
    const keeper = new TokenKeeper({
      registration: rig.registration,
      directory: join(rig.directory, 'tokens'),
      keyring: rig.keyring,
      clock: rig.clock,
      ...deaf,
    })
    await mkdir(join(rig.directory, 'tokens'), { mode: 0o700 })
    await chmod(rig.directory, 0o777)
    assert.match((await failureOf(keeper.token())).hint ?? '', /chmod o-w/)
  }),
)

test('a lock that is a link is not followed', hasModes, () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    const [name = ''] = (await readdir(rig.directory)).filter((file) => file.endsWith('.lock'))
    const lock = join(rig.directory, name)
    const target = `${rig.directory}-target`
    await rm(lock)
    await symlink(target, lock)
    rig.clock.time += 60 * minute
    assert.match((await failureOf(keeper.token())).message, /The lock .* is a link/)
    assert.ok(!existsSync(target))
  }),
)

test('with a keyring nothing is written beside the ledger but an empty lock', () =>
  withRig(async (rig) => {
    const entries = new Map<string, string>()
    rig.keyring = keyringIn(entries)
    await rig.signedIn()
    rig.clock.time += 60 * minute
    const token = await rig.keeper().token()
    assert.ok([...entries.values()].join('').includes(token))
    for (const file of await readdir(rig.directory)) assert.equal((await stat(join(rig.directory, file))).size, 0, file)
    const keyring = rig.keyring
    rig.keyring = async (request) => (request.kind === 'set' ? { ok: false, reason: 'it is locked' } : keyring(request))
    rig.clock.time += 60 * minute
    const next = await rig.keeper().token()
    assert.equal((await stored(rig)).accessToken, next, 'a keyring that locks itself loses no rotated token')
    assert.equal(await rig.keeper().token(), next)
  }))

test('nobody signed in, and a keyring that cannot be asked, are told apart', () =>
  withRig(async (rig) => {
    const locked = await failureOf(rig.keeper().token())
    assert.match(locked.message, /as far as can be seen: there is none/)
    rig.keyring = keyringIn(new Map())
    const error = await failureOf(rig.keeper().token())
    assert.deepEqual([error.code, error.retry, error.message], ['secret', 'never', 'Nobody is signed in as alice.'])
    assert.match(error.hint ?? '', /mailhaul auth login/)
    rig.keyring = async () => ({ ok: false, reason: 'it did not answer within 5 seconds', isPassing: true })
    const silent = await failureOf(rig.keeper().token())
    assert.deepEqual([silent.code, silent.retry], ['secret', 'later'])
    assert.match(silent.message, /^The sign-in of alice cannot be read now: it did not answer/)
  }))

test('a provider that is down for a moment does no harm while the token lasts, and is temporary after that', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    const first = await keeper.token()
    rig.idp.fault = ({ path }) => (path === '/token' ? { status: 503, body: 'busy' } : undefined)
    rig.clock.time += 57 * minute
    assert.equal(await keeper.token(), first)
    rig.clock.time += 5 * minute
    const error = await failureOf(keeper.token())
    assert.deepEqual([error.code, error.retry], ['temporary', 'now'])
    rig.idp.fault = undefined
    assert.notEqual(await keeper.token(), first)
  }))

test(
  'on a full disk the provider is not asked: the refresh token that rotates would be lost',
  { skip: noSmallDisk },
  (t) =>
    withRig(async (rig) => {
      if (!mountSmallDisk(rig.directory, 'size=1m')) return t.skip('no small disk can be mounted here')
      try {
        const keeper = await rig.signedIn()
        rig.clock.time += 60 * minute
        const makeRoom = fillDisk(rig.directory, 2)
        const error = await failureOf(keeper.token())
        assert.match(`${error.code} ${error.message} ${error.hint}`, /^secret .*ENOSPC.* Make room/)
        assert.equal(rig.idp.renewals, 0)
        makeRoom()
        assert.ok(await keeper.token())
      } finally {
        unmountSmallDisk(rig.directory)
      }
    }),
)

test('a provider that nobody answers for, or whose certificate nobody vouches for, is told from a refusal', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    rig.clock.time += 61 * minute
    await rig.idp.stop()
    const gone = await failureOf(keeper.token())
    assert.deepEqual([gone.code, gone.retry], ['connect', 'now'])
    const requests: string[] = []
    for (const variant of ['good', 'wrong-name', 'expired', 'self-signed'] as const) {
      const { cert, key } = await certificate(variant)
      const server = createServer({ cert, key }, ({ url = '' }, response) => {
        requests.push(url)
        response.end()
      })
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
      const address = server.address()
      assert.ok(typeof address === 'object' && address)
      const issuer = `https://localhost:${address.port}`
      const provider = { issuer, tokenEndpoint: `${issuer}/token`, scopes: ['mail'] }
      const registration = { ...rig.registration, provider }
      const error = await failureOf(renew(registration, 'a-refresh-token'))
      assert.deepEqual([error.code, error.retry], ['tls', 'later'], `${variant}: ${error.message}`)
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
    assert.deepEqual(requests, [], 'nothing was sent')
  }))

test('signing out forgets it, and gives it back to the provider', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    const { refreshToken } = await stored(rig)
    assert.deepEqual(await keeper.end(), { wasThere: true, wasRevoked: true })
    assert.deepEqual(await keeper.end(), { wasThere: false, wasRevoked: false })
    assert.equal((await failureOf(keeper.token())).code, 'secret')
    assert.equal(typeof refreshToken, 'string')
  }))

test('every token is told to who masks secrets before it is used, and old ones are let go', () =>
  withRig(async (rig) => {
    const keeper = await rig.signedIn()
    for (let hour = 0; hour < 8; hour += 1) {
      assert.ok(rig.secrets.has(await keeper.token()))
      const { refreshToken } = await stored(rig)
      assert.ok(rig.secrets.has(String(refreshToken)))
      rig.clock.time += 60 * minute
    }
    assert.ok(rig.secrets.size <= 6, String(rig.secrets.size))
  }))

test('keepers that follow one another, as configurations do, let go of what is old as one does', () =>
  withRig(async (rig) => {
    await rig.signedIn()
    for (let hour = 0; hour < 8; hour += 1) {
      const keeper = rig.keeper()
      assert.ok(rig.secrets.has(await keeper.token()))
      assert.ok(rig.secrets.has(String((await stored(rig)).refreshToken)))
      rig.clock.time += 60 * minute
    }
    assert.ok(rig.secrets.size <= 6, String(rig.secrets.size))
  }))
