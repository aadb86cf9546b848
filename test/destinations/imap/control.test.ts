// The control connection between and during errands: lost, silent, aborted, closed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { all, openAccount, user } from './open-account.ts'

describe('the control connection', () => {
  it('is opened again when it was lost between two errands', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    await destination.ensure('INBOX', signal)
    server.dropAll()
    assert.equal((await destination.ensure('INBOX', signal)).path, 'INBOX')
    await server.byeAll()
    assert.equal((await destination.ensure('INBOX', signal)).path, 'INBOX')
    assert.equal(server.logins, 3)
  })

  it('is opened again when it is lost during an errand, once', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folder = await destination.ensure('INBOX', signal)
    server.seed(user, 'INBOX', [{ bytes: Buffer.from('x') }])
    let drops = 1
    server.faults = { script: (verb) => (verb === 'UID FETCH' && drops-- > 0 ? 'rst' : undefined) }
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [{ uid: 1, size: 1 }])
    drops = 2
    await assert.rejects(all(destination.sizes(folder, 1, signal)), { code: 'disconnected', retry: 'now' })
    assert.deepEqual(await all(destination.sizes(folder, 1, signal)), [{ uid: 1, size: 1 }])
  })

  it('does errands one after another', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    const folders = await Promise.all(['a', 'b', 'c', 'a'].map((name) => destination.ensure(name, signal)))
    assert.deepEqual(
      folders.map(({ path }) => path),
      ['a', 'b', 'c', 'a'],
    )
    assert.equal(server.count('CREATE'), 3)
    assert.equal(server.logins, 1)
  })

  it('is given up when the server falls silent', async (t) => {
    const { server, destination, signal } = await openAccount(t, { destination: { deadlines: { command: 40 } } })
    await destination.ensure('INBOX', signal)
    server.faults = { script: (verb) => (verb === 'STATUS' ? 'silent' : undefined) }
    await assert.rejects(destination.ensure('INBOX', signal), { name: 'MailhaulError', code: 'timeout' })
  })

  it('is given up when an errand takes too long, whatever is said meanwhile', async (t) => {
    const { server, destination, signal } = await openAccount(t, { destination: { deadlines: { errand: 40 } } })
    await destination.facts(signal)
    server.faults = { script: (verb) => (verb === 'LIST' ? 'silent' : undefined) }
    await assert.rejects(destination.ensure('Archive', signal), { name: 'MailhaulError', code: 'timeout' })
  })

  it('is dropped when an errand is aborted, and the next one has a new one', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    await destination.ensure('INBOX', signal)
    server.faults = { script: (verb) => (verb === 'STATUS' ? 'silent' : undefined) }
    const stop = new AbortController()
    const stopped = destination.ensure('INBOX', stop.signal)
    await server.waitFor('STATUS', 2)
    stop.abort()
    await assert.rejects(stopped, { name: 'MailhaulError', code: 'interrupted' })
    server.faults = {}
    assert.equal((await destination.ensure('INBOX', signal)).path, 'INBOX')
  })

  it('survives answers cut to pieces', async (t) => {
    const { server, destination, signal } = await openAccount(t, { server: { faults: { chunking: 'bytes' } } })
    server.seed(user, 'INBOX', [{ bytes: Buffer.from('Subject: x\r\n\r\n') }])
    const folder = await destination.ensure('INBOX', signal)
    assert.equal((await all(destination.digests(folder, [1], signal)))[0]?.size, 14)
  })

  it('says goodbye', async (t) => {
    const { server, destination, signal } = await openAccount(t)
    await destination.facts(signal)
    await destination.close()
    assert.equal(server.count('LOGOUT'), 1)
    await server.until(() => server.connections.open === 0)
  })

  it('does not wait for ever to be let go', async (t) => {
    const { server, destination, signal } = await openAccount(t, { destination: { deadlines: { logout: 20 } } })
    await destination.facts(signal)
    server.faults = { script: (verb) => (verb === 'LOGOUT' ? 'silent' : undefined) }
    await destination.close()
    await server.until(() => server.connections.open === 0)
  })
})
