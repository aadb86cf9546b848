// Plain lines, and the modes that say even less.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Event } from '../../src/core/events.ts'
import { outcomeOf } from '../../src/core/outcome.ts'
import { createReporter, type ReporterMode } from '../../src/reporters/index.ts'
import type { Streams } from '../../src/reporters/streams.ts'
import { matchesGolden } from '../golden.ts'
import { endlessText, hostileText, keyOf, loginRefused, mixedSummary, outcomes, refusedSummary } from './samples.ts'
import { Screen, StillClock, streamsOn } from './screen.ts'

interface Options extends Partial<Streams> {
  readonly verbose?: boolean
}

function reporterOf(mode: ReporterMode, { verbose = false, ...more }: Options = {}) {
  const screen = new Screen()
  const clock = new StillClock()
  const streams = streamsOn(screen, { isTerminal: false, ...more })
  return { screen, clock, ...createReporter({ mode, verbose, streams, clock }), text: () => screen.writes.join('') }
}

const lost = new MailhaulError({
  code: 'disconnected',
  scope: 'pair',
  retry: 'now',
  message: 'The connection to pop.old.example was lost.',
})

/** A run of one pair with everything that can happen; `wait` lets time pass. */
function wholeRun(report: (event: Event) => void, wait: (milliseconds: number) => void): void {
  const pair = 'alice'
  report({ pair, kind: 'started' })
  report({ pair, kind: 'stage', stage: 'settling' })
  report({ pair, kind: 'settled', found: 3, missing: 1 })
  report({ pair, kind: 'stage', stage: 'connecting' })
  report({ pair, kind: 'stage', stage: 'listing' })
  report({ pair, kind: 'listed', count: 2000, bytes: 40_000_000 })
  report({ pair, kind: 'warning', text: 'The source names several messages alike.' })
  report({ pair, kind: 'stage', stage: 'reading headers' })
  report({ pair, kind: 'stage', stage: 'planning' })
  for (const outcome of outcomes('already-there', 800, 20_000)) report({ pair, kind: 'outcome', outcome })
  report({ pair, kind: 'planned', toFetch: 1200, bytes: 24_000_000 })
  report({ pair, kind: 'stage', stage: 'moving' })
  for (let second = 0; second < 80; second += 1) {
    wait(1000)
    for (const outcome of outcomes('copied', 10, 20_000)) {
      report({ pair, kind: 'fetched', bytes: 20_000 })
      report({ pair, kind: 'outcome', outcome })
    }
  }
  const rejected = outcomeOf('rejected', { key: keyOf('uid-1'), size: 4200 }, { reason: 'NUL characters' })
  report({ pair, kind: 'outcome', outcome: rejected })
  report({ pair, kind: 'outcome', outcome: outcomeOf('empty', { key: undefined, size: 0 }) })
  report({ pair, kind: 'retrying', error: lost, attempt: 1, delay: 30_000 })
  wait(30_000)
  report({ pair, kind: 'stage', stage: 'removing' })
  report({ pair, kind: 'finished', summary: { ...mixedSummary(), pair } })
  report({ pair: 'carol', kind: 'started' })
  report({ pair: 'carol', kind: 'finished', summary: refusedSummary() })
}

for (const [name, mode, verbose] of [
  ['lines', 'lines', false],
  ['lines-verbose', 'lines', true],
] as const) {
  test(`a whole run: ${name}`, () => {
    const { report, clock, text } = reporterOf(mode, { verbose })
    wholeRun(report, (milliseconds) => {
      clock.time += milliseconds
    })
    matchesGolden(`reporters/${name}.txt`, text())
  })
}

test('progress bars where there is no terminal become lines', () => {
  const run = (mode: ReporterMode) => {
    const { report, clock, text } = reporterOf(mode)
    wholeRun(report, (milliseconds) => {
      clock.time += milliseconds
    })
    return text()
  }
  assert.equal(run('progress'), run('lines'))
})

test('none says nothing', () => {
  const none = reporterOf('none', { verbose: true })
  wholeRun(none.report, () => undefined)
  none.say('something')
  none.stop()
  assert.equal(none.text(), '')
})

test('a hundred thousand ordinary events in no time make no line, however wordy the mode', () => {
  const { report, screen } = reporterOf('lines', { verbose: true })
  report({ pair: 'alice', kind: 'started' })
  report({ pair: 'alice', kind: 'planned', toFetch: 50_000, bytes: 1e9 })
  const before = screen.writes.length
  const [outcome] = outcomes('copied', 1, 20_000)
  if (!outcome) throw new Error('no outcome')
  for (let index = 0; index < 50_000; index += 1) {
    report({ pair: 'alice', kind: 'fetched', bytes: 20_000 })
    report({ pair: 'alice', kind: 'outcome', outcome })
  }
  assert.equal(screen.writes.length, before)
})

test('a line on progress comes when thirty seconds have passed, and not before', () => {
  const { report, clock, screen } = reporterOf('lines')
  report({ pair: 'alice', kind: 'started' })
  report({ pair: 'alice', kind: 'planned', toFetch: 10, bytes: 1000 })
  report({ pair: 'alice', kind: 'stage', stage: 'moving' })
  const before = screen.writes.length
  clock.time = 29_999
  report({ pair: 'alice', kind: 'fetched', bytes: 100 })
  assert.equal(screen.writes.length, before)
  clock.time = 30_000
  report({ pair: 'alice', kind: 'fetched', bytes: 100 })
  report({ pair: 'alice', kind: 'fetched', bytes: 100 })
  assert.equal(screen.writes.length, before + 1)
  assert.match(screen.writes.at(-1) ?? '', /^alice: 0 of 10 messages after 30 s, 200 B, /)
})

test('every event is one line, whatever was said in it', () => {
  const { report, say, screen } = reporterOf('lines', { verbose: true })
  const error = new MailhaulError({
    code: 'protocol',
    scope: 'pair',
    retry: 'now',
    message: hostileText + endlessText,
    hint: hostileText,
    cause: loginRefused(),
  })
  const pair = hostileText
  report({ pair, kind: 'started' })
  report({ pair, kind: 'warning', text: hostileText + endlessText })
  report({ pair, kind: 'retrying', error, attempt: 1, delay: 10 })
  report({
    pair,
    kind: 'outcome',
    outcome: outcomeOf('failed', { key: keyOf('\x1b'), size: 1 }, { reason: hostileText }),
  })
  say(hostileText)
  report({ pair, kind: 'finished', summary: { ...refusedSummary(), pair, error } })
  for (const line of screen.writes) {
    assert.match(line, /^[^\n]{1,20000}\n$/)
    assert.doesNotMatch(line, /[^\P{C}\n]|[\u2028\u2029]/u)
  }
})

test('trouble has its colour where colours are wanted', () => {
  const { report, text } = reporterOf('lines', { colour: true })
  report({ pair: 'alice', kind: 'started' })
  report({ pair: 'alice', kind: 'warning', text: 'sizes differ' })
  report({ pair: 'alice', kind: 'finished', summary: refusedSummary() })
  assert.match(text(), /^alice: started\n\x1b\[33malice: warning: sizes differ\x1b\[39m\n\x1b\[31mcarol: stopped/)
})
