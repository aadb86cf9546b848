// Quirks of fetching: messages that cannot be had, connections that end, servers with limits (groups A.3 and A.5 of the catalogue).
import assert from 'node:assert/strict'
import { systemClock } from '../../src/engine/clock.ts'
import { mail } from '../core/rows.ts'
import { strangeMessage } from '../corpus/strange-messages.ts'
import { hash, served, withWorld } from '../scenarios/world.ts'
import type { Pop3Faults } from '../servers/pop3-faults.ts'
import { firstTimes, onlyFor, stuffed } from '../servers/pop3-retrieve-faults.ts'
import { ManualClock } from '../sources/pop3/manual-clock.ts'
import { listAndFetch, mails, withSession } from '../sources/pop3/rig.ts'
import { quirk } from './quirk.ts'

const few = Array.from({ length: 8 }, (_, number) => mail(number))
const many = Array.from({ length: 40 }, (_, number) => mail(number))
/** The real clock, so that deadlines which must not pass do not. */
const source = { clock: systemClock }

const hashes = (messages: readonly Uint8Array[]) => messages.map((bytes) => hash(served(bytes))).sort()

quirk(
  'A41',
  'A message that another program removes between the listing and its turn is reported as vanished; it is asked for once, and the session goes on with the others.',
  () =>
    withWorld(
      { messages: few, pop3: { faults: { retr: onlyFor({ u3: { kind: 'vanish' } }) } }, source },
      async (world) => {
        const { exitCode, tally, exceptions } = await world.run()
        assert.deepEqual([exitCode, tally.copied.count, tally.vanished.count], [3, 7, 1])
        assert.deepEqual(
          exceptions.map(({ kind, key }) => [kind, key]),
          [['vanished', 'u3']],
        )
        assert.deepEqual([world.pop3.count('RETR'), world.pop3.logins], [8, 1])
        assert.equal((await world.run()).exitCode, 0)
      },
    ),
)

quirk(
  'A42',
  'A message that the server will not give out is reported as failed with what the server said, and does not hold up the others; it is tried again in later runs, but only so often, and then once more whenever --retry-failed asks for it.',
  () =>
    withWorld(
      { messages: few, pop3: { faults: { retr: onlyFor({ u3: { kind: 'error' } }) } }, source },
      async (world) => {
        const { tally, exceptions } = await world.run()
        assert.deepEqual([tally.copied.count, tally.failed.count], [7, 1])
        assert.match(exceptions[0]?.reason ?? '', /will not give it out: .*cannot be opened/)
        let isGivenUp = false
        for (let run = 0; run < 12 && !isGivenUp; run += 1) {
          const before = world.pop3.count('RETR')
          assert.equal((await world.run()).exitCode, 3, 'it is still told')
          isGivenUp = world.pop3.count('RETR') === before
        }
        assert.ok(isGivenUp)
        world.pop3.faults = {}
        assert.equal((await world.run({ retryFailed: true })).tally.copied.count, 1)
        assert.deepEqual(world.stored(), hashes(few))
      },
    ),
)

quirk(
  'A43',
  'A message that ends properly but comes shorter than listed, from a server whose sizes have been right, is fetched again; if it is still short it is reported as failed and not stored.',
  async () => {
    const retr = onlyFor({ u20: { kind: 'truncate', at: 90 } })
    await withWorld({ messages: many, pop3: { faults: { retr } }, source }, async (world) => {
      const { exitCode, tally, exceptions } = await world.run()
      assert.deepEqual([exitCode, tally.copied.count], [3, 39])
      assert.deepEqual([exceptions[0]?.key, exceptions[0]?.code], ['u20', 'incomplete'])
      assert.equal(world.stored().length, 39)
      world.pop3.faults = {}
      assert.equal((await world.run()).tally.copied.count, 1)
      assert.deepEqual(world.stored(), world.source())
    })
    const once = firstTimes(1, retr)
    await withWorld({ messages: many, pop3: { faults: { retr: once } }, source }, async (world) => {
      assert.equal((await world.run()).exitCode, 0)
      assert.deepEqual(world.stored(), world.source())
    })
  },
)

quirk(
  'A44',
  'A message is uploaded only after all of it has come: a connection that is lost inside a message costs a new login, and neither half a message nor a second copy.',
  async () => {
    const middle = few[3] ?? mail(3)
    const length = `+OK ${middle.length} octets\r\n`.length + stuffed(middle).length
    for (const at of [0, 3, Math.floor(length / 2), length - 1, -3, -2, -1]) {
      const retr = firstTimes(1, onlyFor({ u4: { kind: 'drop', at } }))
      await withWorld({ messages: few, pop3: { faults: { retr } }, source }, async (world) => {
        const { exitCode, tally } = await world.run()
        assert.deepEqual([exitCode, tally.copied.count], [0, 8], `${at}`)
        assert.deepEqual(world.stored(), hashes(few))
        assert.equal(world.pop3.logins, 2)
      })
    }
    const always = onlyFor({ u4: { kind: 'drop', at: 40 } })
    await withWorld({ messages: few, pop3: { faults: { retr: always } }, source }, async (world) => {
      const { exitCode, tally } = await world.run()
      assert.deepEqual([exitCode, tally.copied.count, tally.failed.count], [3, 7, 1])
    })
  },
)

const other = (bytes: Uint8Array) =>
  Buffer.from(
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/Subject: \d/, 'Subject: other'),
  )

quirk(
  'A45',
  'TOP is asked for only where the rules of a pair need headers early, and nothing that is stored comes from it: the bytes are those of RETR and the folder is what their headers say, whether TOP is missing, cut short, gives the whole message or other headers. Only a rule about dates leaves messages out by it.',
  async () => {
    const when = { kind: 'header', name: 'Subject', pattern: '5' } as const
    const routes = [{ when, folder: 'Five', flags: undefined }]
    const tops: readonly Pop3Faults['top'][] = [undefined, 'unsupported', 'whole', { truncateAt: 70 }, other]
    for (const top of tops) {
      const faults = top === undefined ? {} : { top }
      await withWorld({ messages: few, policy: { routes }, pop3: { faults }, source }, async (world) => {
        assert.equal((await world.run()).tally.copied.count, 8)
        assert.deepEqual(world.stored('Five'), hashes([mail(5)]))
        assert.deepEqual(world.stored(), hashes(few.filter((_, number) => number !== 5)))
      })
    }
    await withWorld({ messages: few, source }, async (world) => {
      await world.run()
      assert.equal(world.pop3.count('TOP'), 0)
    })
  },
)

quirk(
  'A56',
  'A server that ends the session after so many messages is logged in to again until all are there; a session that has to wait for the upload says NOOP every two minutes so that it is not ended as idle.',
  async () => {
    await withWorld({ messages: many, pop3: { faults: { dropAfterRetrs: 9 } }, source }, async (world) => {
      const { exitCode, tally, error } = await world.run()
      assert.deepEqual([exitCode, tally.copied.count, error], [0, 40, undefined])
      assert.deepEqual(world.stored(), world.source())
      assert.ok(world.pop3.logins > 4)
    })
    const clock = new ManualClock()
    await withSession({ source: { clock }, messages: mails(3) }, async (session, rig) => {
      assert.equal((await listAndFetch(session, rig)).length, 3)
      const before = rig.server.count('NOOP')
      for (const count of [1, 2, 3]) {
        await clock.advance(150_000)
        await rig.server.waitFor('NOOP', before + count)
      }
    })
  },
)

const withBoundary = (boundary: string) =>
  Buffer.from(
    `Message-ID: <1@example.com>\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\n\r\n--${boundary}\r\n\r\nHello.\r\n--${boundary}--\r\n`,
  )

quirk(
  'A57',
  'A server may render a message anew for every retrieval: it is stored as the first whole one served it, compared with that ever after, and its unique-id keeps it from being fetched again. If its unique-id or its listed size changes as well, it is taken for another message.',
  () => {
    const retr: Pop3Faults['retr'] = () => ({
      kind: 'rewrite',
      rewrite: (_, earlier) => withBoundary(`boundary-${earlier}`),
    })
    const messages = [withBoundary('boundary-0')]
    return withWorld({ messages, pop3: { faults: { retr } }, source }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 1)
      assert.equal((await world.run()).tally['already-there'].count, 1)
      assert.equal(world.pop3.count('RETR'), 1)
      assert.deepEqual(world.stored(), hashes(messages))
      assert.equal((await world.verify(true)).deep?.identical, 1)
    })
  },
)

quirk(
  'A58',
  'Messages that a server made up for itself, such as "FOLDER INTERNAL DATA", and lines that begin with "From " are copied as they are, like any other mail.',
  () => {
    const internal = Buffer.from(
      "From: Mail System Internal Data <MAILER-DAEMON@old.example>\r\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n" +
        'X-IMAP: 1005768000 0000000003\r\nStatus: RO\r\n\r\nThis text is part of the internal format of your mail folder.\r\n',
    )
    const messages = [internal, strangeMessage('from-line'), mail(1)]
    return withWorld({ messages, source }, async (world) => {
      assert.equal((await world.run()).tally.copied.count, 3)
      assert.deepEqual(world.stored(), hashes(messages))
    })
  },
)
