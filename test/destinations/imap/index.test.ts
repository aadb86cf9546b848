// Sizes by UID from a server in memory: dense, sparse, while others change the folder, and after it was rebuilt.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { all, openAccount, user } from './open-account.ts'

function sized(size: number) {
  return { bytes: Buffer.alloc(size, 0x78) }
}

describe('sizes', () => {
  it('lists UID and size from a UID on', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(user, 'INBOX', [sized(10), sized(20), sized(30)])
    const folder = await destination.ensure('INBOX', signal)
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [
      { uid: 1, size: 10 },
      { uid: 2, size: 20 },
      { uid: 3, size: 30 },
    ])
    assert.deepEqual(await all(destination.sizes(folder, 3, signal)), [{ uid: 3, size: 30 }])
    assert.deepEqual(await all(destination.sizes(folder, 4, signal)), [])
    assert.deepEqual(await all(destination.sizes(folder, 4_000_000_000, signal)), [])
  })

  it('asks nothing of an empty folder', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = await destination.ensure('INBOX', signal)
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [])
    assert.equal(server.count('UID FETCH'), 0)
  })

  it('reads in windows, and lets other errands in between', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const inbox = server.seed(user, 'INBOX', [sized(1)])
    for (const uid of [10_000, 10_001, 30_001]) {
      inbox.uidNext = uid
      server.seed(user, 'INBOX', [sized(1)])
    }
    const folder = await destination.ensure('INBOX', signal)
    const seen: number[] = []
    for await (const { uid } of destination.sizes(folder, 1, signal)) {
      seen.push(uid)
      await destination.ensure(`Other ${uid}`, signal)
    }
    assert.deepEqual(seen, [1, 10_000, 10_001, 30_001])
    const ranges = server.log.flatMap((line) => /UID FETCH (\S+)/.exec(line)?.[1] ?? [])
    assert.deepEqual(ranges, ['1:10000', '10001:30000', '30001:30001'])
  })

  it('comes to the end of a folder whose UIDs are far apart', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const inbox = server.seed(user, 'INBOX', [sized(1)])
    inbox.uidNext = 4_000_000_000
    server.seed(user, 'INBOX', [sized(2)])
    const folder = await destination.ensure('INBOX', signal)
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [
      { uid: 1, size: 1 },
      { uid: 4_000_000_000, size: 2 },
    ])
    assert.ok(server.count('UID FETCH') < 30)
  })

  it('asks for everything at once where the server does not say where UIDs end', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const inbox = server.seed(user, 'INBOX', [sized(1), sized(2)])
    const folder = await destination.ensure('INBOX', signal)
    const state = `* 2 EXISTS\r\n* OK [UIDVALIDITY ${inbox.uidValidity}] \r\n`
    const rows = '* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n* 2 FETCH (FLAGS ())\r\n* 2 FETCH (UID 2 RFC822.SIZE 2)\r\n'
    server.faults = {
      script: (verb) => ({ EXAMINE: `${state}{tag} OK\r\n`, 'UID FETCH': `${rows}{tag} OK\r\n` })[verb],
    }
    assert.deepEqual(await all(destination.sizes(folder, 2, signal)), [{ uid: 2, size: 2 }])
    assert.ok(server.log.some((line) => line.includes('UID FETCH 2:*')))
  })

  it('changes no flag', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const inbox = server.seed(user, 'INBOX', [sized(10)])
    const folder = await destination.ensure('INBOX', signal)
    await all(destination.sizes(folder, 1, signal))
    await all(destination.digests(folder, [1], signal))
    assert.deepEqual([...(inbox.messages[0]?.flags ?? [])], [])
    assert.equal(server.count('SELECT'), 0)
  })

  it('notices that all UIDs are new', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    server.seed(user, 'INBOX', [sized(10)])
    const folder = await destination.ensure('INBOX', signal)
    await server.bumpUidValidity(user, 'INBOX')
    const changed = { name: 'MailhaulError', code: 'uidvalidity-changed' }
    await assert.rejects(all(destination.sizes(folder, 1, signal)), changed)
    await assert.rejects(all(destination.digests(folder, [1], signal)), changed)
  })

  it('says that a folder is gone', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = await destination.ensure('Gone', signal)
    server.account(user).folders.delete('Gone')
    await assert.rejects(all(destination.sizes(folder, 1, signal)), { name: 'MailhaulError', code: 'no-folder' })
  })
})
