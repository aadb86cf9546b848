// What the destination says of itself.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uploadStyleOf } from '../../../src/destinations/imap/capabilities.ts'
import { createImapDestination } from '../../../src/destinations/imap/destination.ts'
import { uploadInWords } from '../../../src/destinations/imap/facts.ts'
import { systemClock } from '../../../src/engine/clock.ts'
import { imapCapabilities } from '../../servers/imap-server.ts'
import { openAccount, password, user } from './open-account.ts'

describe('facts', () => {
  it('names capabilities, limits, quota and what will be slow', async (t) => {
    const users = [{ user, password, quota: { octets: 10 * 1024 * 1024 } }]
    const gmail = await openAccount(t, { server: { users, capabilities: imapCapabilities.gmail } })
    gmail.server.seed(user, 'INBOX', [{ bytes: Buffer.alloc(3 * 1024 * 1024) }])
    const facts = await gmail.destination.facts(gmail.signal)
    assert.deepEqual(facts.quota, { used: 3 * 1024 * 1024, limit: 10 * 1024 * 1024 })
    assert.equal(facts.appendLimit, 35_651_584)
    assert.equal(facts.upload, 'one message per command, LITERAL-, 1 connection')
    assert.ok(facts.capabilities.includes('APPENDLIMIT=35651584'))
    assert.equal(facts.tls, undefined)
    assert.equal(facts.port, gmail.server.port)
    assert.equal(facts.notes.length, 1)

    const bare = await openAccount(t, { server: { capabilities: imapCapabilities.bare } })
    const { notes, quota, appendLimit } = await bare.destination.facts(bare.signal)
    assert.match(notes.join(' '), /no UIDPLUS.*no MULTIAPPEND.*no LITERAL\+/)
    assert.deepEqual([quota, appendLimit], [undefined, undefined])
  })

  for (const [names, connections, words] of [
    [['MULTIAPPEND', 'LITERAL+'], 'auto', 'MULTIAPPEND, LITERAL+, up to 4 connections'],
    [['MULTIAPPEND', 'LITERAL+'], 2, 'MULTIAPPEND, LITERAL+, 2 connections'],
    [[], 1, 'one message per command, plain literals, 1 connection'],
  ] as const) {
    it(words, () => {
      const style = uploadStyleOf(new Map(names.map((name) => [name, true])))
      assert.equal(uploadInWords(style, connections), words)
    })
  }
})

describe('account', () => {
  const account = (host: string, name: string) =>
    createImapDestination({
      ...{ host, port: 993, tls: 'implicit', connections: 1, clock: systemClock },
      credentials: { kind: 'password', user: name, password: async () => '' },
    }).account

  it('is the same for the same host and user, and tells neither', () => {
    assert.equal(account('IMAP.Example', 'alice'), account('imap.example', 'alice'))
    assert.notEqual(account('imap.example', 'alice'), account('imap.example', 'Alice'))
    assert.notEqual(account('imap.example', 'alice'), account('imap2.example', 'alice'))
    assert.match(account('imap.example', 'alice'), /^[0-9a-f]{16}$/)
  })
})
