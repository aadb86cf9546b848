// What verify notices: messages gone, changed, made anew, not moved yet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { World, withWorld } from './world.ts'

async function withMovedMail(work: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start({ messages: [mail(1), mail(2), mail(3)] })
  try {
    assert.equal((await world.run()).tally.copied.count, 3)
    await work(world)
  } finally {
    await world.stop()
  }
}

test('all is well: found, identical, nothing written', () =>
  withMovedMail(async (world) => {
    const { found, deep, problems, notSettled } = await world.verify(true)
    assert.deepEqual([found, deep?.identical, problems.length, notSettled], [3, 3, 0, 0])
  }))

test('a message that its owner deleted is told, and not called lost', () =>
  withMovedMail(async (world) => {
    world.imap.folder('alice', 'INBOX').messages.splice(1, 1)
    const { found, moved, missing, problems } = await world.verify(false)
    assert.deepEqual([found, moved, missing, problems.map(({ key }) => key)], [2, 1, 0, ['u2']])
  }))

test('other bytes of the same size are noticed by --deep', () =>
  withMovedMail(async (world) => {
    const { messages } = world.imap.folder('alice', 'INBOX')
    messages[0]?.bytes.fill(0x78, 10, 12)
    assert.equal((await world.verify(false)).problems.length, 0)
    const { deep, problems } = await world.verify(true)
    assert.deepEqual([deep?.identical, deep?.different, problems.map(({ key }) => key)], [2, 1, ['u1']])
  }))

test('--deep names the rule that makes a rewritten message equal, while the source has it to compare with', async () => {
  const rewrites: Readonly<Record<string, (text: string) => string>> = {
    'line ends': (text) => text.replace(/\r*\n/g, '\r\n'),
    'NUL octets': (text) => text.replaceAll('\0', '\x80').replace(/\r*\n/g, '\r\n'),
    '8-bit headers': (text) => text.replace('\xe9', 'X'),
    'volatile headers': (text) => `X-UIDL: 17\r\n${text}`,
  }
  const odd = Buffer.from('Subject: caf\xe9\r\n\r\na\0b\nc\r\n', 'latin1')
  for (const [rule, change] of Object.entries(rewrites)) {
    const world = await World.start({ messages: [odd, mail(1)] })
    try {
      world.imap.faults = { rewrite: (bytes) => Buffer.from(change(bytes.toString('latin1')), 'latin1') }
      await world.run()
      const { deep } = await world.verify(true)
      const equal = rule === 'volatile headers' ? 2 : 1
      assert.deepEqual([deep?.canonicalEqual, deep?.rules], [equal, { [rule]: equal }])
      world.maildrop.messages = []
      assert.deepEqual((await world.verify(true)).deep?.rules, {})
    } finally {
      await world.stop()
    }
  }
})

test('--deep reads at the source too, as long as the messages are there', () =>
  withMovedMail(async (world) => {
    world.maildrop.remove('u2')
    world.maildrop.messages = world.maildrop.messages.map((one, at) => (at === 0 ? { ...one, bytes: mail(9) } : one))
    const { atSource, problems, deep } = await world.verify(true)
    assert.deepEqual(atSource, { identical: 1, canonicalEqual: 0, different: 1, unread: 0, gone: 1 })
    assert.deepEqual([deep?.identical, problems.map(({ key }) => key)], [3, ['u1']])
    assert.equal((await world.verify(false)).atSource, undefined)
  }))

test('--deep ends the session at the source without QUIT, which could remove what was read', () =>
  withMovedMail(async (world) => {
    const before = world.pop3.count('QUIT')
    await world.verify(true)
    assert.equal(world.pop3.count('RETR'), 6)
    assert.equal(world.pop3.count('QUIT'), before)
  }))

test('messages without a name of their own are no false alarm, and --deep knows them by their bytes', async () => {
  const world = await World.start({ messages: [mail(1), mail(2), mail(2)] })
  try {
    world.maildrop.messages = world.maildrop.messages.map((one) => ({ ...one, uidl: 'same' }))
    assert.equal((await world.run()).tally.copied.count, 3)
    const { nameless, notSettled, found } = await world.verify(false)
    assert.deepEqual([nameless, notSettled, found], [3, 0, 3])
    const deep = await world.verify(true)
    assert.deepEqual([deep.nameless, deep.notSettled, deep.atSource?.identical, deep.atSource?.gone], [0, 0, 3, 0])
    world.maildrop.add({ uidl: 'same', bytes: mail(2) })
    assert.deepEqual([(await world.verify(false)).notSettled, (await world.verify(true)).notSettled], [1, 1])
  } finally {
    await world.stop()
  }
})

test('a server that folded line ends is canonical-equal, whatever the size', async () => {
  const lines = Buffer.from('Subject: x\r\n\r\none\ntwo\r\n')
  const world = await World.start({ messages: [lines] })
  try {
    const fold = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/\r*\n/g, '\r\n'), 'latin1')
    world.imap.faults = { rewrite: fold }
    await world.run()
    const { found, sizeDiffers, deep } = await world.verify(true)
    assert.deepEqual([found, sizeDiffers, deep?.canonicalEqual], [1, 0, 1])
    assert.equal((await world.verify(false)).found, 1)
  } finally {
    await world.stop()
  }
})

test('a folder made anew is searched by content; what is not in it is missing', () =>
  withMovedMail(async (world) => {
    await world.imap.bumpUidValidity('alice', 'INBOX')
    assert.equal((await world.verify(false)).found, 3)
    world.imap.folder('alice', 'INBOX').messages.splice(0, 1)
    const { found, missing } = await world.verify(false)
    assert.deepEqual([found, missing], [2, 1])
  }))

test('new mail at the source is not settled yet', () =>
  withMovedMail(async (world) => {
    world.maildrop.add({ uidl: 'new', bytes: mail(4) })
    const { notSettled, found } = await world.verify(false)
    assert.deepEqual([notSettled, found], [1, 3])
  }))

test('what was given up for good is not settled', () =>
  withWorld({ messages: [mail(1)] }, async (world) => {
    world.imap.capabilities = ['IMAP4rev1', 'LITERAL+']
    world.imap.faults = { rewrite: (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('e', 'a'), 'latin1') }
    assert.equal((await world.run()).tally.failed.count, 1)
    const { notSettled, problems } = await world.verify(false)
    assert.equal(notSettled, 1)
    assert.match(problems[0]?.text ?? '', /nothing there has its bytes/)
  }))

test('a name that was gone and is listed again proves nothing (A21)', () =>
  withMovedMail(async (world) => {
    world.maildrop.remove('u1')
    await world.run()
    world.maildrop.add({ uidl: 'u1', bytes: mail(9) })
    assert.equal((await world.verify(false)).notSettled, 1)
    await world.run()
    assert.equal((await world.verify(false)).notSettled, 0)
  }))
