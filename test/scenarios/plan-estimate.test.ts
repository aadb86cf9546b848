// What a dry run measures, and what it leaves alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mail } from '../core/rows.ts'
import { hastyClock } from '../engine/held-clock.ts'
import { pop3Capabilities } from '../servers/pop3-server.ts'
import { type WorldOptions, withWorld } from './world.ts'

const dated = (year: number, at: number) =>
  Buffer.from(`Received: from a by b; Mon, 3 Feb ${year} 10:00:00 +0000\r\nSubject: ${at}\r\n\r\nHello.\r\n`)
const years = Array.from({ length: 300 }, (_, at) => dated(at < 75 ? 2012 : 2021, at))

test('a sample of headers, evenly spread, tells the years of all; round trips are a handful', () =>
  withWorld({ messages: years }, async (world) => {
    const planned = await world.preview()
    assert.deepEqual(
      planned.years?.map(({ year, count }) => [year, count]),
      [
        [2012, 75],
        [2021, 225],
      ],
    )
    assert.equal(
      planned.years?.reduce((sum, { bytes }) => sum + bytes, 0),
      planned.listed.bytes,
    )
    assert.equal(planned.datesRead, 96)
    assert.equal(world.pop3.count('TOP'), 96)
    assert.ok(world.pop3.count('NOOP') <= 4 && world.imap.count('NOOP') <= 3)
    const { low = 0, likely = 0, high = 0, days } = planned.estimate ?? {}
    assert.ok(low <= likely && likely < high && days === 1)
  }))

test('large messages, which no sample holds, make no year of small ones large', () => {
  const large = Buffer.concat([
    dated(2021, 0),
    Buffer.alloc(600_000, 'x'.repeat(70).concat('\r\n')),
    Buffer.from('\r\n'),
  ])
  const letters = [dated(2012, 0), dated(2021, 1), dated(2021, 2), dated(2021, 3)]
  const long = Buffer.concat([dated(2012, 0), Buffer.alloc(9000, 'y\r\n'), Buffer.from('\r\n')])
  return withWorld({ messages: [long, ...letters.slice(1), large] }, async (world) => {
    const { years = [], listed, datesRead } = await world.preview()
    assert.equal(datesRead, 4)
    assert.equal(
      years.reduce((sum, { bytes }) => sum + bytes, 0),
      listed.bytes,
    )
    // A quarter of the messages that were read, whatever octets these have.
    const [first] = years
    assert.ok(first?.year === 2012 && first.bytes < 200_000, `${first?.bytes}`)
  })
})

/** Where no header is asked for though nobody needs one, and why. */
const untouched: readonly [why: string, options: WorldOptions][] = [
  ['TOP is not offered', { pop3: { capabilities: pop3Capabilities.filter((line) => line !== 'TOP') } }],
  ['nobody knows what is offered', { pop3: { faults: { capa: 'error' } } }],
  [
    'what was fetched is removed (EXPIRE 0)',
    { pop3: { capabilities: [...pop3Capabilities.filter((line) => !line.startsWith('EXPIRE')), 'EXPIRE 0'] } },
  ],
  [
    'a lost session could not be opened again at once',
    { pop3: { capabilities: [...pop3Capabilities, 'LOGIN-DELAY 60'] } },
  ],
  ['Gmail goes by what was fetched', { provider: 'gmail' }],
]

for (const [why, options] of untouched) {
  test(`no sample where ${why}; the estimate is there all the same`, () =>
    withWorld({ messages: [mail(1), mail(2)], ...options }, async (world) => {
      const planned = await world.preview()
      assert.equal(world.pop3.count('TOP'), 0)
      assert.deepEqual([planned.years, planned.datesRead], [undefined, 0])
      assert.ok(planned.estimate)
    }))
}

test('where one command at a time is all a server takes, a few headers are enough', () =>
  withWorld(
    { messages: years, pop3: { capabilities: pop3Capabilities.filter((line) => line !== 'PIPELINING') } },
    async (world) => {
      const planned = await world.preview()
      assert.equal(planned.datesRead, 8)
      assert.match(planned.estimate?.basis.join('\n') ?? '', /one command at a time/)
    },
  ))

test('a server that gives no header block is asked for no more, and one that hangs over it spoils no plan', () =>
  withWorld({ messages: years }, async (world) => {
    world.pop3.faults = { top: 'unsupported' }
    const planned = await world.preview()
    assert.deepEqual([planned.error, planned.years, world.pop3.count('TOP')], [undefined, undefined, 16])
    // The clock is in a hurry: what would take seconds is over at once.
    world.pop3.faults = { script: (verb) => (verb === 'TOP' ? 'silent' : undefined) }
    const again = await world.preview({ clock: hastyClock() })
    assert.deepEqual([again.error, again.years, again.folders[0]?.copy.count], [undefined, undefined, 300])
  }))

test('how fast the last run was is remembered and used', () =>
  withWorld({ messages: years }, async (world) => {
    let time = 0
    // A clock that shows ten seconds more each time it is asked: the run takes long.
    const clock = {
      now: () => Date.UTC(2026, 0),
      monotonic: () => (time += 1000),
      random: () => 0.5,
      sleep: async () => {},
    }
    await world.run({ clock })
    world.maildrop.add({ uidl: 'new', bytes: dated(2022, 1) })
    const { estimate } = await world.preview()
    assert.match(estimate?.basis.join('\n') ?? '', /The last run that moved enough to tell moved \d+ messages a second/)
  }))
