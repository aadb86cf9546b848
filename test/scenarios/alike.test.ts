// Messages that are alike in canonical form and not the same: each of them is brought, whichever lies there before.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { interrupted } from '../../src/core/errors.ts'
import type { Event } from '../../src/core/events.ts'
import { mail } from '../core/rows.ts'
import { withWorld } from './world.ts'

const one = mail(1)
/** The same mail with blank lines at its end. */
const longer = Buffer.concat([one, Buffer.from('\r\n\r\n\r\n')])
const others = Array.from({ length: 40 }, (_, at) => mail(at + 2))
const texts = (messages: readonly { readonly bytes: Uint8Array }[]) =>
  messages.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).toSorted()

describe('one of two alike messages lies at the destination before the first run', () => {
  for (const [name, messages] of Object.entries({ 'it comes last': [longer, one], 'it comes first': [one, longer] })) {
    for (const [there, seed] of Object.entries({ 'the shorter': one, 'the longer': longer })) {
      test(`${there} one, and ${name}`, () =>
        withWorld({ messages }, async (world) => {
          world.imap.seed('alice', 'INBOX', [{ bytes: seed }])
          await world.run()
          const stored = texts(world.imap.folder('alice', 'INBOX').messages)
          assert.deepEqual(stored, texts(messages.map((bytes) => ({ bytes }))))
        }))

      test(`${there} one, and ${name}, with a rebuilt ledger in between`, () =>
        withWorld({ messages }, async (world) => {
          world.imap.seed('alice', 'INBOX', [{ bytes: seed }])
          await world.run({ adoptOnly: true })
          await world.run()
          const stored = texts(world.imap.folder('alice', 'INBOX').messages)
          assert.deepEqual(stored, texts(messages.map((bytes) => ({ bytes }))))
        }))
    }
  }
})

test('a rebuild that is stopped before all were seen lets no message take what may be another one’s', () =>
  withWorld({ messages: [longer, ...others, one] }, async (world) => {
    world.imap.seed('alice', 'INBOX', [{ bytes: one }])
    const stop = new AbortController()
    const onEvent = ({ kind }: Event) => {
      if (kind === 'fetched') stop.abort(interrupted())
    }
    const { tally, exitCode } = await world.run({ adoptOnly: true, stop: stop.signal, onEvent })
    assert.deepEqual([tally.adopted.count, exitCode], [0, 130])
    await world.run()
    const stored = texts(world.imap.folder('alice', 'INBOX').messages)
    assert.deepEqual(stored, texts([longer, ...others, one].map((bytes) => ({ bytes }))))
  }))
