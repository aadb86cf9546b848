// Repairs that somebody allowed: made only after the refusal that they answer, named everywhere, and nothing doubled.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Repair } from '../../src/core/repair.ts'
import { mail } from '../core/rows.ts'
import { cyrusRefusal } from '../servers/imap-faults.ts'
import { mortalRun } from './dying.ts'
import { forgetLedger } from './forget-ledger.ts'
import { hash, type World, withWorld } from './world.ts'

const some = Array.from({ length: 6 }, (_, number) => mail(number))
const withNul = 'Subject: nul\r\n\r\na\0b\r\n'
const withBoth = 'Subject: both\r\n\r\na\0b\nc\r\n'
const withLongLine = `Subject: long\r\n\r\n${'x'.repeat(1500)}\r\n`
const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const messages = [...some.slice(0, 3), bytesOf(withNul), bytesOf(withBoth), bytesOf(withLongLine), ...some.slice(3)]
const repairedHashes = [
  ...some,
  bytesOf('Subject: nul\r\n\r\na\x80b\r\n'),
  bytesOf('Subject: both\r\n\r\na\x80b\r\nc\r\n'),
  bytesOf(withLongLine.replace('x'.repeat(998), `${'x'.repeat(998)}\r\n`)),
]
  .map(hash)
  .sort()
const repair: readonly Repair[] = ['nul', 'bare-newlines', 'long-lines']

/** Refuses what Cyrus does, and long lines. The repaired form of the long line has another canonical form. */
function refuse(bytes: Buffer): string | undefined {
  return /[^\r\n]{999}/.test(bytes.toString('latin1')) ? 'NO Line too long' : cyrusRefusal(bytes)
}

async function withStrictServer(work: (world: World) => Promise<void>): Promise<void> {
  await withWorld({ messages }, async (world) => {
    world.imap.faults = { refuse }
    await work(world)
  })
}

test('refused for what a repair mends, and for what the next one mends: sent once more, and named', () =>
  withStrictServer(async (world) => {
    const { exitCode, tally, warnings } = await world.run({ repair })
    assert.deepEqual([exitCode, tally.copied.count], [0, messages.length])
    assert.match(warnings.join(), /repairs that you allowed: nul \(2\).*bare-newlines \(1\)/)
    assert.deepEqual(world.stored(), repairedHashes)
    const { deep, repaired, problems } = await world.verify(true)
    assert.deepEqual(
      [deep?.identical, repaired, problems],
      [messages.length, { nul: 2, 'bare-newlines': 1, 'long-lines': 1 }, []],
    )
    const before = world.imap.appends.length
    assert.equal((await world.run({ repair })).tally['already-there'].count, messages.length)
    assert.equal(world.imap.appends.length, before)
  }))

test('what is not refused is not repaired, and what is not allowed stays rejected', () =>
  withWorld({ messages }, async (world) => {
    world.imap.faults = { refuse: (bytes) => (bytes.includes('both') ? refuse(bytes) : undefined) }
    const { tally, warnings } = await world.run({ repair: ['nul'] })
    assert.deepEqual([tally.copied.count, tally.rejected.count, warnings], [messages.length - 1, 1, []])
    assert.ok(world.stored().includes(hash(bytesOf(withNul))))
  }))

test('a repaired message whose answer is lost is looked for as it was sent', () =>
  withWorld({ messages: [bytesOf(withLongLine)] }, async (world) => {
    let lost = 0
    world.imap.faults = {
      refuse,
      append: ({ command }) => (command === 2 && lost++ === 0 ? { kind: 'drop-answer' } : undefined),
    }
    const { exitCode, tally } = await world.run({ repair })
    assert.deepEqual([exitCode, tally.copied.count, lost], [0, 1, 1])
    assert.equal(world.imap.appends.length, 2)
    assert.equal(world.stored().length, 1)
  }))

test('killed before and after every batch, then resumed: each message is there once', async () => {
  let deaths = 0
  for (let at = 1; deaths === 2 * (at - 1); at++) {
    for (const death of [{ appends: at }, { afterAppends: at }]) {
      await withStrictServer(async (world) => {
        if ((await mortalRun(world, death, { repair })).died) deaths += 1
        assert.equal((await world.run({ repair })).exitCode, 0, JSON.stringify(death))
        assert.deepEqual(world.stored(), repairedHashes, JSON.stringify(death))
      })
    }
  }
  assert.ok(deaths > 20, `${deaths} times`)
})

test('killed with a repaired message sent: the next run finds it as it was sent, before it fetches anything', () =>
  withWorld({ messages: [bytesOf(withLongLine)] }, async (world) => {
    world.imap.faults = { refuse }
    assert.ok((await mortalRun(world, { afterAppends: 2 }, { repair })).died)
    const before = world.pop3.count('RETR')
    assert.equal((await world.run({ repair })).tally.adopted.count, 1)
    assert.equal(world.pop3.count('RETR'), before)
    const { deep, repaired } = await world.verify(true)
    assert.deepEqual([deep?.identical, repaired], [1, { 'long-lines': 1 }])
  }))

test('a lost ledger: repaired messages are recognised, and nothing is appended', () =>
  withStrictServer(async (world) => {
    await world.run({ repair })
    await forgetLedger(world.ledgerPath)
    const { exitCode, tally } = await world.run({ repair })
    assert.deepEqual([exitCode, tally.adopted.count], [0, messages.length])
    assert.deepEqual(world.stored(), repairedHashes)
  }))

test('a repaired message leaves the source only after its copy has been found as it was sent', () =>
  withStrictServer(async (world) => {
    const policy = { ...world.pair.policy, leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } as const
    await world.run({ repair })
    world.imap
      .folder('alice', 'INBOX')
      .messages.find(({ bytes }) => bytes.includes('both'))
      ?.bytes.fill(0x78, 16)
    await world.run({ repair, policy })
    assert.deepEqual(world.source(), [hash(bytesOf(withBoth))])
  }))
