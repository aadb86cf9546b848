// What a watch says of each pass: something was done, something failed, or nothing at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import type { PairSummary } from '../../src/core/events.ts'
import { renderPassLine } from '../../src/reporters/json.ts'
import { WatchLines, watchStatus } from '../../src/reporters/watch-lines.ts'
import { now, watchedPair } from '../http/views.ts'
import { keyOf, loginRefused, outcomes, summaryOf } from './samples.ts'

const minute = 60_000
const failed = (times: number) => {
  const { code, message: reason, hint } = loginRefused()
  return {
    failure: { since: now - minute, times, code, needsSomebody: code === 'auth', end: undefined, reason, hint },
    next: now + 15 * minute,
  }
}

function said(summary: PairSummary, more = {}, options = { verbose: false, quiet: false }): string[] {
  return new WatchLines(options).pass(summary, watchedPair('alice', more), now).map(({ text }) => text)
}

test('a pass that found nothing new says nothing, one that did something says what, in one line', () => {
  const known = summaryOf(outcomes('already-there', 800, 37_600), { milliseconds: 250 })
  assert.deepEqual(said(known), [])
  assert.deepEqual(said(known, {}, { verbose: true, quiet: false }), ['alice: nothing new (250 ms)'])
  const all = [...outcomes('copied', 3, 21_000), ...outcomes('adopted', 1, 1000), ...outcomes('already-there', 9, 100)]
  const removal = { removed: 2, toConfirm: 0, kept: [] }
  assert.deepEqual(said(summaryOf(all, { milliseconds: 2100, removal })), [
    'alice: 3 messages copied, 63 kB, 1 message found at the destination, 2 messages removed at the source (2.1 s)',
  ])
})

test('a failure is told with its reason, what to do, how often, and when it goes on; with --quiet too', () => {
  const summary = summaryOf([], { error: loginRefused(), exitCode: 4 })
  const words = 'carol@old.example. Check the password: mailhaul secret set carol source. Next pass in 15 min.'
  const expected = `alice: failed (3 times in a row): pop.old.example refused the login of ${words}`
  assert.deepEqual(said(summary, failed(3)), [expected])
  assert.deepEqual(said(summary, failed(3), { verbose: false, quiet: true }), [expected])
  assert.equal(said(summary, failed(3), { verbose: true, quiet: false }).length, 3)
})

test('the first pass that gets through after a failure says so, whatever else it has to say', () => {
  const words = new WatchLines({ verbose: false, quiet: false })
  const [good, bad] = [summaryOf([]), summaryOf([], { error: loginRefused(), exitCode: 4 })]
  const pass = (summary: PairSummary) => words.pass(summary, watchedPair('alice'), now).map(({ text }) => text)
  assert.deepEqual([pass(good), pass(bad).length, pass(bad).length], [[], 1, 1])
  assert.deepEqual([pass(good), pass(good)], [['alice: passes go through again'], []])
})

test('a message that did not make it is told by the pass that decided so, not by those after it', () => {
  const rejected = outcomes('rejected', 7, 5000, { reason: 'no NUL here' })
  const lines = said(summaryOf(rejected, { exitCode: 3 }))
  assert.equal(lines.length, 7)
  assert.equal(lines[0], 'alice: a message of 5 kB did not make it: rejected: no NUL here')
  assert.deepEqual(lines.slice(-2), ['alice: 2 more did not make it', 'alice: mailhaul status alice lists them'])
  const carried = rejected.map((outcome) => ({ ...outcome, isCarried: true as const }))
  assert.deepEqual(said(summaryOf(carried, { exitCode: 3 })), [])
})

test('a warning is told once, a stopped pass and one that came too soon not at all, an open question ever more rarely', () => {
  const words = new WatchLines({ verbose: false, quiet: false })
  const warned = { warnings: ['UIDLs are numbers.'] }
  const pair = watchedPair('alice')
  const lines = (freshWarnings: string[], by = words) => by.pass(summaryOf([], { ...warned, freshWarnings }), pair, now)
  // What the ledger says is new is told, as often as it comes back; who wants to see everything does.
  assert.deepEqual(
    [lines(warned.warnings), lines([]), lines(warned.warnings)].map(({ length }) => length),
    [1, 0, 1],
  )
  assert.match(lines([], new WatchLines({ verbose: true, quiet: false }))[0]?.text ?? '', /warning: UIDLs/)
  const error = (code: 'interrupted' | 'login-delayed' | 'unconfirmed', retryAfter = minute) =>
    summaryOf([], { error: new MailhaulError({ code, scope: 'pair', retry: 'later', message: 'x', retryAfter }) })
  assert.deepEqual([said(error('interrupted')), said(error('login-delayed'))], [[], []])
  const toDo = (times: number) => ({ toDo: { times, reason: 'x', hint: undefined } })
  const told = Array.from({ length: 300 }, (_, at) => said(error('unconfirmed'), toDo(at + 1)).length)
  assert.equal(told.filter((lines) => lines > 0).length, 9)
  assert.deepEqual(said(error('unconfirmed'), toDo(1)), ['alice: to do: x'])
})

test('one line of status names those that fail, three at most', () => {
  const pairs = Array.from({ length: 5 }, (_, at) => watchedPair(`p${at}`, at > 0 ? failed(1) : { phase: 'working' }))
  const view = { startedAt: now, now, isDraining: false, queued: 0, spoolHeld: 0, pairs }
  assert.equal(watchStatus(view), '5 pairs, 1 at work, 4 failing: p1, p2, p3 and 1 more')
  assert.equal(watchStatus({ ...view, isDraining: true, pairs: pairs.slice(0, 1) }), 'stopping, 1 pair, 1 at work')
})

test('JSON: one line, whatever servers say, without what earlier passes have told', () => {
  const old = outcomes('rejected', 50, 1, { reason: 'old' }).map((outcome) => ({
    ...outcome,
    isCarried: true as const,
  }))
  const fresh = outcomes('rejected', 1, 1, { reason: 'two\r\nlines\u2028 and \u202e more', key: keyOf('k') })
  const line = renderPassLine(summaryOf([...old, ...fresh]), watchedPair('alice', failed(2)), '1.2.3')
  assert.match(line, /^[^\r\n\u2028\u202e]*\n$/)
  const document = JSON.parse(line)
  assert.deepEqual([document.kind, document.pair, document.failedPasses], ['pass', 'alice', 2])
  assert.deepEqual([document.exceptions.length, document.outcomes.rejected.count], [1, 51])
})
