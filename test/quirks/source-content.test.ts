// Quirks of what a POP3 server sends as a message: dots, line ends, odd bytes (group A.3 of the catalogue).
import assert from 'node:assert/strict'
import { systemClock } from '../../src/engine/clock.ts'
import { mail } from '../core/rows.ts'
import { strangeMessage, strangeMessages } from '../corpus/strange-messages.ts'
import { hash, served, type World, type WorldOptions, withWorld } from '../scenarios/world.ts'
import { imapCapabilities } from '../servers/imap-server.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { firstTimes, onlyFor, type RetrieveFault } from '../servers/pop3-retrieve-faults.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { quirk } from './quirk.ts'

const few = Array.from({ length: 8 }, (_, number) => mail(number))
/** Sizes that are known to be exact after these: then a difference is a reason to look again. */
const many = Array.from({ length: 40 }, (_, number) => mail(number))
/** The real clock, so that deadlines which must not pass do not; and those that must are short. */
const source = { clock: systemClock, deadlines: { data: 300 } }

const hashes = (messages: readonly Uint8Array[]) => messages.map((bytes) => hash(served(bytes))).sort()

/** Runs once in spite of these faults, expects that everything is stored as it was served, and says what it cost. */
function allCopied(messages: readonly Uint8Array[], faults: Pop3Faults, options: WorldOptions = {}): Promise<void> {
  return withWorld({ messages, source, ...options, pop3: { faults, ...options.pop3 } }, async (world) => {
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.copied.count], [0, messages.length])
    assert.deepEqual(world.stored(), hashes(messages))
  })
}

/** Runs once and expects that the last message, and it alone, is not stored and is reported as failed with this code. */
async function lastFails(world: World, messages: readonly Uint8Array[], code: string): Promise<void> {
  const { exitCode, tally, exceptions } = await world.run()
  assert.deepEqual(
    exceptions.map((outcome) => [outcome.kind, outcome.key, outcome.code]),
    [['failed', `u${messages.length}`, code]],
  )
  assert.deepEqual([exitCode, tally.copied.count], [3, messages.length - 1])
  assert.deepEqual(world.stored(), hashes(messages.slice(0, -1)))
  assert.equal(world.maildrop.messages.length, messages.length)
}

quirk(
  'A29',
  'A first line that begins with a dot keeps it on servers that forget to double it, and loses nothing on those that do not: the listed size tells which is which.',
  async () => {
    const dotted = [...few, strangeMessage('first-line-dot'), strangeMessage('first-line-two-dots')]
    await allCopied(dotted, { retr: () => ({ kind: 'unstuffed', lines: 'first' }) })
    await allCopied(dotted, {})
  },
)

quirk(
  'A30',
  'A message that ends its own transfer with a first line of one dot, and goes on with a forged answer, cannot pass text off as another message: it is reported as failed, and all the others are stored with their own bytes.',
  async () => {
    const forgers = ['forged-reply', 'forged-error', 'only-dots']
    for (const name of forgers) {
      const messages = [...many.slice(0, 20), strangeMessage(name), ...many.slice(20)]
      const faults: Pop3Faults = { retr: () => ({ kind: 'unstuffed', lines: 'first' }) }
      await withWorld({ messages, pop3: { faults }, source }, async (world) => {
        const { exitCode, exceptions } = await world.run()
        assert.deepEqual(
          exceptions.map((outcome) => [outcome.kind, outcome.key]),
          [['failed', 'u21']],
          name,
        )
        assert.equal(exitCode, 3)
        assert.deepEqual(world.stored(), hashes(many))
      })
    }
  },
)

quirk(
  'A31',
  'It does not matter how the network cuts what the server sends: between any two bytes, byte by byte, or all in one piece.',
  async () => {
    const small = strangeMessages().flatMap(({ bytes }) => (bytes.length < 400 ? [bytes] : []))
    await allCopied(small, { chunking: 'bytes' })
    for (const splitAt of [1, 2, 3, 4, 5, 11]) await allCopied(small.slice(0, 12), { chunking: { splitAt } })
    const cutInTerminator = (data: Buffer) =>
      [...Array(5).keys()].map((at) => data.subarray(at ? -5 + at : 0, at - 4 || undefined))
    await allCopied(small, { chunking: (data) => (data.length < 10 ? [data] : cutInTerminator(data)) })
  },
)

quirk(
  'A32',
  'A server that doubles no dots at all cuts off every message with a line of one dot, and what follows looks like answers: such a message is reported as failed and stays at the source, the others are stored.',
  () => {
    const messages = [...many, strangeMessage('forged-terminator-inside')]
    const faults: Pop3Faults = { retr: () => ({ kind: 'unstuffed', lines: 'all' }) }
    return withWorld({ messages, pop3: { faults }, source }, (world) => lastFails(world, messages, 'unrenderable'))
  },
)

quirk(
  'A33',
  'A message whose end never comes, or comes right behind its last character, is given up after a while without data: it is reported as failed, is not stored in part, and does not hold up the others.',
  async () => {
    const messages = [...few, mail(99)]
    for (const fault of [{ kind: 'no-final-crlf' }, { kind: 'hang', at: 60 }] as const satisfies RetrieveFault[]) {
      const faults: Pop3Faults = { retr: onlyFor({ u9: fault }) }
      await withWorld({ messages, pop3: { faults }, source }, (world) => lastFails(world, messages, 'incomplete'))
    }
  },
)

quirk(
  'A34',
  'A message is what lies between the status line and the final dot: where the server adds a line end to one that has none, that line end is stored, and the two bytes more than listed are no fault.',
  () =>
    allCopied(
      ['no-final-newline', 'header-only', 'header-without-final-newline', 'ends-in-cr', 'ends-in-dot'].map(
        strangeMessage,
      ),
      { list: { size: ({ bytes }) => bytes.length } },
    ),
)

quirk(
  'A35',
  'A bare carriage return, a bare line feed and CR CR LF are content like any other: nothing is repaired.',
  () => allCopied(['bare-cr', 'bare-lf', 'crcrlf', 'lf-only', 'lone-cr', 'lone-lf'].map(strangeMessage), {}),
)

quirk(
  'A36',
  'NUL bytes are kept; a message that comes shorter than listed, from a server whose sizes have been right, is looked at again and reported as failed instead of being stored without its end.',
  async () => {
    await allCopied([strangeMessage('nul-bytes'), strangeMessage('nul-in-header'), ...few], {})
    const messages = [...many, strangeMessage('nul-bytes')]
    const faults: Pop3Faults = { retr: () => ({ kind: 'nul-truncates' }) }
    await withWorld({ messages, pop3: { faults }, source }, (world) => lastFails(world, messages, 'incomplete'))
  },
)

quirk(
  'A37',
  'Message bytes are never decoded: every byte from 0x00 to 0xFF arrives in headers and bodies as it was, whatever the upload speaks.',
  async () => {
    const every = [
      'eight-bit-header',
      'utf8-header',
      'eight-bit-body',
      'invalid-utf8',
      'byte-order-mark',
      'all-byte-values',
    ]
    for (const capabilities of [imapCapabilities.full, imapCapabilities.bare])
      await allCopied(every.map(strangeMessage), {}, { imap: { capabilities } })
  },
)

quirk(
  'A38',
  'Where the server offers UTF8 it is switched on, so that mail with 8-bit headers comes as it is; where it cannot be, the "Cannot display Unicode content" wrapper that Courier sends instead is not taken for the message, which is reported as failed.',
  async () => {
    const messages = [...few, strangeMessage('utf8-header')]
    await allCopied(messages, { wrapsEightBit: true })
    // A wrapper that lies in the maildrop as a message is a message.
    const kept =
      'From: Mail Delivery Subsystem <postmaster>\r\nSubject: Cannot display Unicode content\r\nMime-Version: 1.0\r\n' +
      'Content-Type: multipart/mixed; boundary="=_7-8"\r\n\r\n\r\n--=_7-8--\r\n'
    await allCopied([...few, Buffer.from(kept)], { wrapsEightBit: true })
    const capabilities = pop3Capabilities.filter((name) => !name.startsWith('UTF8'))
    const pop3 = { capabilities, faults: { wrapsEightBit: true } }
    await withWorld({ messages, pop3, source }, (world) => lastFails(world, messages, 'unrenderable'))
  },
)

quirk('A39', 'A line of a message may be as long as it likes, and so may its header.', async () => {
  const line = Buffer.concat([mail(1), Buffer.alloc(12_000_000, 'x'), Buffer.from('\r\n.\r\nend\r\n')])
  await allCopied([line, strangeMessage('one-megabyte-line'), strangeMessage('long-header'), mail(2)], {})
})

quirk('A40', 'A message without any bytes is reported as empty; nothing is appended in its place.', () =>
  withWorld(
    { messages: [mail(1), Buffer.alloc(0), strangeMessage('one-byte'), strangeMessage('lone-crlf')], source },
    async (world) => {
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally.empty.count], [3, 1])
      assert.equal(world.stored().length, 3)
    },
  ),
)

quirk('A40', 'One that is listed with a size and comes without any bytes is not believed: it is tried again.', () => {
  const retr = firstTimes(9, onlyFor({ u9: { kind: 'empty' } }))
  return withWorld({ messages: [...few, mail(99)], pop3: { faults: { retr } }, source }, async (world) => {
    const { exitCode, tally } = await world.run()
    assert.deepEqual([exitCode, tally.failed.count, tally.empty.count], [3, 1, 0])
    world.pop3.faults = {}
    assert.equal((await world.run()).tally.copied.count, 1)
    assert.deepEqual(world.stored(), world.source())
  })
})
