// Quirks of what a POP3 server lists: STAT, LIST and UIDL (group A.2 of the catalogue).
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { systemClock } from '../../src/engine/clock.ts'
import { mail } from '../core/rows.ts'
import { hash, type World, withWorld } from '../scenarios/world.ts'
import { Gate } from '../servers/gate.ts'
import type { Pop3Faults, UidlLine } from '../servers/pop3-faults.ts'
import { uidlLines } from '../servers/pop3-faults.ts'
import { quirk } from './quirk.ts'

const few = [1, 2, 3].map((number) => mail(number))
/** The real clock: so that deadlines which must not pass do not. */
const source = { clock: systemClock }

/** Runs once more and expects that nothing is appended; returns how many messages were fetched for it. */
async function runForNothing(world: World): Promise<number> {
  const before = world.pop3.count('RETR')
  const appends = world.imap.folder('alice', 'INBOX').messages.length
  const { exitCode, tally } = await world.run()
  assert.equal(exitCode, 0)
  assert.equal(tally['already-there'].count, world.maildrop.messages.length)
  assert.equal(world.imap.folder('alice', 'INBOX').messages.length, appends)
  return world.pop3.count('RETR') - before
}

/** A world in which everything has been copied once, in spite of these faults. */
function copied(
  messages: readonly Uint8Array[],
  faults: Pop3Faults,
  work: (world: World, warnings: string) => Promise<void>,
): Promise<void> {
  return withWorld({ messages, pop3: { faults }, source }, async (world) => {
    const { exitCode, tally, warnings } = await world.run()
    assert.deepEqual([exitCode, tally.copied.count], [0, messages.length])
    assert.deepEqual(world.stored(), world.source())
    await work(world, warnings.join('\n'))
  })
}

quirk(
  'A16',
  'Without UIDL messages are recognised by their content: nothing is stored twice, but every run has to download them all, and says so.',
  () =>
    copied([...few, mail(1)], { uidl: { unsupported: true } }, async (world, warnings) => {
      assert.match(warnings, /every run downloads them all/)
      assert.equal(await runForNothing(world), 4)
    }),
)

quirk(
  'A17',
  'A message whose unique-id is missing or empty is recognised by its content; the others keep to their unique-ids and are not fetched again.',
  async () => {
    for (const broken of [uidlLines.emptyId, uidlLines.missingId]) {
      const line: UidlLine = (position) => (position === 2 ? broken(position) : undefined)
      await copied(few, { uidl: { line } }, async (world, warnings) => {
        assert.match(warnings, /1 messages have no usable unique-id/)
        assert.equal(await runForNothing(world), 1)
      })
    }
  },
)

quirk(
  'A18',
  'Messages that share a unique-id are all fetched and told apart by their content; none is left out or taken for another.',
  () =>
    copied(few, { uidl: { line: uidlLines.duplicate } }, async (world, warnings) => {
      assert.match(warnings, /3 messages share their unique-id/)
      assert.equal(await runForNothing(world), 3)
      world.maildrop.remove('u1')
      world.maildrop.add({ uidl: 'u4', bytes: mail(4) })
      assert.equal((await world.run()).tally.copied.count, 1)
    }),
)

quirk(
  'A20',
  'When a server gives all its messages new unique-ids, they are recognised by their content: each is fetched once more, nothing is stored again, and the run after that fetches nothing.',
  () =>
    copied([mail(1, 'x'), mail(2, 'xx'), mail(3, 'xxx')], {}, async (world) => {
      world.maildrop.renumber()
      assert.equal(await runForNothing(world), 3)
      assert.equal(await runForNothing(world), 0)
      // Names that move on by one: every message has the one of its neighbour, and another size than that.
      world.maildrop.renumber((position) => `renumbered-${position + 1}-u${position + 1}`)
      await runForNothing(world)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'A21',
  'A unique-id that comes back after it was gone, or with another size, is not trusted: the message is fetched and compared, and stored if it is another one; the earlier one keeps its place in the ledger.',
  () =>
    copied(few, {}, async (world) => {
      world.maildrop.remove('u2')
      await runForNothing(world)
      // The same name and size, another message; and one whose size has changed.
      world.maildrop.add({ uidl: 'u2', bytes: mail(4) })
      world.maildrop.remove('u3')
      world.maildrop.add({ uidl: 'u3', bytes: mail(5, 'longer than it was') })
      const { tally } = await world.run()
      assert.deepEqual([tally.copied.count, tally['already-there'].count], [2, 1])
      assert.deepEqual(world.stored(), [...few, mail(4), mail(5, 'longer than it was')].map(hash).sort())
      assert.equal(await runForNothing(world), 0)
      // The same message gone and back: one look, and no second copy.
      const [first] = world.maildrop.messages
      assert.ok(first)
      world.maildrop.remove('u1')
      await runForNothing(world)
      world.maildrop.add(first)
      assert.equal(await runForNothing(world), 1)
      assert.equal(await runForNothing(world), 0)
    }),
)

quirk(
  'A21',
  'Nothing is removed under a unique-id that came back until the message that has it now has been fetched and recognised.',
  () =>
    copied(few, {}, async (world) => {
      world.maildrop.remove('u2')
      await runForNothing(world)
      world.maildrop.add({ uidl: 'u2', bytes: mail(4) })
      world.pop3.faults = { retr: () => ({ kind: 'error' }) }
      const leave = { kind: 'delete', afterDays: 0, proof: 'size' } as const
      await world.run({ policy: { ...world.pair.policy, leave } })
      assert.deepEqual(
        world.maildrop.messages.map(({ uidl }) => uidl),
        ['u2'],
      )
    }),
)

const lines: readonly UidlLine[] = [
  uidlLines.overLong,
  uidlLines.eightBit,
  uidlLines.severalSpaces,
  uidlLines.withSpaces,
  (position, id) => `${position}\t${id}`,
  (position, id) => `  ${position} ${id}`,
  (position, id) => `00${position} ${id}`,
  (position, id) => `+OK ${position} ${id}`,
  (position, id) => `${position} ${id} `,
  (position, id) => `${position} ${id}\r`,
  (position, id) => `${position} ${id.toUpperCase()}${position === 2 ? 'same' : 'SAME'}`,
  (position) => `${position} ${position === 1 ? 'A' : position === 2 ? 'a' : '\xe4'}`,
]

quirk(
  'A22',
  'A unique-id is everything behind the first blanks of its line, byte by byte and up to 4 kB: long ones, blanks, 8-bit bytes, capitals and a +OK before every line do no harm.',
  async () => {
    for (const line of lines) {
      await copied(few, { uidl: { line } }, async (world, warnings) => {
        assert.equal(warnings, '', line(1, 'u1'))
        assert.equal(await runForNothing(world), 0)
      })
    }
    const gaps: Pop3Faults = { uidl: { omits: ({ uidl }) => uidl === 'u2' } }
    await copied(few, gaps, async (world) => assert.equal(await runForNothing(world), 1))
  },
)

quirk(
  'A23',
  'Unique-ids lie in the ledger only and never become file names: separators, dots and NUL bytes in them mean nothing.',
  () => {
    const names = ['a/b', 'a-b', '..', '../../x', 'a', 'a\0b', 'C:\\x', '']
    const line: UidlLine = (position) => (position <= 7 ? `${position} ${names[position - 1]}` : undefined)
    const messages = Array.from({ length: 7 }, (_, number) => mail(number))
    return copied(messages, { uidl: { line } }, async (world) => {
      assert.equal(await runForNothing(world), 0)
      const files = await readdir(world.directory, { recursive: true })
      assert.deepEqual(
        files.filter((name) => !/^ledger\.db|^spool$/.test(name)),
        [],
      )
    })
  },
)

quirk(
  'A24',
  'LIST and UIDL are joined by message number, never by the order of their lines; a message that only UIDL shows is left to the next run.',
  () =>
    withWorld({ messages: few, pop3: { faults: { uidl: { isShuffled: true } } }, source }, async (world) => {
      world.pop3.faults = { uidl: { isShuffled: true }, list: { omits: ({ uidl }) => uidl === 'u2' } }
      const { tally, warnings } = await world.run()
      assert.equal(tally.copied.count, 2)
      assert.match(warnings.join(), /UIDL names 1 messages that LIST does not show; they are left to the next run/)
      world.pop3.faults = { uidl: { isShuffled: true } }
      const { tally: next } = await world.run()
      assert.deepEqual([next.copied.count, next['already-there'].count], [1, 2])
      assert.equal(world.pop3.count('RETR'), 3)
      assert.deepEqual(world.stored(), world.source())
    }),
)

quirk(
  'A25',
  'Only the listings of the whole maildrop are used; LIST or UIDL for a single message is not asked for, unless a server whose STAT changes from one moment to the next leaves no other proof, and then a broken answer costs no message.',
  async () => {
    await copied(few, { list: { argument: 'ignored' } }, async (world) => {
      assert.deepEqual(
        world.pop3.log.filter((line) => /^(LIST|UIDL) /.test(line)),
        [],
      )
    })
    // Octets that drift, and `UIDL n` answered as if the number had not been there.
    let whole = ''
    const faults: Pop3Faults = {
      stat: ({ count, octets }, asked) => ({ count, octets: octets + asked }),
      script: (verb, argument) => (verb === 'UIDL' && argument !== '' ? whole : undefined),
    }
    await withWorld({ messages: few, pop3: { faults }, source }, async (world) => {
      whole = `+OK\r\n${few.map((_, at) => `${at + 1} u${at + 1}\r\n`).join('')}.\r\n`
      const { tally } = await world.run()
      assert.equal(tally.copied.count + tally.failed.count + tally.pending.count, 3)
      const source = new Set(world.source())
      for (const stored of world.stored()) assert.ok(source.has(stored))
      world.pop3.faults = {}
      await world.run({ retryFailed: true })
      assert.deepEqual(world.stored(), world.source())
    })
  },
)

quirk(
  'A26',
  'Message numbers are good for one session only: new mail is found wherever the server puts it, and a session that is lost is taken up again by unique-id.',
  () =>
    copied(few, {}, async (world) => {
      const [first, second, third] = world.maildrop.messages
      assert.ok(first && second && third)
      const gate = new Gate()
      world.maildrop.messages = [third, { uidl: 'new-1', bytes: mail(11) }, first, { uidl: 'new-2', bytes: mail(12) }]
      world.pop3.faults = { hold: { RETR: gate } }
      const run = world.run()
      await gate.held()
      world.maildrop.messages = [...world.maildrop.messages].reverse()
      world.pop3.faults = {}
      world.pop3.dropAll()
      gate.open()
      const { tally } = await run
      assert.deepEqual([tally.copied.count, tally['already-there'].count], [2, 2])
      assert.equal(world.stored().length, 5)
      for (const bytes of world.source()) assert.ok(world.stored().includes(bytes))
    }),
)

quirk(
  'A27',
  'Listed sizes are taken for hints: where they are zero, negative, rounded, too small or too large, every message is stored with the bytes that were served.',
  async () => {
    const messages = Array.from({ length: 40 }, (_, number) => mail(number, 'x'.repeat(number * 37)))
    const sizes: readonly ((octets: number) => number)[] = [
      () => 0,
      () => -1,
      (octets) => Math.ceil(octets / 1024) * 1024,
      (octets) => Math.floor(octets / 3),
      (octets) => octets * 5 + 7,
      (octets) => octets - 2,
    ]
    for (const size of sizes) {
      const faults: Pop3Faults = { list: { size: ({ bytes }) => size(bytes.length) } }
      await copied(messages, faults, async (world) => assert.equal(await runForNothing(world), 0))
    }
  },
)

quirk(
  'A28',
  'LIST decides which messages there are: where STAT or UIDL disagree, this is told as a warning. An empty maildrop is not asked for LIST or UIDL at all.',
  async () => {
    const stat: Pop3Faults['stat'] = ({ octets }) => ({ count: 250, octets })
    await copied(few, { stat }, async (_, warnings) =>
      assert.match(warnings, /STAT counts 250 messages, but LIST shows 3/),
    )
    await withWorld({ messages: [], source }, async (world) => {
      world.pop3.faults = { script: (verb) => (/LIST|UIDL/.test(verb) ? '-ERR no messages\r\n' : undefined) }
      const { exitCode, error } = await world.run()
      assert.deepEqual([exitCode, error, world.pop3.count('LIST'), world.pop3.count('UIDL')], [0, undefined, 0, 0])
    })
  },
)
