// Source and destination are one mailbox (quirk C16): noticed before a second message is appended, and never emptied.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { type RunOptions, World, type WorldOptions } from './world.ts'

const messages = [mail(1), mail(2), mail(3)]

/** What POP3 shows of a message over IMAP: this server adds a header, so that no bytes match. */
const seenOverImap = (bytes: Uint8Array) => Buffer.concat([Buffer.from('X-Seen-Over: IMAP\r\n'), bytes])

/** A world whose two servers show one mailbox: what is appended over IMAP turns up over POP3. */
async function mirrored(
  options: WorldOptions,
  work: (world: World, run: (options?: RunOptions) => ReturnType<World['run']>) => Promise<void>,
) {
  const world = await World.start(options)
  const run = (given: RunOptions = {}) =>
    world.run({
      ...given,
      ends: (ends) => {
        const { destination } = ends
        const append: typeof destination.append = async (folder, batch, signal) => {
          const answers = await destination.append(folder, batch, signal)
          for (const [at, { message }] of batch.entries()) {
            if (message.bytes && answers[at]?.kind === 'placed')
              world.maildrop.add({
                uidl: `mirrored-${world.maildrop.messages.length}`,
                bytes: Buffer.from(message.bytes),
              })
          }
          return answers
        }
        return {
          source: ends.source,
          destination: {
            account: destination.account,
            get batchLimits() {
              return destination.batchLimits
            },
            facts: (signal) => destination.facts(signal),
            ping: (signal) => destination.ping(signal),
            foresee: (name, signal) => destination.foresee(name, signal),
            prepare: (signal, messages) => destination.prepare(signal, messages),
            find: (name, signal) => destination.find(name, signal),
            ensure: (name, signal) => destination.ensure(name, signal),
            sizes: (...parameters) => destination.sizes(...parameters),
            digests: (...parameters) => destination.digests(...parameters),
            append,
            close: () => destination.close(),
          },
        }
      },
    })
  try {
    await work(world, run)
  } finally {
    await world.stop()
  }
}

const appended = (world: World) => world.imap.appends.reduce((sum, { uids }) => sum + uids.length, 0)

describe('source and destination are one mailbox', () => {
  test('that shows other bytes over IMAP: one message is appended, then the pair stops and says why', () =>
    mirrored({ messages }, async (world, run) => {
      world.imap.seed(
        'alice',
        'INBOX',
        messages.map((bytes) => ({ bytes: seenOverImap(bytes) })),
      )
      const summary = await run()
      assert.equal(summary.error?.code, 'same-mailbox')
      assert.equal(summary.exitCode, 3)
      assert.equal(appended(world), 1)
      assert.equal((await run()).error?.code, 'same-mailbox', 'and says so again')
      assert.equal(appended(world), 1, 'without another probe')
    }))

  test('that shows the same bytes: nothing is appended, the suspicion is told, and nothing is ever removed', () =>
    mirrored({ messages, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'size' } } }, async (world, run) => {
      world.imap.seed(
        'alice',
        'INBOX',
        messages.map((bytes) => ({ bytes })),
      )
      const summary = await run()
      assert.equal(appended(world), 0)
      assert.equal(summary.tally.adopted.count, 3)
      assert.match(summary.warnings.join(), /one and the same mailbox/)
      assert.equal(world.maildrop.messages.length, 3)
      await run()
      assert.equal(world.maildrop.messages.length, 3)
    }))

  test('a probe that the destination refuses proves nothing: the next message is one', () =>
    mirrored({ messages }, async (world, run) => {
      world.imap.seed(
        'alice',
        'INBOX',
        messages.map((bytes) => ({ bytes: seenOverImap(bytes) })),
      )
      world.imap.faults = {
        refuse: (bytes) => (bytes.equals(mail(1)) ? 'NO Message contains invalid header' : undefined),
      }
      assert.equal((await run()).error?.code, 'same-mailbox')
      assert.equal(appended(world), 1)
    }))

  test('without names for messages, the probe is met twice', () =>
    mirrored({ messages, pop3: { faults: { uidl: { unsupported: true } } } }, async (world, run) => {
      world.imap.seed(
        'alice',
        'INBOX',
        messages.map((bytes) => ({ bytes: seenOverImap(bytes) })),
      )
      assert.equal((await run()).error?.code, 'same-mailbox')
      assert.equal(appended(world), 1)
    }))
})

describe('source and destination are two mailboxes', () => {
  test('a fuller destination costs one more login the first time, and never again', async () => {
    const world = await World.start({ messages })
    try {
      world.imap.seed(
        'alice',
        'INBOX',
        [11, 12, 13, 14].map((number) => ({ bytes: mail(number) })),
      )
      assert.equal((await world.run()).tally.copied.count, 3)
      assert.equal(world.pop3.logins, 2)
      world.maildrop.add({ uidl: 'new', bytes: mail(21) })
      assert.equal((await world.run()).tally.copied.count, 1)
      assert.equal(world.pop3.logins, 3)
    } finally {
      await world.stop()
    }
  })

  test('an emptier destination costs nothing', async () => {
    const world = await World.start({ messages })
    try {
      assert.equal((await world.run()).tally.copied.count, 3)
      assert.equal(world.pop3.logins, 1)
    } finally {
      await world.stop()
    }
  })
})
