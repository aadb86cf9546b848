// The IMAP test server when it behaves, seen by imapflow.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { strangeMessages } from '../corpus/strange-messages.ts'
import { certificate } from './certificates.ts'
import { type ImapServer, type ImapServerOptions, imapCapabilities, startImapServer } from './imap-server.ts'

const message = (text: string) => Buffer.from(text, 'latin1')

async function start(context: TestContext, options: Partial<ImapServerOptions> = {}): Promise<ImapServer> {
  const server = await startImapServer({ users: [{ user: 'alice', password: 'secret', token: 'ya29' }], ...options })
  context.after(() => server.stop())
  return server
}

async function connected(context: TestContext, server: ImapServer, options: ImapFlowOptions = {}): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port: server.port, secure: false, logger: false, disableAutoIdle: true },
    ...{ auth: { user: 'alice', pass: 'secret' } },
    ...options,
  })
  client.on('error', () => {})
  context.after(() => client.close())
  await client.connect()
  return client
}

test('imapflow creates a folder, appends, fetches, searches, stores, expunges', async (context) => {
  const server = await start(context)
  const client = await connected(context, server)
  assert.equal((await client.mailboxCreate('Archive/2019')).created, true)
  assert.equal((await client.mailboxCreate('Archive/2019')).created, false)
  const date = new Date('2019-05-06T07:08:09Z')
  const first = await client.append('Archive/2019', message('Subject: first\r\n\r\nbody \xe9\r\n'), ['\\Seen'], date)
  assert.ok(first)
  assert.deepEqual([first.uid, first.uidValidity], [1, BigInt(server.folder('alice', 'Archive/2019').uidValidity)])
  await client.append('Archive/2019', message('Subject: second\r\nMessage-ID: <2@x>\r\n\r\nlonger body\r\n'))
  await client.mailboxOpen('Archive/2019')
  const query = { uid: true, flags: true, internalDate: true, size: true, source: true, envelope: true }
  const all = await client.fetchAll('1:*', query)
  const told = all.map(({ uid, size, envelope }) => `${uid} ${size} ${envelope?.subject}`)
  assert.deepEqual(told, ['1 26 first', '2 51 second'])
  assert.ok(all[0]?.source?.equals(message('Subject: first\r\n\r\nbody \xe9\r\n')))
  assert.deepEqual(all[0]?.internalDate, date)
  assert.deepEqual([...(all[0]?.flags ?? [])], ['\\Seen'])
  const part = await client.fetchOne('2', { source: { start: 9, maxLength: 6 }, headers: ['message-id'] })
  assert.ok(part)
  assert.equal(part.source?.toString(), 'second')
  assert.equal(part.headers?.toString(), 'Message-ID: <2@x>\r\n\r\n')
  assert.deepEqual(await client.search({ header: { 'message-id': '<2@x>' } }, { uid: true }), [2])
  assert.deepEqual(await client.search({ seen: false }, { uid: true }), [2])
  await client.messageFlagsAdd('1', ['\\Deleted'])
  await client.messageDelete('1')
  const left = server.folder('alice', 'Archive/2019').messages
  assert.deepEqual(left, [left.find(({ uid }) => uid === 2)])
  await client.logout()
})

test('imapflow lists folders with special use, status and subscription, in any naming', async (context) => {
  for (const { delimiter, prefix } of [
    { delimiter: '/', prefix: '' },
    { delimiter: '.', prefix: 'INBOX.' },
  ]) {
    const folders = [{ path: `${prefix}Sent`, specialUse: '\\Sent' }, { path: `${prefix}Entwürfe & mehr` }]
    const server = await start(context, { users: [{ user: 'alice', password: 'secret', folders }], delimiter, prefix })
    server.seed('alice', 'INBOX', [{ bytes: message('x\r\n'), flags: ['\\Seen'] }, { bytes: message('yy\r\n') }])
    const client = await connected(context, server)
    await client.mailboxCreate(['Neu', 'Über'])
    const listed = await client.list({ statusQuery: { messages: true, unseen: true } })
    const paths = listed.map(({ path }) => path).sort()
    const expected = ['INBOX', 'Sent', 'Entwürfe & mehr', 'Neu', `Neu${delimiter}Über`]
    assert.deepEqual(paths, expected.map((path) => (path === 'INBOX' ? path : prefix + path)).sort())
    assert.equal(listed.find(({ specialUse }) => specialUse === '\\Sent')?.path, `${prefix}Sent`)
    assert.deepEqual(listed.find(({ path }) => path === 'INBOX')?.status?.messages, 2)
    assert.equal(server.folder('alice', `${prefix}Neu${delimiter}Über`).isSubscribed, true)
    const status = await client.status('INBOX', {
      messages: true,
      uidNext: true,
      uidValidity: true,
      unseen: true,
      size: true,
    })
    assert.ok(status)
    assert.deepEqual([status.messages, status.uidNext, status.unseen, status.size], [2, 3, 1, 7])
    await client.mailboxDelete(`Neu${delimiter}Über`)
    assert.throws(() => server.folder('alice', `${prefix}Neu${delimiter}Über`))
    await client.logout()
  }
})

test('imapflow reads the quota, and an append over it is refused', async (context) => {
  const server = await start(context, {
    users: [{ user: 'alice', password: 'secret', quota: { octets: 4096, messages: 9 } }],
  })
  const client = await connected(context, server)
  await client.append('INBOX', Buffer.alloc(3000, 'x'))
  const quota = await client.getQuota('INBOX')
  assert.ok(quota)
  assert.deepEqual(quota.storage, { usage: 3072, limit: 4096, status: '75%' })
  await assert.rejects(client.append('INBOX', Buffer.alloc(2000, 'x')), { serverResponseCode: 'OVERQUOTA' })
  assert.equal(server.folder('alice', 'INBOX').messages.length, 1)
  await client.logout()
})

test('imapflow logs in over TLS, STARTTLS and with bearer tokens; wrong certificates and passwords are refused', async (context) => {
  const { ca } = await certificate()
  const tls = { ca, servername: 'localhost' }
  for (const variant of ['good', 'wrong-name', 'self-signed', 'expired'] as const) {
    const server = await start(context, { tls: 'implicit', certificate: await certificate(variant) })
    const connecting = connected(context, server, { secure: true, tls })
    if (variant === 'good') await (await connecting).logout()
    else await assert.rejects(connecting, /certificate|altnames/i, variant)
  }
  const old = await start(context, { tls: 'implicit', tlsOptions: { maxVersion: 'TLSv1.2' } })
  const strict = connected(context, old, { secure: true, tls: { ...tls, minVersion: 'TLSv1.3' } })
  await assert.rejects(strict, { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  const server = await start(context, { tls: 'on-request', needsTls: true })
  const client = await connected(context, server, { doSTARTTLS: true, tls })
  assert.equal(client.secureConnection, true)
  await client.logout()
  const bearer = await connected(context, server, {
    doSTARTTLS: true,
    tls,
    auth: { user: 'alice', accessToken: 'ya29' },
  })
  await bearer.logout()
  for (const auth of [
    { user: 'alice', pass: 'wrong' },
    { user: 'alice', accessToken: 'expired' },
    { user: 'bob', pass: 'secret' },
  ]) {
    await assert.rejects(connected(context, server, { doSTARTTLS: true, tls, auth }), { authenticationFailed: true })
  }
  await assert.rejects(connected(context, server, { doSTARTTLS: false }))
  const secrets = /secret|ya29|wrong|AHNlY3JldA|c2VjcmV0|eWEyOQ/
  assert.doesNotMatch(server.log.join('\n'), secrets)
})

test('every strange message is stored and given back byte for byte', async (context) => {
  const server = await start(context)
  const client = await connected(context, server)
  const messages = strangeMessages()
  for (const { bytes } of messages) await client.append('INBOX', Buffer.from(bytes))
  await client.mailboxOpen('INBOX', { readOnly: true })
  const all = await client.fetchAll('1:*', { uid: true, source: true })
  for (const [index, { name, bytes }] of messages.entries())
    assert.ok(all[index]?.source?.equals(Buffer.from(bytes)), name)
  assert.equal(all.length, messages.length)
  await client.logout()
})

test('the Gmail, Courier and bare lists work with imapflow too', async (context) => {
  for (const capabilities of [imapCapabilities.gmail, imapCapabilities.courier, imapCapabilities.bare]) {
    const server = await start(context, { capabilities })
    const client = await connected(context, server)
    const appended = await client.append('INBOX', message('Subject: x\r\n\r\nbody\r\n'))
    assert.ok(appended)
    assert.equal(appended.uid, server.capabilities.includes('UIDPLUS') ? 1 : undefined)
    assert.deepEqual(
      (await client.list()).map(({ path }) => path),
      ['INBOX'],
    )
    await client.mailboxOpen('INBOX')
    const found = await client.fetchOne('1', { uid: true, source: true })
    assert.ok(found)
    assert.equal(found.source?.length, 20)
    await client.logout()
  }
})
