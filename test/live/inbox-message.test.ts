// The message for an INBOX as a real server reads it: an envelope it understands, and words a person can read.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ImapFlow } from 'imapflow'
import { createImapDestination } from '../../src/destinations/imap/destination.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { inboxTarget } from '../../src/notify/inbox.ts'
import { telling } from '../notify/tellings.ts'
import { startDovecot } from './dovecot.ts'
import { describeLive } from './live.ts'

const alice = { name: 'alice', password: 'word' }

describeLive('a message of mailhaul in an INBOX', ['dovecot'], () => {
  it('has an envelope and a text', async () => {
    const server = await startDovecot({ users: [alice] })
    const place = { host: '127.0.0.1', port: server.ports.imap }
    try {
      const open = async () =>
        createImapDestination({
          ...{ ...place, tls: 'none', allowPlaintext: false },
          credentials: { kind: 'password', user: alice.name, password: async () => alice.password },
          connections: 1,
          clock: systemClock,
        })
      const target = inboxTarget({ on: ['auth'], open })
      await target.tell(telling({ pair: 'Büro' }), new AbortController().signal)
      const client = new ImapFlow({
        ...{ ...place, secure: false, doSTARTTLS: false, logger: false },
        auth: { user: alice.name, pass: alice.password },
      })
      await client.connect()
      await client.mailboxOpen('INBOX')
      const found = await client.fetchOne('1', { envelope: true, flags: true, internalDate: true })
      const { content } = await client.download('1', '1')
      const text = Buffer.concat((await content?.toArray()) ?? []).toString()
      await client.logout()
      assert.ok(found)
      assert.equal(found.envelope?.subject, 'mailhaul: Büro: the login at the source is refused')
      assert.equal(new Date(found.envelope?.date ?? 0).toISOString(), '2026-05-14T09:26:30.000Z')
      assert.equal(found.envelope?.from?.[0]?.address, 'watch@mailhaul.invalid')
      assert.match(found.envelope?.messageId ?? '', /@mailhaul\.invalid>$/)
      assert.equal(found.flags?.has('\\Seen'), false)
      assert.match(text, /^Mail of the pair Büro does not get through/)
    } finally {
      await server.stop()
    }
  })
})
