// A ledger filled from the destination: everything that lies there is found, nothing is appended, created or removed.
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { forgetLedger } from './forget-ledger.ts'
import { served, type World, withWorld } from './world.ts'

/** How often anything at either end was changed. */
function changes({ pop3, imap }: World) {
  const removed = pop3.count('DELE') + pop3.count('QUIT')
  return { appended: imap.appends.length, created: imap.count('CREATE') + imap.count('SUBSCRIBE'), removed }
}

const messages = [mail(1), mail(2), mail(2), mail(3), mail(4)]
const listed = { kind: 'header', name: 'Message-ID', pattern: '<4@*' } as const

test('a lost ledger is filled: what is there is adopted, what is not stays pending', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    await forgetLedger(world.ledgerPath)
    world.maildrop.add({ uidl: 'new', bytes: mail(9) })
    const before = changes(world)
    const { tally, exitCode, exceptions } = await world.run({ adoptOnly: true })
    assert.deepEqual([tally.adopted.count, tally.pending.count, exitCode], [5, 1, 3])
    assert.match(exceptions.at(-1)?.reason ?? '', /not at the destination/)
    assert.deepEqual(changes(world), before)
    const next = await world.run()
    assert.deepEqual([next.tally['already-there'].count, next.tally.copied.count], [5, 1])
    assert.deepEqual(world.stored(), world.source())
  }))

test('folders are looked up and never made, and nothing leaves the source though the policy says so', () => {
  const routes = [{ when: listed, folder: 'Lists', flags: undefined }]
  const policy = { routes, leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } as const
  return withWorld({ messages, policy }, async (world) => {
    for (const bytes of messages.slice(0, 3)) {
      const internalDate = '01-Jan-2020 00:00:00 +0000'
      world.imap.folder('alice', 'INBOX').append({ bytes: Buffer.from(served(bytes)), internalDate, flags: [] })
    }
    const { tally } = await world.run({ adoptOnly: true })
    assert.deepEqual([tally.adopted.count, tally.pending.count], [3, 2])
    assert.deepEqual(changes(world), { appended: 0, created: 0, removed: 0 })
    assert.equal(world.maildrop.messages.length, 5)
  })
})

test('rows that were lost from a ledger are found again, though a run has compared everything before', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    const database = new DatabaseSync(world.ledgerPath)
    database.exec("DELETE FROM message WHERE key IN (CAST('u2' AS BLOB), CAST('u5' AS BLOB))")
    database.close()
    assert.deepEqual((await world.run({ adoptOnly: true })).tally.adopted.count, 2)
    assert.equal((await world.run()).tally['already-there'].count, 5)
    assert.deepEqual(world.stored(), world.source())
  }))

test('filled again, nothing is fetched', () =>
  withWorld({ messages }, async (world) => {
    await world.run()
    const fetched = world.pop3.count('RETR')
    assert.equal((await world.run({ adoptOnly: true })).exitCode, 0)
    assert.equal(world.pop3.count('RETR'), fetched)
  }))

test('a server that takes what was fetched for removed at QUIT loses nothing (A47)', () =>
  withWorld({ messages, pop3: { faults: { consumes: 'at-quit' } } }, async (world) => {
    const source = world.source()
    assert.equal((await world.run({ adoptOnly: true })).tally.pending.count, 5)
    assert.deepEqual(world.source(), source)
    await world.run()
    assert.deepEqual(world.stored(), source)
  }))
