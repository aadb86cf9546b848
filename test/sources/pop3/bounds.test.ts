// Endless and endlessly slow servers: every wait has an end, every buffer a bound, and the error says which (D10, D11).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Fetched } from '../../../src/core/ports.ts'
import { createPop3Source, type Pop3Options } from '../../../src/sources/pop3/source.ts'
import { failureOf } from './failure.ts'
import { ManualClock } from './manual-clock.ts'
import { MemorySpool } from './memory-spool.ts'
import { mail, mails, signal, sourceOptions, told, withSession } from './rig.ts'
import { type Peer, plainAnswers, startScriptedServer } from './scripted-server.ts'

const minute = 60_000

/** A maildrop with one message whose RETR sends what the test wants, when the test wants it. */
async function withDrip(
  options: Partial<Pop3Options>,
  work: (drip: Drip, clock: ManualClock, fetched: Promise<Fetched[]>) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock()
  const spool = new MemorySpool()
  const answers = plainAnswers([mail(1)])
  const peers: Peer[] = []
  const ended = Promise.withResolvers<void>()
  const server = await startScriptedServer(async (peer) => {
    await peer.send('+OK\r\n')
    for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
      const isContent = line.startsWith('RETR')
      await peer.send(isContent ? '+OK\r\n' : (answers(line) ?? ''))
      if (!isContent) continue
      peers.push(peer)
      await ended.promise
    }
  })
  try {
    const session = await createPop3Source(sourceOptions(server.port, { clock, ...options })).open(signal)
    const { messages } = await session.list(signal)
    const fetched = Array.fromAsync(session.fetch(messages, spool, signal))
    fetched.catch(() => {})
    const end = async () => {
      await peers[0]?.send('\r\n.\r\n')
      ended.resolve()
    }
    await work({ peers, spool, end }, clock, fetched)
    session.abandon()
  } finally {
    ended.resolve()
    await server.stop()
  }
}

interface Drip {
  /** One for every RETR so far; the last one is where to send. */
  readonly peers: readonly Peer[]
  readonly spool: MemorySpool
  /** Ends the message, and answers what was asked behind it. */
  readonly end: () => Promise<void>
}

/** Sends `octets` every `interval` until all has been fetched; the octets have arrived before time goes on. */
async function drip(
  { peers, spool }: Drip,
  clock: ManualClock,
  fetched: Promise<Fetched[]>,
  octets: number,
  interval: number,
): Promise<{ results: Fetched[]; elapsed: number }> {
  let results: Fetched[] | undefined
  fetched.then((all) => {
    results = all
  })
  const start = clock.monotonic()
  while (results === undefined) {
    const peer = peers.at(-1)
    if (peer?.socket.writable) {
      const expected = spool.written + octets
      await peer.send('x'.repeat(octets))
      while (spool.written < expected && results === undefined && peer.socket.writable) await turn()
    }
    await clock.advance(interval)
  }
  return { results, elapsed: clock.monotonic() - start }
}

describe('a message that hardly comes', () => {
  for (const [what, octets, interval, longest] of [
    ['an octet a minute', 1, minute, 30 * minute],
    ['a kilobyte every 100 seconds, which is no standstill', 1100, 100_000, 60 * minute],
  ] as const) {
    test(`${what}: given up after two tries, as what it is`, () =>
      withDrip({}, async (source, clock, fetched) => {
        const { results, elapsed } = await drip(source, clock, fetched, octets, interval)
        assert.deepEqual(results.map(told), ['failed incomplete'])
        assert.ok(elapsed < longest, `${elapsed / minute} minutes`)
        assert.equal(source.spool.held, 0)
      }))
  }

  test('fast enough, but longer than any reply may take', () =>
    withDrip({ deadlines: { reply: 20 * minute } }, async (source, clock, fetched) => {
      const { results, elapsed } = await drip(source, clock, fetched, 100_000, minute)
      assert.deepEqual(results.map(told), ['failed incomplete'])
      assert.ok(elapsed > 20 * minute && elapsed < 100 * minute, `${elapsed / minute} minutes`)
    }))

  test('fast enough: it comes, however long it takes', () =>
    withDrip({}, async (source, clock, fetched) => {
      for (let passed = 0; passed < 120; passed += 1) {
        while (source.peers.length === 0) await clock.advance(1)
        const expected = source.spool.written + 70_000
        await source.peers[0]?.send('x'.repeat(70_000))
        while (source.spool.written < expected) await turn()
        await clock.advance(minute)
      }
      await source.end()
      assert.equal((await fetched)[0]?.kind, 'message')
      assert.equal(source.peers.length, 1)
    }))

  test('time in which the spool held it back does not count', () =>
    withDrip({ deadlines: { reply: 20 * minute } }, async (source, clock, fetched) => {
      while (source.peers.length === 0) await clock.advance(1)
      const pause = Promise.withResolvers<void>()
      source.spool.pause = pause.promise
      await source.peers[0]?.send('x'.repeat(100))
      while (source.spool.written < 100) await turn()
      await clock.advance(120 * minute)
      source.spool.pause = undefined
      pause.resolve()
      await clock.advance(minute)
      await source.end()
      assert.equal((await fetched)[0]?.kind, 'message')
      assert.equal(source.peers.length, 1)
    }))
})

test('a listing that comes a few lines at a time ends with an error', async () => {
  const clock = new ManualClock()
  const answers = plainAnswers(mails(900))
  let lister: Peer | undefined
  const server = await startScriptedServer(async (peer) => {
    await peer.send('+OK\r\n')
    await peer.serve((line) => {
      if (line === 'UIDL') return ''
      if (line !== 'LIST') return answers(line)
      lister = peer
      return '+OK\r\n'
    })
  })
  try {
    const session = await createPop3Source(sourceOptions(server.port, { clock })).open(signal)
    const listing = failureOf(session.list(signal))
    let isOver = false
    listing.then(() => {
      isOver = true
    })
    let minutes = 0
    for (; !isOver; minutes += 4) {
      await lister?.send('1 100\r\n'.repeat(150))
      await clock.advance(4 * minute)
    }
    assert.equal((await listing).code, 'timeout')
    assert.ok(minutes < 30)
  } finally {
    await server.stop()
  }
})

describe('a listing', () => {
  test('of more messages than are listed is refused before it is asked for', () =>
    withSession({ messages: mails(5), source: { largestListing: 4 } }, async (session, { server }) => {
      const error = await failureOf(session.list(signal))
      assert.deepEqual([error.code, error.retry], ['unsupported', 'never'])
      assert.match(error.message, /5 messages: more than 4/)
      assert.equal(server.count('LIST'), 0)
    }))

  test('that claims to be as long as can be and never ends is cut off', () =>
    withSession(
      {
        messages: mails(5),
        source: { largestListing: 20_000 },
        faults: {
          stat: () => ({ count: 20_000, octets: 1 }),
          endless: { verb: 'LIST', what: 'listing' },
        },
      },
      async (session, { server }) => {
        const error = await failureOf(session.list(signal))
        assert.equal(error.code, 'protocol')
        assert.match(error.message, /does not end: more than 21000 lines/)
        assert.ok(server.bytesSent < 8_000_000)
      },
    ))

  test('of monstrous names is cut off by its octets', () => {
    const line = (number: number) => `${number} ${'n'.repeat(4000)}\r\n`
    const lines = Array.from({ length: 900 }, (_, index) => line(index + 1)).join('')
    return withSession(
      { messages: mails(5), faults: { script: (verb) => (verb === 'UIDL' ? `+OK\r\n${lines}.\r\n` : undefined) } },
      async (session) => {
        const error = await failureOf(session.list(signal))
        assert.equal(error.code, 'protocol')
        assert.match(error.message, /far too long/)
      },
    )
  })
})
