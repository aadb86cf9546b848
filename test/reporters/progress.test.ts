// The progress bars, seen on a terminal in memory.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { MailhaulError } from '../../src/core/errors.ts'
import type { Event, PairSummary } from '../../src/core/events.ts'
import { outcomeOf } from '../../src/core/outcome.ts'
import { widthOf } from '../../src/reporters/cells.ts'
import { createReporter, type Reporter } from '../../src/reporters/index.ts'
import type { Streams } from '../../src/reporters/streams.ts'
import { matchesGolden } from '../golden.ts'
import { hostileText, keyOf, outcomes, refusedSummary, summaryOf } from './samples.ts'
import { Screen, StillClock, streamsOn } from './screen.ts'

interface Stage {
  readonly screen: Screen
  readonly reporter: Reporter
  /** Lets milliseconds pass, with the frames that are due in them. */
  pass(milliseconds: number): void
  report(event: Event): void
}

interface StageOptions extends Partial<Streams> {
  readonly pairs?: number
  readonly verbose?: boolean
  /** A size that changes. */
  readonly size?: { columns: number; rows: number }
}

const held = new WeakSet<TestContext>()

/** Timers stand still until the test lets them go on. */
function holdTimers(t: TestContext): void {
  if (!held.has(t)) t.mock.timers.enable({ apis: ['setTimeout'] })
  held.add(t)
}

/** A reporter on a screen, with timers that run when told so. */
function stageOf(t: TestContext, { pairs, verbose = false, size, ...fixed }: StageOptions = {}): Stage {
  holdTimers(t)
  const screen = new Screen()
  const clock = new StillClock()
  const more = pairs === undefined ? {} : { pairs }
  const streams: Streams = {
    ...streamsOn(screen, fixed),
    get columns() {
      return size?.columns ?? fixed.columns ?? 80
    },
    get rows() {
      return size?.rows ?? fixed.rows ?? 24
    },
  }
  const reporter = createReporter({ mode: 'progress', verbose, streams, clock, ...more })
  t.after(() => reporter.stop())
  const pass = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 200) {
      clock.time += Math.min(200, left)
      t.mock.timers.tick(Math.min(200, left))
    }
  }
  return { screen, reporter, pass, report: reporter.report }
}

const lost = new MailhaulError({
  code: 'disconnected',
  scope: 'pair',
  retry: 'now',
  message: 'The connection to pop.old.example was lost.',
})

/** The beginning of a pair, up to the moment when messages start to move. */
function begin(pair: string, count: number, toFetch: number): Event[] {
  return [
    { pair, kind: 'started' },
    { pair, kind: 'stage', stage: 'connecting' },
    { pair, kind: 'stage', stage: 'listing' },
    { pair, kind: 'listed', count, bytes: count * 20_000 },
    ...outcomes('already-there', count - toFetch, 20_000).map((outcome): Event => ({ pair, kind: 'outcome', outcome })),
    { pair, kind: 'planned', toFetch, bytes: toFetch * 20_000 },
    { pair, kind: 'stage', stage: 'moving' },
  ]
}

/** So many messages fetched and copied. */
function moved(pair: string, count: number): Event[] {
  const outcome = outcomeOf('copied', { key: keyOf('one'), size: 20_000 })
  return Array.from({ length: count }).flatMap((): Event[] => [
    { pair, kind: 'fetched', bytes: 20_000 },
    { pair, kind: 'outcome', outcome },
  ])
}

function finished(pair: string, more: Partial<PairSummary> = {}): Event {
  return { pair, kind: 'finished', summary: summaryOf(outcomes('copied', 2, 20_000), { pair, ...more }) }
}

test('one pair from connecting to the end', (t) => {
  const { screen, reporter, pass, report } = stageOf(t)
  const seen: string[] = []
  const look = (what: string) => {
    pass(200)
    seen.push(`# ${what}\n${screen.text()}`)
  }
  const [started, connecting, listing, listed, ...rest] = begin('alice', 2000, 1200)
  if (!started || !connecting || !listing || !listed) throw new Error('the beginning is incomplete')
  report(started)
  report(connecting)
  look('connecting')
  report(listing)
  look('listing')
  report(listed)
  report({ pair: 'alice', kind: 'stage', stage: 'reading headers' })
  look('reading headers')
  for (const event of rest) report(event)
  look('nothing moved yet')
  for (let second = 0; second < 6; second += 1) {
    for (const event of moved('alice', 100)) report(event)
    pass(1000)
  }
  look('half of it')
  report({ pair: 'alice', kind: 'retrying', error: lost, attempt: 1, delay: 3000 })
  look('waiting')
  report({ pair: 'alice', kind: 'stage', stage: 'removing' })
  look('removing')
  report(finished('alice'))
  look('finished')
  reporter.stop()
  matchesGolden('reporters/progress-one.txt', `${seen.join('\n')}\n`)
})

test('several pairs: a row for all, rows under each other, failures said above', (t) => {
  const { screen, pass, report } = stageOf(t, { pairs: 5 })
  for (const event of begin('alice', 3000, 2000)) report(event)
  for (const event of begin('bob@old.example', 500, 400)) report(event)
  report({ pair: 'carol', kind: 'started' })
  report({ pair: 'carol', kind: 'stage', stage: 'listing' })
  for (let second = 0; second < 10; second += 1) {
    for (const event of [...moved('alice', 100), ...moved('bob@old.example', 20)]) report(event)
    pass(1000)
  }
  report({ pair: 'carol', kind: 'finished', summary: refusedSummary() })
  pass(200)
  matchesGolden('reporters/progress-several.txt', `${screen.text()}\n`)
})

test('colours only where they are wanted, and never instead of text', (t) => {
  const plain = stageOf(t)
  for (const event of [...begin('alice', 20, 20), ...moved('alice', 10)]) plain.report(event)
  plain.pass(200)
  const coloured = stageOf(t, { colour: true })
  for (const event of [...begin('alice', 20, 20), ...moved('alice', 10)]) coloured.report(event)
  coloured.pass(200)
  assert.ok(!plain.screen.writes.join('').includes('\x1b[3'), 'no colour')
  assert.ok(coloured.screen.writes.join('').includes('\x1b[32m'), 'a green bar')
  assert.equal(coloured.screen.text(), plain.screen.text())
})

test('events cost no drawing: a hundred thousand of them, one frame', (t) => {
  const { screen, pass, report } = stageOf(t)
  for (const event of begin('alice', 50_000, 50_000)) report(event)
  pass(200)
  const before = screen.writes.length
  for (const event of moved('alice', 50_000)) report(event)
  assert.equal(screen.writes.length, before, 'nothing is drawn by an event')
  pass(200)
  assert.equal(screen.writes.length, before + 1, 'one write per frame')
  assert.match(screen.text(), /50,000\/50,000/)
})

test('a frame in which nothing has changed is not written', (t) => {
  const { screen, pass, report } = stageOf(t)
  report({ pair: 'alice', kind: 'started' })
  pass(1000)
  const before = screen.writes.length
  pass(10_000)
  assert.equal(screen.writes.length, before)
  report({ pair: 'alice', kind: 'stage', stage: 'listing' })
  pass(200)
  assert.equal(screen.writes.length, before + 1)
})

test('a thousand pairs, thirty at once: nine rows, never more', (t) => {
  const { screen, reporter, pass, report } = stageOf(t, { pairs: 1000 })
  const most = { rows: 0 }
  for (let next = 0; next < 1000; next += 30) {
    const pairs = Array.from({ length: Math.min(30, 1000 - next) }, (_, index) => `pair-${next + index}`)
    for (const pair of pairs) for (const event of begin(pair, 20, 10)) report(event)
    pass(200)
    for (const pair of pairs) for (const event of moved(pair, 5)) report(event)
    pass(400)
    most.rows = Math.max(most.rows, screen.text().split('\n').length)
    for (const pair of pairs) report(finished(pair))
  }
  pass(200)
  assert.equal(most.rows, 9)
  assert.match(screen.text(), /^all pairs .*1,000\/1,000 pairs/)
  assert.equal(screen.text().split('\n').length, 1, 'only active pairs are shown')
  reporter.stop()
  assert.equal(screen.text(), '')
})

test('when all are through, no time is left', (t) => {
  const { screen, pass, report } = stageOf(t, { pairs: 4 })
  for (const pair of ['a', 'b', 'c', 'd']) {
    for (const event of begin(pair, 10, 10)) report(event)
    pass(6000)
    for (const event of moved(pair, 10)) report(event)
    pass(6000)
    if (pair === 'c') assert.match(screen.text(), /^all pairs.* left$/m)
    report(finished(pair))
  }
  pass(1000)
  assert.match(screen.text(), /^all pairs.*4\/4 pairs/m)
  assert.doesNotMatch(screen.text(), / left/)
})

test('a low terminal shows fewer pairs', (t) => {
  const { screen, pass, report } = stageOf(t, { pairs: 20, rows: 8 })
  for (let index = 0; index < 20; index += 1) report({ pair: `pair-${index}`, kind: 'started' })
  pass(200)
  assert.equal(screen.text().split('\n').length, 5)
})

test('stop leaves the screen as it was, the cursor and the process as well', (t) => {
  const listeners = process.listenerCount('exit')
  const { screen, reporter, pass, report } = stageOf(t, { pairs: 2 })
  screen.write('$ mailhaul sync\n')
  for (const event of [...begin('alice', 10, 10), ...begin('bob', 10, 10)]) report(event)
  pass(400)
  assert.equal(screen.hasCursor, false)
  assert.equal(process.listenerCount('exit'), listeners + 1)
  reporter.stop()
  assert.equal(screen.text(), '$ mailhaul sync')
  assert.deepEqual(screen.cursor, { row: 1, column: 0 })
  assert.deepEqual([screen.hasCursor, screen.wraps], [true, true])
  assert.equal(process.listenerCount('exit'), listeners)
  const before = screen.writes.length
  reporter.stop()
  report({ pair: 'alice', kind: 'warning', text: 'too late' })
  report({ pair: 'carol', kind: 'started' })
  pass(1000)
  assert.equal(screen.writes.length, before, 'nothing is drawn after the end')
})

test('a pause takes the rows away for a question, keeps what is said for later, and brings the rows back', (t) => {
  const { screen, reporter, pass, report } = stageOf(t)
  for (const event of begin('alice', 10, 10)) report(event)
  pass(200)
  const resume = reporter.pause()
  assert.equal(screen.text(), '')
  assert.equal(screen.hasCursor, true)
  screen.write('Remove them? [yes/no] ')
  report({ pair: 'alice', kind: 'warning', text: 'meanwhile' })
  report({ pair: 'bob', kind: 'started' })
  pass(1000)
  assert.equal(screen.text(), 'Remove them? [yes/no]', 'nothing else is drawn')
  screen.write('yes\n')
  resume()
  pass(200)
  assert.match(screen.text(), /^Remove them\? \[yes\/no\] yes\nalice: warning: meanwhile\n/)
  assert.match(screen.text(), /\nalice .*─/)
  assert.match(screen.text(), /\nbob /)
  reporter.stop()
  assert.ok(!screen.text().includes('─'))
})

test('stop before the first frame leaves no trace, and without any event writes nothing', (t) => {
  const { screen, reporter, report } = stageOf(t)
  report({ pair: 'alice', kind: 'started' })
  reporter.stop()
  assert.deepEqual([screen.text(), screen.hasCursor, screen.wraps], ['', true, true])
  const silent = stageOf(t)
  silent.reporter.stop()
  assert.deepEqual(silent.screen.writes, [])
})

test('what is said stays above the rows, in order, even when the end comes at once', (t) => {
  const { screen, reporter, pass, report } = stageOf(t)
  reporter.say('before anything')
  for (const event of begin('alice', 10, 10)) report(event)
  pass(200)
  report({ pair: 'alice', kind: 'warning', text: 'first' })
  report({ pair: 'alice', kind: 'warning', text: `a long one: ${'word '.repeat(30)}` })
  pass(200)
  assert.match(screen.text(), /^before anything\nalice: warning: first\nalice: warning: a long one: [^\n]+\n {2}word/)
  assert.match(screen.text(), /\nalice +─/)
  reporter.say('last words')
  reporter.stop()
  const lines = screen.text().split('\n')
  assert.equal(lines.at(-1), 'last words')
  assert.ok(!screen.text().includes('─'), 'the rows are gone')
})

test('with many pairs warnings wait for the summary; --verbose says everything at once', (t) => {
  const events: Event[] = [
    ...begin('alice', 10, 10),
    ...begin('bob', 10, 10),
    { pair: 'bob', kind: 'warning', text: 'sizes differ' },
    { pair: 'bob', kind: 'retrying', error: lost, attempt: 2, delay: 4000 },
    { pair: 'bob', kind: 'outcome', outcome: outcomeOf('rejected', { key: keyOf('k1'), size: 9 }, { reason: 'NUL' }) },
  ]
  const calm = stageOf(t, { pairs: 2 })
  for (const event of events) calm.report(event)
  calm.pass(200)
  assert.match(calm.screen.text(), /^all pairs/)
  const verbose = stageOf(t, { pairs: 2, verbose: true })
  for (const event of events) verbose.report(event)
  verbose.pass(200)
  assert.match(
    verbose.screen.text(),
    /^bob: warning: sizes differ\nbob: attempt 2 failed, [^\n]+\n {2}[^\n]+\nbob: k1, 9 B: rejected: NUL\nall pairs/,
  )
})

test('hostile names, warnings and errors reach the terminal as text', (t) => {
  const { screen, reporter, pass, report } = stageOf(t, { verbose: true })
  for (const event of begin(hostileText, 10, 10)) report(event)
  pass(200)
  report({ pair: hostileText, kind: 'warning', text: hostileText })
  const error = new MailhaulError({ code: 'protocol', scope: 'pair', retry: 'now', message: hostileText })
  report({ pair: hostileText, kind: 'retrying', error, attempt: 1, delay: 1000 })
  pass(200)
  report(finished(hostileText, { error, exitCode: 1 }))
  reporter.stop()
  assert.ok(screen.text().includes('\\x1b]0;owned'), 'escaped, not dropped')
  const rest = screen.writes.join('').replace(/\x1b\[\??\d*[A-Za-z]/g, '')
  assert.doesNotMatch(rest, /[^\P{C}\n]/u)
})

test('rows stay within the terminal, however wide it is and however long the names are', (t) => {
  holdTimers(t)
  const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 220 }),
      fc.uniqueArray(names, { minLength: 1, maxLength: 4 }),
      (columns, pairs) => {
        const screen = new Screen()
        const clock = new StillClock()
        const streams = streamsOn(screen, { columns })
        const reporter = createReporter({ mode: 'progress', verbose: false, streams, clock, pairs: pairs.length })
        for (const [index, pair] of pairs.entries()) {
          const [started, ...rest] = begin(pair, 10, 10)
          for (const event of [started, ...(index < 3 ? rest : [])]) if (event) reporter.report(event)
          if (index === 3) reporter.report({ pair, kind: 'retrying', error: lost, attempt: 1, delay: 90_000 })
          if (index === 1) reporter.report({ pair, kind: 'planned', toFetch: 1_234_567, bytes: 9e12 })
          if (index === 2) reporter.report({ pair, kind: 'fetched', bytes: 9e12 })
        }
        clock.time += 200
        t.mock.timers.tick(200)
        for (const line of screen.text().split('\n')) {
          assert.ok(widthOf(line) < columns, `${widthOf(line)} cells in ${columns}: ${line}`)
        }
        reporter.stop()
        assert.equal(screen.text(), '')
      },
    ),
    { numRuns: 40 },
  )
})

const failed = (pair: string): Event => finished(pair, { error: lost, exitCode: 5 })

test('with very many pairs the last few things worth knowing stand below the rows, and nothing scrolls', (t) => {
  const { screen, reporter, pass, report } = stageOf(t, { pairs: 1000 })
  screen.write('$ mailhaul sync\n')
  for (let at = 0; at < 400; at += 1) {
    report({ pair: `p${at}`, kind: 'started' })
    pass(200)
    if (at === 7) report({ pair: 'p7', kind: 'warning', text: 'sizes differ' })
    if (at < 300) report(at === 299 ? finished('p299', { exitCode: 3 }) : failed(`p${at}`))
  }
  pass(200)
  const lines = screen.text().split('\n')
  assert.equal(lines.length, 1 + 1 + 8 + 3)
  assert.equal(lines[0], '$ mailhaul sync')
  assert.match(lines[1] ?? '', /^all pairs .* 300\/1,000, 300 failed /)
  assert.deepEqual(
    lines.slice(-3),
    ['p297', 'p298']
      .map((pair) => `${pair}: The connection to pop.old.example was lost.`)
      .concat('p299: 0 messages did not make it'),
  )
  reporter.stop()
  assert.equal(screen.text(), '$ mailhaul sync')
})

test('a pair keeps its row until it is through, and the next one takes the row that is free', (t) => {
  const { screen, pass, report } = stageOf(t, { pairs: 30 })
  const names = () =>
    screen
      .text()
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0])
  for (const pair of ['a', 'b', 'c']) report({ pair, kind: 'started' })
  pass(200)
  report(finished('a'))
  pass(200)
  assert.deepEqual(names(), ['', 'b', 'c'])
  for (const pair of ['d', 'e']) report({ pair, kind: 'started' })
  report(finished('c'))
  pass(200)
  assert.deepEqual(names(), ['d', 'b', 'e'])
})

test('a terminal that becomes narrower keeps one copy of the rows, and what stood above them', (t) => {
  for (const pairs of [3, 1000]) {
    const size = { columns: 120, rows: 24 }
    const { screen, reporter, pass, report } = stageOf(t, { pairs, size })
    screen.write('$ mailhaul sync\n')
    for (const pair of ['alice', 'bob', 'carol']) for (const event of begin(pair, 20, 10)) report(event)
    report(failed('carol'))
    pass(400)
    for (const columns of [70, 50, 60, 45]) {
      if (columns < size.columns) screen.narrow(columns)
      size.columns = columns
      for (const event of moved('alice', 1)) report(event)
      pass(200)
      const text = screen.text()
      assert.equal(text.match(/all pairs/g)?.length, 1, `${pairs} pairs, ${columns}: ${text}`)
      assert.equal(text.match(/^alice/gm)?.length, 1, text)
      assert.ok(text.startsWith('$ mailhaul sync\n'), text)
    }
    reporter.stop()
    assert.doesNotMatch(screen.text(), /all pairs|alice/)
  }
})

test('a terminal that becomes lower shows fewer rows instead of scrolling them by', async (t) => {
  const size = { columns: 80, rows: 24 }
  const { screen, pass, report } = stageOf(t, { pairs: 1000, size })
  for (let at = 0; at < 30; at += 1) report({ pair: `p${at}`, kind: 'started' })
  for (const pair of ['p0', 'p1', 'p2']) report(failed(pair))
  pass(200)
  assert.equal(screen.text().split('\n').length, 12)
  size.rows = 8
  pass(200)
  await new Promise((resolve) => setImmediate(resolve))
  pass(200)
  const lines = screen.text().split('\n')
  assert.ok(lines.length < 8, screen.text())
  assert.match(lines[0] ?? '', /^all pairs/)
  assert.match(lines.at(-1) ?? '', /^p2: /)
  size.rows = 24
  for (let at = 30; at < 33; at += 1) report({ pair: `p${at}`, kind: 'started' })
  pass(200)
  assert.equal(screen.text().split('\n').length, 12)
})
