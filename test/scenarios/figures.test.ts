// What a run counts on its way, besides one outcome per message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunFigures } from '../../src/core/figures.ts'
import { runDocument } from '../../src/documents/run-document.ts'
import { renderJson } from '../../src/reporters/json.ts'
import { mail } from '../core/rows.ts'
import { assertDocument } from '../documents/strict.ts'
import { withWorld } from './world.ts'

const messages = [1, 2, 3, 4, 5, 6].map((number) => mail(number))

function sumOf(row: readonly number[]): number {
  return row.reduce((sum, amount) => sum + amount, 0)
}

/** One message from that year. */
function mailOf(year: number): Uint8Array {
  return Buffer.from(`Date: Mon, 1 Jan ${year} 12:00:00 +0000\r\nSubject: ${year}\r\n\r\n${year}\r\n`)
}

/** One message with this subject, octet by octet. */
function mailWith(subject: string): Uint8Array {
  return Buffer.from(`Subject: ${subject}\r\n\r\nx\r\n`, 'latin1')
}

test('work over time, sizes, and the years of what was copied add up to the run', () =>
  withWorld({ messages: [...messages, mailOf(1999), mailOf(1999), mailOf(2003)] }, async (world) => {
    const { figures, bytesFetched, bytesAppended, listed, run } = await world.run()
    assert.equal(sumOf(figures.timeline.messages), 9)
    assert.equal(sumOf(figures.timeline.bytesFetched), bytesFetched)
    assert.equal(sumOf(figures.timeline.bytesAppended), bytesAppended)
    assert.equal(sumOf(figures.sizes.map(({ count }) => count)), 9)
    assert.equal(sumOf(figures.sizes.map((bar) => bar.bytes)), listed.bytes)
    assert.equal(sumOf(figures.years.map(({ count }) => count)), 9)
    assert.deepEqual(
      figures.years.filter(({ year }) => year === 1999 || year === 2003).map(({ year, count }) => [year, count]),
      [
        [1999, 2],
        [2003, 1],
      ],
    )
    assert.equal(run, 1)

    const again = await world.run()
    assert.deepEqual([again.figures.timeline.messages, again.figures.years], [[], []])
    assert.equal(sumOf(again.figures.sizes.map(({ count }) => count)), 9)
    assert.deepEqual([again.figures.verdicts, again.figures.reconnects, again.figures.retries], [undefined, 0, []])
  }))

test('a link that is lost and taken up again: how many sessions it took', () =>
  withWorld({ messages }, async (world) => {
    world.pop3.faults = { dropAfterRetrs: 2 }
    const { figures, tally } = await world.run()
    assert.equal(tally.copied.count, 6)
    assert.equal(figures.reconnects, world.pop3.log.filter((line) => line === 'UIDL').length - 1)
    assert.ok(figures.reconnects >= 2, String(figures.reconnects))
  }))

test('what was tried again: why, how often, and how long was waited for it', () =>
  withWorld({ messages }, async (world) => {
    world.imap.faults = { append: ({ command }) => (command <= 2 ? { kind: 'drop', at: 'before-literal' } : undefined) }
    const waits: number[] = []
    const { figures, tally } = await world.run({
      onEvent: (event) => {
        if (event.kind === 'retrying') waits.push(event.delay)
      },
    })
    assert.equal(tally.copied.count, 6)
    assert.equal(waits.length > 0, true)
    assert.equal(sumOf(figures.retries.map(({ count }) => count)), waits.length)
    assert.equal(sumOf(figures.retries.map(({ waitedMilliseconds }) => waitedMilliseconds)), sumOf(waits))
  }))

test('copies that are read back have a verdict, and what rewrites them has a name', () =>
  withWorld({ messages: [mailWith('gr\xfc\xdfe'), mail(1)] }, async (world) => {
    const kept: RunFigures = (await world.run()).figures
    assert.deepEqual([kept.verdicts, kept.rewrites], [{ identical: 1, canonicalEqual: 0, different: 0 }, []])
    world.imap.faults = {
      rewrite: (bytes) => Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, 'X'), 'latin1'),
    }
    world.maildrop.add({ uidl: 'more', bytes: mailWith('\xe4\xe4') })
    const munged: RunFigures = (await world.run()).figures
    assert.deepEqual(
      [munged.verdicts, munged.rewrites],
      [{ identical: 0, canonicalEqual: 1, different: 0 }, [{ rule: '8-bit headers', count: 1 }]],
    )
  }))

test('removal by hash reads every copy back', () =>
  withWorld({ messages, policy: { leave: { kind: 'delete', afterDays: 0, proof: 'hash' } } }, async (world) => {
    const { figures, removal } = await world.run()
    assert.equal(removal.removed, 6)
    assert.deepEqual(figures.verdicts, { identical: 6, canonicalEqual: 0, different: 0 })
    assert.equal(figures.reconnects, 0)
  }))

test('what a real run prints is what the schema says', () =>
  withWorld({ messages }, async (world) => {
    world.imap.faults = { refuse: () => 'NO [TOOBIG] too large' }
    for (const summary of [await world.run(), await world.run()]) {
      assertDocument(runDocument, JSON.parse(renderJson('sync', { summaries: [summary], exitCode: 3 }, '0')))
    }
  }))
