// Events as lines: each what the schema says, none that waits for its reader.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Event } from '../../src/core/events.ts'
import { eventDocument } from '../../src/documents/event-document.ts'
import { EventStream } from '../../src/reporters/event-stream.ts'
import { assertDocument } from '../documents/strict.ts'
import { matchesGolden } from '../golden.ts'
import { hostileText, loginRefused, mixedSummary, outcomes, sampleTime } from './samples.ts'

/** Takes what is written when it is let to, and not before. */
class Reader extends Writable {
  text = ''
  #held: (() => void) | undefined
  #isOpen: boolean

  constructor(isOpen = true) {
    super({ highWaterMark: 1 })
    this.#isOpen = isOpen
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    if (this.#isOpen) done()
    else this.#held = done
  }

  open(): void {
    this.#isOpen = true
    this.#held?.()
  }

  get lines(): readonly unknown[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }
}

function streamTo(output: Writable, more = {}): EventStream {
  return new EventStream({ output, version: '0.0.0', now: () => sampleTime, mask: (text) => text, ...more })
}

const [copied, there, carried, rejected] = [
  outcomes('copied', 1, 900, { placed: { folder: 'INBOX', uidValidity: 17, uid: 4711 }, dateRule: 'received' }),
  outcomes('already-there', 1, 900),
  outcomes('filtered', 1, 900, { isCarried: true }),
  outcomes('rejected', 1, 900, { reason: hostileText, code: 'nul' }),
].map((made) => made[0])

const events: readonly Event[] = [
  { pair: 'alice', kind: 'started' },
  { pair: 'alice', kind: 'stage', stage: 'connecting' },
  { pair: 'alice', kind: 'settled', found: 2, missing: 1 },
  { pair: 'alice', kind: 'listed', count: 3, bytes: 2700 },
  { pair: 'alice', kind: 'planned', toFetch: 2, bytes: 1800 },
  { pair: 'alice', kind: 'fetched', bytes: 900 },
  ...[copied, there, carried, rejected].flatMap((outcome) =>
    outcome ? [{ pair: 'alice', kind: 'outcome' as const, outcome }] : [],
  ),
  { pair: 'alice', kind: 'retrying', error: loginRefused(), attempt: 1, delay: 1000.4 },
  { pair: 'alice', kind: 'warning', text: hostileText },
  { pair: 'alice', kind: 'finished', summary: mixedSummary() },
  { pair: 'alice', kind: 'ended' },
]

test('every event is a line that the schema takes, and says nothing of what was decided before', async () => {
  const reader = new Reader()
  const stream = streamTo(reader)
  for (const event of events) stream.hear(event)
  await stream.close()
  for (const line of reader.lines) assertDocument(eventDocument, line)
  assert.equal(reader.lines.length, events.length - 2)
  assert.doesNotMatch(reader.text, /[^\P{C}\n]|[\u2028\u2029]/u)
  assert.equal(stream.dropped, 0)
  matchesGolden('reporters/events.jsonl', reader.text)
})

test('a reader that is too slow costs lines, never time; how many is said where they are missing', async () => {
  const reader = new Reader(false)
  const stream = streamTo(reader, { mostWaiting: 2000 })
  for (let at = 0; at < 1000; at += 1) stream.hear({ pair: 'alice', kind: 'fetched', bytes: at })
  assert.ok(reader.writableLength < 3000)
  reader.open()
  while (reader.writableLength > 0) await new Promise((resolve) => reader.once('drain', resolve))
  stream.hear({ pair: 'alice', kind: 'ended' })
  await stream.close()
  const lines = reader.lines.map((line) => eventDocument.parse(line))
  const dropped = lines.find(({ event }) => event === 'dropped')
  assert.ok(dropped?.event === 'dropped' && dropped.count > 900)
  assert.equal(lines.filter(({ event }) => event === 'fetched').length + dropped.count, 1000)
  assert.equal(lines.at(-1)?.event, 'ended')
  assert.equal(stream.dropped, dropped.count)
})

test('a reader that breaks ends nothing: what comes after it is dropped', async () => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
  })
  const stream = streamTo(broken)
  stream.hear({ pair: 'alice', kind: 'started' })
  await new Promise((resolve) => broken.once('close', resolve))
  stream.hear({ pair: 'alice', kind: 'ended' })
  await stream.close()
  assert.deepEqual([stream.failure?.message, stream.dropped], ['EPIPE', 2])
})

test('a reader that never takes anything does not keep the end waiting for ever', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const stream = streamTo(new Reader(false))
  for (const event of events) stream.hear(event)
  const closed = stream.close()
  t.mock.timers.tick(2_000)
  await closed
  assert.equal(stream.dropped, events.length - 2)
})

test('secrets are taken out', async () => {
  const reader = new Reader()
  const stream = streamTo(reader, { mask: (text: string) => text.replaceAll('sesame', '[redacted]') })
  const error = new MailhaulError({ code: 'auth', scope: 'pair', retry: 'never', message: 'PASS sesame refused' })
  stream.hear({ pair: 'alice', kind: 'retrying', error, attempt: 1, delay: 0 })
  await stream.close()
  assert.match(reader.text, /PASS \[redacted\] refused/)
})
