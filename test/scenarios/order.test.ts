// order: arrival. In a folder UIDs ascend in the order of the listing, whatever happens on the way.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mail } from '../core/rows.ts'
import { type ImapFaults, onAppend, onMessage } from '../servers/imap-faults.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import { hash, type World, withWorld } from './world.ts'

const many = Array.from({ length: 120 }, (_, number) => mail(number))
const culprit = Buffer.from('Subject: with a NUL\r\n\r\na\0b\r\n')
const withCulprit = [...many.slice(0, 33), culprit, ...many.slice(33)]

const refuseNul = (bytes: Buffer) => (bytes.includes(0) ? 'NO Message contains NUL characters' : undefined)

/** Every tenth message is put off twice before it is taken. */
function putOff(): NonNullable<ImapFaults['refuse']> {
  const tries = new Map<string, number>()
  return (bytes) => {
    const number = /Subject: (\d+)/.exec(bytes.toString('latin1'))?.[1] ?? ''
    const tried = tries.get(number) ?? 0
    tries.set(number, tried + 1)
    return number.endsWith('7') && tried < 2 ? 'NO [UNAVAILABLE] Try again' : undefined
  }
}

/** What lies in the folder, by UID. */
function inFolder(world: World): string[] {
  const { messages } = world.imap.folder('alice', 'INBOX')
  return [...messages].sort((one, other) => one.uid - other.uid).map(({ bytes }) => hash(bytes))
}

for (const [style, capabilities] of [
  ['MULTIAPPEND', imapCapabilities.full],
  ['single APPENDs', imapCapabilities.gmail],
  ['synchronising literals', imapCapabilities.bare],
] as const) {
  describe(`order of arrival with ${style}`, () => {
    const cases: readonly [what: string, messages: readonly Uint8Array[], faults: ImapFaults][] = [
      ['nothing goes wrong', many, {}],
      ['a message is refused for good and missing, nothing else', withCulprit, { refuse: refuseNul }],
      ['messages are put off for a moment', many, { refuse: putOff() }],
      ['a connection is lost before a message is stored', many, { append: onMessage(8, { kind: 'drop', at: 10 }) }],
      ['an answer is lost', many, { append: onAppend(2, { kind: 'drop-answer' }) }],
    ]
    for (const [what, messages, faults] of cases) {
      test(what, () =>
        withWorld({ messages, order: 'arrival', imap: { capabilities } }, async (world) => {
          world.imap.faults = faults
          const summary = await world.run()
          assert.equal(summary.error, undefined)
          const stored = messages.filter((bytes) => bytes !== culprit)
          assert.equal(summary.tally.copied.count, stored.length)
          assert.deepEqual(inFolder(world), stored.map(hash))
        }),
      )
    }

    test('a repaired message stands where it came', () =>
      withWorld({ messages: withCulprit, order: 'arrival', imap: { capabilities } }, async (world) => {
        world.imap.faults = { refuse: refuseNul }
        const summary = await world.run({ repair: ['nul'] })
        assert.equal(summary.tally.copied.count, withCulprit.length)
        const others = new Set(many.map(hash))
        const repairedAt = inFolder(world).flatMap((one, at) => (others.has(one) ? [] : [at]))
        assert.deepEqual(repairedAt, [33])
      }))

    test('what ends the pair lets nothing past: it goes on from there', () =>
      withWorld({ messages: many, order: 'arrival', imap: { capabilities } }, async (world) => {
        let room = 40
        world.imap.faults = { refuse: () => (room-- > 0 ? undefined : 'NO [OVERQUOTA] Quota exceeded') }
        assert.equal((await world.run()).error?.code, 'quota')
        const before = inFolder(world)
        assert.deepEqual(before, many.slice(0, before.length).map(hash))
        world.imap.faults = {}
        await world.run()
        assert.deepEqual(inFolder(world), many.map(hash))
      }))
  })
}
