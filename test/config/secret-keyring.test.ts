// Passwords in the keyring: in, out, listed, removed, and what happens on a machine that has none (quirk E11).
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { KeyringReply, KeyringRequest } from '../../src/config/keyring-process.ts'
import { type AskKeyring, systemKeyring } from '../../src/config/secret-keyring.ts'
import { keyringAddress, listSecrets, removeSecret, setSecret } from '../../src/config/secrets.ts'
import { owner, refusal, resolve, secret } from './refusal.ts'

let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mailhaul-secrets-'))
})
after(() => rm(root, { recursive: true, force: true }))

function keyringOf(entries: Map<string, string>): AskKeyring {
  const reply = (value: string | boolean | string[] | null): KeyringReply => ({ ok: true, value })
  return async (request: KeyringRequest) => {
    if (request.kind === 'list') return reply([...entries.keys()].map((key) => key.replace(`${request.service} `, '')))
    const key = `${request.service} ${request.account}`
    if (request.kind === 'get') return reply(entries.get(key) ?? null)
    if (request.kind === 'remove') return reply(entries.delete(key))
    if (request.kind === 'set') entries.set(key, request.secret)
    return reply(true)
  }
}

const silentKeyring: AskKeyring = async () => ({ ok: false, reason: 'it is locked' })

describe('a password from the keyring', () => {
  it('goes in, comes out, is listed and removed', async () => {
    const keyring = keyringOf(new Map())
    const address = keyringAddress({ keyring: true }, owner)
    assert.deepEqual(address, { service: 'mailhaul', account: 'alice/source' })
    const missing = await refusal(resolve({ keyring: true }, { keyring }))
    assert.match(missing.hint ?? '', /mailhaul secret set alice source/)
    await setSecret(address, secret, keyring)
    await setSecret({ ...address, account: 'alice/destination' }, 'other', keyring)
    assert.equal(await resolve({ keyring: true }, { keyring }), secret)
    assert.equal(await resolve({ keyring: true }, { keyring, side: 'destination' }), 'other')
    assert.deepEqual(await listSecrets('mailhaul', keyring), ['alice/destination', 'alice/source'])
    assert.equal(await removeSecret(address, keyring), true)
    assert.equal(await removeSecret(address, keyring), false)
    await refusal(resolve({ keyring: true }, { keyring }))
  })

  it('may lie under a service and account of its own', async () => {
    assert.deepEqual(keyringAddress({ keyring: { service: 's' } }, owner), { service: 's', account: 'alice/source' })
    assert.deepEqual(keyringAddress({ keyring: { account: 'a' } }, owner), { service: 'mailhaul', account: 'a' })
    assert.deepEqual(keyringAddress('plain', owner), { service: 'mailhaul', account: 'alice/source' })
    const keyring = keyringOf(new Map([['s a', secret]]))
    assert.equal(await resolve({ keyring: { service: 's', account: 'a' } }, { keyring }), secret)
  })

  it('is not stored when no mail protocol could carry it', async () => {
    const entries = new Map<string, string>()
    await refusal(setSecret(keyringAddress({ keyring: true }, owner), `${secret}\n`, keyringOf(entries)))
    assert.equal(entries.size, 0)
  })

  it('is missed with advice when the keyring is of no use', async () => {
    const address = keyringAddress({ keyring: true }, owner)
    const echoing: AskKeyring = async (request) => ({ ok: false, reason: 'secret' in request ? request.secret : 'no' })
    const refused = [
      () => resolve({ keyring: true }, { keyring: silentKeyring }),
      () => setSecret(address, secret, silentKeyring),
      () => setSecret(address, secret, echoing),
      () => removeSecret(address, silentKeyring),
      () => listSecrets('mailhaul', silentKeyring),
    ]
    for (const asked of refused)
      assert.match((await refusal(asked())).hint ?? '', /without a desktop session .* \{ file: PATH \}/)
  })
})

describe('the keyring of a machine without one', { skip: process.platform !== 'linux' }, () => {
  it('says so, instead of keeping passwords in the kernel until the next boot', async () => {
    const env = { PATH: process.env.PATH, XDG_RUNTIME_DIR: root }
    const ask = systemKeyring(env)
    const address = keyringAddress({ keyring: true }, { pair: 'mailhaul-test', side: 'source' })
    const requests = [
      () => setSecret(address, secret, ask),
      () => resolve({ keyring: true }, { keyring: ask }),
      () => removeSecret(address, ask),
      () => listSecrets('mailhaul', ask),
    ]
    for (const request of requests) assert.match((await refusal(request())).message, /[dz]-?bus/i)
  })

  it('is given up in time when it does not answer', { timeout: 30_000 }, async () => {
    const path = join(root, 'bus')
    const sockets = new Set<{ destroy(): void }>()
    const bus = createServer((socket) => sockets.add(socket.on('error', () => undefined)))
    await new Promise<void>((listening) => bus.listen(path, listening))
    try {
      const env = { PATH: process.env.PATH, DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` }
      const { message } = await refusal(resolve({ keyring: true }, { keyring: systemKeyring(env, 4000) }), 'later')
      assert.match(message, /\(it did not answer within 4 seconds\)/)
      assert.ok(sockets.size > 0, 'the keyring was never asked')
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => bus.close(closed))
    }
  })
})
