// Where a new password goes: the keyring, else a file of its owner's; and how it goes away again.
import assert from 'node:assert/strict'
import { access, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { keepSecret } from '../../src/config/keep-secret.ts'
import type { KeyringReply, KeyringRequest } from '../../src/config/keyring-process.ts'
import type { AskKeyring } from '../../src/config/secret-keyring.ts'
import { owner, refusal, secret } from './refusal.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mailhaul-keep-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** A keyring of these entries; with `isReadOnly` nothing can be stored in it. */
function keyringOf(entries: Map<string, string>, isReadOnly = false): AskKeyring {
  return async (request: KeyringRequest): Promise<KeyringReply> => {
    if (request.kind === 'list') return { ok: true, value: [...entries.keys()] }
    if (request.kind === 'get') return { ok: true, value: entries.get(request.account) ?? null }
    if (request.kind === 'remove') return { ok: true, value: entries.delete(request.account) }
    if (isReadOnly) return { ok: false, reason: 'no result found' }
    if (request.kind === 'set') entries.set(request.account, request.secret)
    return { ok: true, value: true }
  }
}

const keep = (keyring: AskKeyring, mayReplace = false) =>
  keepSecret(owner, secret, { keyring, env: {}, homeDirectory: home, mayReplace: async () => mayReplace })

const none: AskKeyring = async () => ({ ok: false, reason: 'no bus' })

test('the keyring is where it goes; undo takes it away', async () => {
  const entries = new Map<string, string>()
  const kept = await keep(keyringOf(entries))
  assert.deepEqual(kept.reference, { keyring: true })
  assert.equal(entries.get('alice/source'), secret)
  await kept.undo()
  assert.equal(entries.size, 0)
})

test('another password that is there stays, unless it may be replaced; undo puts it back', async () => {
  const entries = new Map([['alice/source', 'another']])
  await assert.rejects(keep(keyringOf(entries)), { code: 'usage', message: /another password .* in the keyring/ })
  assert.equal(entries.get('alice/source'), 'another')
  const kept = await keep(keyringOf(entries), true)
  assert.equal(entries.get('alice/source'), secret)
  await kept.undo()
  assert.equal(entries.get('alice/source'), 'another')
})

for (const [what, keyring] of [
  ['no keyring', none],
  ['a keyring that can store nothing', keyringOf(new Map(), true)],
] as const) {
  test(`with ${what} it goes to a file that its owner alone can read, and the reason is told`, async () => {
    const kept = await keep(keyring)
    const path = join(home, '.config/mailhaul/secrets/alice-source')
    assert.deepEqual(kept.reference, { file: path })
    assert.match(kept.whyNotKeyring ?? '', /keyring (cannot be used|has no place)/)
    assert.equal(await readFile(path, 'utf8'), `${secret}\n`)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await assert.rejects(keep(keyring), { code: 'usage', message: /alice-source/ })
    await kept.undo()
    await assert.rejects(access(path))
    assert.deepEqual(await readdir(join(path, '..')), [])
  })
}

test('another password in a file may be replaced; undo puts it back, byte by byte and for its owner alone', async () => {
  const path = join(home, '.config/mailhaul/secrets/alice-source')
  await keep(none)
  const before = Buffer.from('anöther\xff\r\n', 'latin1')
  await writeFile(path, before)
  const kept = await keep(none, true)
  assert.equal(await readFile(path, 'utf8'), `${secret}\n`)
  await kept.undo()
  assert.deepEqual(await readFile(path), before)
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(path, '..')), ['alice-source'])
})

test('a password that cannot be sent is stored nowhere', async () => {
  const entries = new Map<string, string>()
  const keyring = keyringOf(entries)
  await refusal(
    keepSecret(owner, `${secret}\r`, { keyring, env: {}, homeDirectory: home, mayReplace: async () => true }),
  )
  assert.equal(entries.size, 0)
  await assert.rejects(access(join(home, '.config')))
})
