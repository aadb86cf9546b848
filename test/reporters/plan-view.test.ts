// The dry run as people read it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planTotals, renderPlan } from '../../src/reporters/plan-view.ts'
import { matchesGolden } from '../golden.ts'
import { assertColours, assertFits, plainPage } from './fit.ts'
import { endlessText, hostileText } from './samples.ts'
import { hostileError, planPair, planView, planViewOfSeveral } from './view-samples.ts'

test('one pair', () => {
  const text = renderPlan(planView, plainPage)
  assertFits(text)
  matchesGolden('reporters/plan-one.txt', text)
})

test('several pairs: one too full, one that cannot be asked, and all in a table', () => {
  const text = renderPlan(planViewOfSeveral, plainPage)
  assertFits(text)
  matchesGolden('reporters/plan-several.txt', text)
})

test('the parts of a plan are added up', () => {
  assert.deepEqual(planTotals(planPair), {
    copy: { count: 1198, bytes: 45_300_000 },
    compare: { count: 12, bytes: 1_200_000 },
    left: { count: 788, bytes: 148_900_000 },
    tooBig: { count: 2, bytes: 82_100_000 },
  })
})

test('a plan that leaves a message out of account says so', () => {
  const pair = { ...planPair, listed: { count: 2001, bytes: 1 } }
  const text = renderPlan({ ...planView, pairs: [pair] }, plainPage)
  assert.match(text, /THIS DOES NOT ADD UP: 2,001 listed, but 1,198 to copy \+ 12 to compare/)
  assert.match(text, /1 message unaccounted for/)
})

test('room: exactly enough, one octet too little, unknown', () => {
  const needed = 46_500_000
  const roomFor = (limit: number) =>
    renderPlan({ ...planView, pairs: [{ ...planPair, quota: { used: 0, limit } }] }, plainPage)
  assert.doesNotMatch(roomFor(needed), /Not enough room/)
  assert.match(roomFor(needed - 1), /Not enough room/)
  assert.doesNotMatch(renderPlan({ ...planView, pairs: [{ ...planPair, quota: undefined }] }, plainPage), /free at/)
})

test('where nothing can be planned no command is offered', () => {
  const text = renderPlan({ ...planView, pairs: [{ ...planPair, error: hostileError() }] }, plainPage)
  assert.doesNotMatch(text, /To do it/)
  assert.match(text, /nothing was written/)
})

test('nothing to do is said as such', () => {
  const left = [{ outcome: 'already-there' as const, reason: undefined, amount: { count: 5, bytes: 50 } }]
  const pair = { ...planPair, listed: { count: 5, bytes: 50 }, folders: [], left, tooBig: undefined, notes: [] }
  matchesGolden('reporters/plan-nothing.txt', renderPlan({ ...planView, pairs: [pair] }, plainPage))
})

test('what would be removed at the source is told, with who has a say in it and how much goes at once', () => {
  const removal = { leave: { kind: 'delete', afterDays: 30, proof: 'hash' }, count: 1200, bytes: 45e6 } as const
  const textOf = (more: { asks: boolean; limit: number | undefined }) => {
    const pair = { ...planPair, removal: { ...removal, ...more } }
    return renderPlan({ ...planView, pairs: [pair] }, plainPage).replace(/\s+/g, ' ')
  }
  assert.match(
    textOf({ asks: true, limit: undefined }),
    /\(leave: \{ days: 30, proof: hash \}\): 1,200 messages, 45 MB; sync asks first/,
  )
  assert.match(textOf({ asks: false, limit: 200 }), /1,200 messages, 45 MB; 200 at most in one run \(maxDeletions\)/)
  assert.doesNotMatch(textOf({ asks: false, limit: undefined }), /asks first|in one run/)
})

test('hostile folders, reasons, notes and errors', () => {
  const hostile = {
    ...planPair,
    pair: hostileText,
    folders: planPair.folders.map((folder) => ({ ...folder, folder: hostileText + endlessText })),
    left: Array.from({ length: 4000 }, (_, index) => ({
      outcome: 'filtered' as const,
      reason: `${hostileText}${index}`,
      amount: { count: 1, bytes: 1 },
    })),
    notes: [hostileText, endlessText],
  }
  const text = renderPlan({ ...planView, pairs: [hostile, { ...hostile, error: hostileError() }] }, plainPage)
  assertFits(text)
  assert.match(text, /others +3,988 /)
  assert.ok(text.length < 20_000, `${text.length} characters`)
})

test('colours change nothing but colours', () => {
  assertColours((options) => renderPlan(planViewOfSeveral, options))
})

test('what the estimate follows from, and what to do about notes, is told where more is asked for', () => {
  const verbose = renderPlan(planView, { ...plainPage, verbose: true })
  assert.match(verbose, /Takes about[\s\S]*A round trip takes 21 ms/)
  assert.doesNotMatch(renderPlan(planView, plainPage), /A round trip takes/)
})
